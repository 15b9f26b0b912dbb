// Which guardians are missing, and what that means for what becomes final.
import { expect, test } from 'vitest';
import type { ReplicaView } from '../../../core/views.ts';
import { gridWords, hereWords, missingWords, quorumWords } from '../../../renderer/lib/grid-words.ts';

type Guarded = Pick<ReplicaView, 'guardians' | 'quorum'>;

/** A grid of guardians with these names, of whom the first `here` are here. */
const guarded = (names: readonly (string | null)[], here: number, needed: number): Guarded => ({
  guardians: names.map((name, index) => ({
    key: `${index}`.repeat(64),
    name,
    isHere: index < here,
    lastSeenMs: null,
  })),
  quorum: { needed, here },
});
const names = ['Antwerp', 'Bruges', 'Ghent', 'Leuven'];

test('who is missing is named, or counted where somebody has no name', () => {
  expect(missingWords(guarded(names, 3, 3))).toBe('no answer from Leuven');
  expect(missingWords(guarded(names, 2, 3))).toBe('no answer from Ghent and Leuven');
  expect(missingWords(guarded(names, 1, 3))).toBe('no answer from Bruges, Ghent and Leuven');
  expect(missingWords(guarded(['Antwerp', null, 'Ghent', null], 1, 3))).toBe('1 of 3 guardians needed are here');
});

test('how many are here, with the missing while all goes on without them', () => {
  expect(hereWords(guarded(names, 4, 3))).toBe('4 of 4 here, 3 needed');
  expect(hereWords(guarded(names, 3, 3))).toBe('3 of 4 here, 3 needed; no answer from Leuven');
  expect(hereWords(guarded(names, 2, 3))).toBe('2 of 4 here, 3 needed');
});

test('what it means', () => {
  expect(quorumWords(guarded(names, 4, 3))).toBeUndefined();
  expect(quorumWords(guarded(names, 3, 3))).toMatch(/^All goes on without the missing\. If one more goes/);
  expect(quorumWords(guarded(names, 2, 3))).toMatch(/^Until 1 more is back, nothing becomes final\./);
  expect(quorumWords(guarded(names, 1, 3))).toMatch(/^Until 2 more are back, nothing becomes final\./);
  expect(quorumWords(guarded(['Antwerp'], 1, 1))).toBeUndefined();
  expect(quorumWords(guarded(['Antwerp'], 0, 1))).toMatch(/^Until 1 more is back/);
});

test('the top bar says the same while it waits', () => {
  const waiting: ReplicaView = {
    ...guarded(names, 2, 3),
    state: 'waiting',
    alarm: null,
    isGuardian: false,
    head: null,
    knownHeight: 0,
    peers: [],
    pendingCount: 0,
    verification: null,
    healed: null,
  };
  expect(gridWords(waiting, true, 0).text).toBe('final waits: no answer from Ghent and Leuven');
  expect(gridWords({ ...waiting, ...guarded(names, 3, 3) }, true, 0).text).toBe(
    'final waits: the guardians make no block',
  );
});
