// A guardian and a follower in memory: the whole path of a record, without threads and network.

import { describe, expect, it } from 'vitest';
import { toHex } from '../../../../core/bytes.ts';
import { addressOf, verifyPortable } from '../../../../core/keys.ts';
import { verifyReceipt } from '../../../../core/receipt.ts';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import { catchUp, openFollowerStore, openGuardianStore } from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;

describe('a guardian and a follower', () => {
  it('come to the same state by the same blocks', () => {
    const alice = new Author('alice');
    const bob = new Author('bob');
    const founding = foundGrid([[alice, 100n * tft]]);
    const guardian = openGuardianStore(founding);
    const follower = openFollowerStore(founding);

    const [first] = guardian.store.submit([alice.transfer(founding.grid, bob.key, 7n * tft, 'for bread')]);
    expect(first).toMatchObject({ view: { state: 'pending', kind: 'transfer', seq: 1 } });
    guardian.store.cut();
    catchUp(follower.store, guardian.store);

    expect(follower.store.info().head).toEqual(guardian.store.info().head);
    expect(guardian.outbox).toMatchObject([{ state: 'final', code: null, height: 1 }]);
    for (const { store } of [guardian, follower]) {
      expect(store.query('account', { address: addressOf(bob.key) })).toMatchObject({ balance: 7n * tft, seq: 0 });
      expect(store.query('books', {})).toMatchObject({ minted: 100n * tft, balances: 100n * tft, unexplained: 0n });
      expect(store.query('ledger', { address: addressOf(bob.key), limit: 10 })).toMatchObject({
        items: [{ reason: 'transfer', delta: 7n * tft, balance: 7n * tft, memo: 'for bread', height: 1 }],
        next: null,
      });
      const receipt = store.query('receipt', { record: toHex(alice.last) });
      expect(verifyReceipt(receipt, verifyPortable, founding.grid)).toMatchObject({ verdict: 'ok' });
    }
  });
});
