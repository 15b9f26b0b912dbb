// What a running guardian says: a line for each thing that changed, and nothing twice.

import { expect, test } from 'vitest';
import type { ReplicaView } from '../../../../core/views.ts';
import { reportLines, statusLines } from '../../../../main/guardian/report.ts';

const head = {
  grid: 'a'.repeat(64),
  gridName: 'ghent',
  height: 7,
  timeMs: 0,
  headerHash: '',
  execHash: '',
  recordCount: 9,
  signers: [],
};
const view: ReplicaView = {
  state: 'live',
  alarm: null,
  isGuardian: true,
  head,
  knownHeight: 0,
  guardians: ['a', 'b', 'c'].map((letter) => ({
    key: letter.repeat(64),
    name: null,
    isHere: true,
    lastSeenMs: null,
  })),
  quorum: { needed: 2, here: 3 },
  verification: null,
  healed: null,
  peers: [],
  pendingCount: 0,
};
const nameOf = (hex: string): string => (hex === 'b'.repeat(64) ? 'Bob' : hex.slice(0, 8));

test('the first view says everything, the same again nothing', () => {
  expect(reportLines(null, view, nameOf)).toEqual(['blocks become final', 'all 3 guardians answer']);
  expect(reportLines(view, view, nameOf)).toEqual([]);
});

test('a guardian that does not answer is named, with how many are needed', () => {
  const guardians = view.guardians.map((each, place) => ({ ...each, isHere: place !== 1 }));
  const fewer = { ...view, guardians, quorum: { needed: 2, here: 2 } };
  expect(reportLines(view, fewer, nameOf)).toEqual(['2 of 3 guardians answer, 2 are needed; away: Bob']);
});

test('before the first block nothing is promised, and then the grid begins', () => {
  const before: ReplicaView = { ...view, head: null };
  expect(reportLines(null, before, nameOf)).toEqual(['waits for the first block', 'all 3 guardians answer']);
  expect(reportLines(before, view, nameOf)).toEqual(['blocks become final', 'the grid "ghent" began']);
});

test('too few guardians: nothing becomes final, and then it does again', () => {
  const guardians = view.guardians.map((each, place) => ({ ...each, isHere: place === 0 }));
  const few: ReplicaView = { ...view, state: 'waiting', guardians, quorum: { needed: 2, here: 1 } };
  expect(reportLines(view, few, nameOf)).toEqual([
    'nothing becomes final for now; records are kept and wait',
    '1 of 3 guardians answer, 2 are needed; away: Bob, cccccccc',
  ]);
  expect(reportLines(few, view, nameOf)).toEqual(['blocks become final', 'all 3 guardians answer']);
});

test('trouble comes with its code and goes, and so does the seat', () => {
  const bad: ReplicaView = {
    ...view,
    isGuardian: false,
    alarm: { code: 'guardian/no-nats-server', detail: 'apt-get install it' },
  };
  expect(reportLines(view, bad, nameOf)).toEqual([
    'its key is not among the guardians: it follows the grid',
    'guardian/no-nats-server: apt-get install it',
  ]);
  expect(reportLines(bad, view, nameOf)).toEqual(['its key is among the guardians', 'that trouble is over']);
});

test('a status names the grid, the height, who is missing and what waits', () => {
  const lines = statusLines({ ...view, knownHeight: 9, pendingCount: 2 }, nameOf);
  expect(lines[0]).toBe('grid "ghent", height 7, others are at 9');
  expect(lines.at(-1)).toBe('0 connected, 2 own records wait');
  expect(statusLines(null, nameOf)).toEqual(['on no grid']);
});
