// A snapshot at the very block that changed the guardians: who begins there knows the new ones, and can prove them.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../../bcdb/store/database.ts';
import { signSodium, verifySodium } from '../../../../bcdb/verify.ts';
import { decodeBlock } from '../../../../core/block.ts';
import { toHex } from '../../../../core/bytes.ts';
import { policyChangeBytes } from '../../../../core/guardian.ts';
import { defaultPolicy } from '../../../../core/policy.ts';
import { verifyReceipt } from '../../../../core/receipt.ts';
import { stateRootEvery } from '../../../../core/state-tree.ts';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import { importAll, sourceOf } from '../../../support/bcdb-snapshot.ts';
import { catchUp, openFollowerStore, openGuardianStore, openTestStore } from '../../../support/bcdb-store.ts';

const options = { timeout: 60_000 };

test('the first blocks after a snapshot are judged by the guardians whom its own block put in office', options, () => {
  const alice = new Author('alice');
  const founding = foundGrid([[alice, 1_000_000_000n]]);
  const { guardian: first, grid } = founding;
  const second = new Author('second guardian');
  const folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
  const { store: old } = openGuardianStore(founding, { folder });
  const { store: next } = openTestStore({ how: 'join', grid }, { guardianSeed: second.seed });

  for (let height = 1; height < stateRootEvery; height++) old.cut();
  const change = { policy: { ...defaultPolicy, version: 2 }, guardians: [second.key], seats: [] };
  const message = policyChangeBytes({ grid, ...change });
  const signatures = [first, second].map(({ key, seed }) => ({ guardian: key, signature: signSodium(seed, message) }));
  old.submit([alice.write(grid, 'policy', { ...change, signatures })]);
  old.cut();
  catchUp(next, old);
  old.close();
  next.submit([alice.transfer(grid, second.key, 5n)]);
  next.cut();

  const lightFolder = mkdtempSync(join(tmpdir(), 'light-'));
  const { store: begun } = openFollowerStore(founding, { folder: lightFolder });
  const { db, close } = openDatabase(folder);
  importAll(begun, sourceOf(db), stateRootEvery);
  close();
  begun.close();
  const { store: fresh } = openTestStore({ how: 'open' }, { folder: lightFolder });
  const block = next.block(stateRootEvery + 1);
  expect(fresh.apply(block)).toBe('applied');
  const { headerBytes, certificate } = decodeBlock(block);
  expect(fresh.judgeTold({ header: headerBytes, certificate: [...certificate] })).toBe('same');
  const receipt = fresh.query('receipt', { record: toHex(alice.last) });
  expect(verifyReceipt(receipt, verifySodium, grid).header.height).toBe(stateRootEvery + 1);
});
