// What guardians say of a height is counted once for each, whatever a liar says besides.

import { describe, expect, it } from 'vitest';
import type { Message } from '../../../../bcdb/guardian/messages.ts';
import { Votes } from '../../../../bcdb/guardian/votes.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { encodeHeader } from '../../../../core/block.ts';
import { Author, seedOf } from '../../../support/bcdb-grid.ts';
import { otherHeader, prepareOf, signatureOf } from '../../../support/two-statements.ts';

const grid = seedOf('grid');
const guardians = Array.from({ length: 4 }, (_, index) => new Author(`voting guardian ${index}`));
const [liar, alice, bob, carol] = guardians as [Author, Author, Author, Author];
const headerBytes = encodeHeader({
  grid,
  epoch: 0,
  height: 5,
  prev: seedOf('prev'),
  timeMs: 1_700_000_000_000,
  recordCount: 0,
  recordsRoot: seedOf('records'),
  historyRoot: seedOf('history'),
  execHash: seedOf('state'),
});
const rival = otherHeader(headerBytes);
const prepare = (by: Author, bytes: Uint8Array): Message => ({
  kind: 'prepare',
  signed: prepareOf(by, bytes),
  headerBytes: bytes,
});
const commit = (by: Author, bytes: Uint8Array): Message => ({
  kind: 'commit',
  headerBytes: bytes,
  ...signatureOf(by, bytes),
});

function votesOf(...messages: readonly Message[]): Votes {
  const keys = guardians.map(({ key }) => key);
  const votes = new Votes({ grid, epoch: 0, height: 5, guardians: keys, verify: verifySodium });
  for (const message of messages) votes.take(message);
  return votes;
}

describe('a guardian that prepares two headers', () => {
  it('has one vote: the first', () => {
    const votes = votesOf(prepare(liar, rival), prepare(liar, headerBytes), prepare(alice, headerBytes));
    votes.take(prepare(bob, headerBytes));
    expect(votes.prepared(headerBytes)).toBeUndefined();
    votes.take(prepare(carol, headerBytes));
    expect(votes.prepared(headerBytes)?.map(({ guardian }) => guardian)).toEqual([alice.key, bob.key, carol.key]);
  });

  it('makes no split where the others agree, and hides none where they do not', () => {
    expect(votesOf(prepare(liar, rival), prepare(liar, headerBytes), prepare(alice, headerBytes)).isSplit()).toBe(
      false,
    );
    const apart = votesOf(
      prepare(liar, rival),
      prepare(liar, headerBytes),
      prepare(alice, headerBytes),
      prepare(bob, rival),
      prepare(carol, headerBytes),
    );
    expect(apart.isSplit()).toBe(true);
  });
});

describe('a guardian that signs two headers', () => {
  it('counts once towards a certificate', () => {
    const votes = votesOf(commit(liar, rival), commit(liar, headerBytes), commit(alice, headerBytes));
    votes.take(commit(bob, headerBytes));
    expect(votes.certified()).toBeUndefined();
    votes.take(commit(carol, headerBytes));
    expect(votes.certified()?.signatures).toHaveLength(3);
  });

  it('cannot vote for another guardian', () => {
    const { signature } = signatureOf(liar, rival);
    const forged: Message = { kind: 'commit', headerBytes: rival, guardian: alice.key, signature };
    const votes = votesOf(forged, commit(alice, headerBytes), commit(bob, headerBytes), commit(carol, headerBytes));
    expect(votes.certified()?.headerBytes).toEqual(headerBytes);
  });
});
