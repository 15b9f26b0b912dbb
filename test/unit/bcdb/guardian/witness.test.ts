// A guardian that says two things is found by everybody who hears both, and nobody else is.

import { describe, expect, it } from 'vitest';
import type { Situation } from '../../../../bcdb/guardian/office-parts.ts';
import { Witness } from '../../../../bcdb/guardian/witness.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { checkTwoStatements } from '../../../../core/two-statements.ts';
import { Author, seedOf } from '../../../support/bcdb-grid.ts';
import { commitOf, headerOf, moveOf, otherHeader, prepareOf, signatureOf } from '../../../support/two-statements.ts';

const grid = seedOf('grid');
const guardians = Array.from({ length: 4 }, (_, index) => new Author(`watched guardian ${index}`));
const [liar, honest] = guardians as [Author, Author, Author, Author];
const situationAt = (height: number): Situation => ({
  headerBytes: headerOf(grid, height),
  genesis: null,
  guardians: guardians.map(({ key }) => key),
  seats: [],
  guardiansBefore: guardians.map(({ key }) => key),
  recordsPerBlock: 100,
  dueMs: null,
});

function watch(height = 19) {
  const found: string[] = [];
  let verified = 0;
  const witness = new Witness({
    verify: (...signed) => {
      verified += 1;
      return verifySodium(...signed);
    },
    onTwo(one, other) {
      const { guardian, detail } = checkTwoStatements(one, other, { grid, verify: verifySodium });
      found.push(`${guardians.findIndex(({ key }) => key === guardian || key.join() === guardian.join())}: ${detail}`);
    },
  });
  witness.reached(situationAt(height));
  const prepare = (by: Author, headerBytes: Uint8Array, epoch = 0) =>
    witness.hear({ kind: 'prepare', signed: prepareOf(by, headerBytes, epoch), headerBytes }, epoch);
  const commit = (by: Author, headerBytes: Uint8Array, epoch = 0) =>
    witness.hear({ kind: 'commit', headerBytes, ...signatureOf(by, headerBytes, epoch) }, epoch);
  return { witness, found, prepare, commit, verified: () => verified };
}

const next = headerOf(grid, 20);
const rival = otherHeader(next);

describe('a witness', () => {
  it('tells of two prepares and of two commits, once each, however often they are repeated', () => {
    const { found, prepare, commit } = watch();
    for (let round = 0; round < 3; round++) {
      for (const bytes of [next, rival, otherHeader(rival)]) prepare(liar, bytes);
    }
    expect(found).toEqual(['0: two prepares at height 20, epoch 0']);
    commit(liar, next);
    commit(liar, rival);
    expect(found.slice(1)).toEqual(['0: two signed headers at height 20, epoch 0']);
  });

  it('tells of a lock that a move hides, whichever is heard first', () => {
    const first = watch();
    first.commit(liar, next);
    first.witness.hearMove(moveOf(liar, headerOf(grid, 19), { epoch: 1, lock: null }));
    const second = watch();
    second.witness.hearMove(moveOf(liar, headerOf(grid, 19), { epoch: 1, lock: null }));
    second.commit(liar, next);
    expect(first.found).toEqual(['0: a signed header and a move at height 20, epochs 0 and 1']);
    expect(second.found).toEqual(['0: a move and a signed header at height 20, epochs 1 and 0']);
  });

  it('finds the second header of a height that is committed since', () => {
    const { witness, found, commit } = watch();
    commit(liar, next);
    witness.reached(situationAt(27));
    commit(liar, rival);
    expect(found).toEqual(['0: two signed headers at height 20, epoch 0']);
    witness.reached(situationAt(40));
    commit(liar, otherHeader(headerOf(grid, 21)));
    expect(found).toHaveLength(1);
  });

  it('verifies nothing while everybody says one thing', () => {
    const { found, prepare, commit, verified } = watch();
    for (const by of guardians) {
      for (let again = 0; again < 2; again++) {
        prepare(by, next);
        commit(by, next);
      }
    }
    expect([found, verified()]).toEqual([[], 0]);
  });

  it('believes no words that others put into a mouth, and finds the true ones behind them', () => {
    const { witness, found, prepare, commit } = watch();
    // Forged ones come first, for every place of the honest one, and for places of their own.
    const stolen = signatureOf(liar, rival).signature;
    witness.hear({ kind: 'commit', headerBytes: rival, guardian: honest.key, signature: stolen }, 0);
    witness.hear({ kind: 'commit', headerBytes: next, guardian: liar.key, signature: stolen.with(0, 1) }, 0);
    for (let index = 0; index < 500; index++) {
      const headerBytes = otherHeader(next, { timeMs: 1_700_000_000_000 + index });
      witness.hear({ kind: 'commit', headerBytes, guardian: honest.key, signature: stolen }, 0);
    }
    prepare(honest, next);
    commit(honest, next);
    expect(found).toEqual([]);
    commit(liar, next);
    commit(liar, rival);
    expect(found).toEqual(['0: two signed headers at height 20, epoch 0']);
  });

  it('takes nothing from who is no guardian, from other epochs than the stream’s, and from far heights', () => {
    const { witness, found, commit } = watch();
    const stranger = new Author('a stranger');
    for (const bytes of [next, rival]) commit(stranger, bytes);
    for (const bytes of [next, rival]) {
      witness.hear({ kind: 'prepare', signed: prepareOf(liar, bytes, 7), headerBytes: bytes }, 0);
    }
    for (const bytes of [
      headerOf(grid, 30),
      otherHeader(headerOf(grid, 30)),
      headerOf(grid, 3),
      otherHeader(headerOf(grid, 3)),
    ]) {
      commit(liar, bytes);
    }
    expect(found).toEqual([]);
  });

  it('remembers a signed header through any number of moves', () => {
    const { witness, found, commit } = watch();
    commit(liar, next);
    for (let epoch = 1; epoch < 200; epoch++) {
      witness.hearMove(moveOf(liar, headerOf(grid, 19), { epoch, lock: { epoch: 0, header: next, prepares: [] } }));
    }
    commit(liar, rival);
    expect(found).toEqual(['0: two signed headers at height 20, epoch 0']);
    expect(commitOf(liar, next)).not.toEqual(commitOf(liar, rival));
  });
});
