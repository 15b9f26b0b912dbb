// Records that no honest guardian would put into a block, executed by everyone all the same.

import { describe, expect, it } from 'vitest';
import { toHex, zero32 } from '../../../../core/bytes.ts';
import { addressOf } from '../../../../core/keys.ts';
import { openBareGuardian } from '../../../support/bcdb-forge.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';
import { openFollowerStore } from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;

describe('records that a dishonest guardian puts into a block', () => {
  it('get their codes and change nothing but what counted', () => {
    const alice = new Author('alice');
    const bob = new Author('bob');
    const founding = foundGrid([[alice, 100n * tft]]);
    const { grid } = founding;
    const at = { grid, seq: 1, prev: zero32 };
    const pay = (amountStroops: bigint) => ({ to: bob.key, amountStroops });
    const good = alice.transfer(grid, bob.key, tft);
    const unsigned = Uint8Array.from(bob.writeAt(at, 'transfer', pay(1n)));
    unsigned[unsigned.length - 1] = (unsigned.at(-1) ?? 0) ^ 1;
    const verdicts = [
      [good, 'ok'],
      [good, 'record/replayed'],
      [alice.writeAt(at, 'transfer', pay(2n)), 'record/forked'],
      [alice.writeAt({ ...at, seq: 5 }, 'transfer', pay(2n)), 'record/gap'],
      [unsigned, 'record/bad-signature'],
      [bob.writeAt({ ...at, grid: seedOf('other') }, 'transfer', pay(1n)), 'record/wrong-grid'],
      [Uint8Array.of(0xff), 'cbor/malformed'],
      // Its envelope is good, so it takes bob's seq although the rules refuse it.
      [bob.transfer(grid, alice.key, 1000n * tft), 'money/insufficient'],
      [bob.transfer(grid, alice.key, 1n), 'ok'],
    ] as const;
    const dishonest = openBareGuardian(founding);
    dishonest.cut(verdicts.map(([bytes]) => bytes));
    const { store, alarms } = openFollowerStore(founding);
    store.apply(dishonest.block(0));
    store.apply(dishonest.block(1));

    expect(alarms).toEqual([]);
    expect(dishonest.verdicts(1)).toEqual(verdicts.map(([, verdict]) => verdict));
    expect(store.query('blocks', { limit: 1 }).items).toMatchObject([{ recordCount: 9, rejectedCount: 7 }]);
    expect(store.query('account', { address: addressOf(bob.key) })).toMatchObject({ balance: tft - 1n, seq: 2 });
    expect(store.query('account', { address: addressOf(alice.key) })).toMatchObject({
      balance: 99n * tft + 1n,
      seq: 1,
    });
    expect(store.query('record', { id: toHex(alice.last) })).toMatchObject({ verdict: 'ok', index: 0, seq: 1 });
    expect(store.query('books', {})).toMatchObject({ unexplained: 0n });
  });
});
