// What a running guardian says: a line for each thing that changed, and nothing twice.

import { expect, test } from 'vitest';
import type { OfficeView, ReplicaView } from '../../../../core/views.ts';
import { reportLines, statusLines } from '../../../../main/guardian/report.ts';

const office: OfficeView = {
  epoch: 0,
  isSigning: true,
  isStalled: false,
  missing: [],
  sequencer: { name: 'ready', code: null, detail: '' },
};
const view: ReplicaView = {
  state: 'live',
  alarm: null,
  isGuardian: true,
  office,
  head: null,
  knownHeight: 0,
  guardians: ['a', 'b', 'c'].map((letter) => ({
    key: letter.repeat(64),
    name: null,
    isHere: true,
    lastSeenMs: null,
  })),
  quorum: { needed: 2, here: 3 },
  verification: null,
  peers: [],
  pendingCount: 0,
};
const nameOf = (hex: string): string => (hex === 'b'.repeat(64) ? 'Bob' : hex.slice(0, 8));

test('the first view says everything, the same again nothing', () => {
  expect(reportLines(null, view, nameOf)).toEqual([
    'the replica is live',
    'all 3 guardians answer',
    'the sequencer is ready',
    'epoch 0',
    'takes part in making blocks',
    'all guardians are heard in the stream',
    'blocks become final',
  ]);
  expect(reportLines(view, view, nameOf)).toEqual([]);
});

test('only what changed is said, guardians by name', () => {
  const worse = { ...view, office: { ...office, isStalled: true, missing: ['b'.repeat(64), 'c'.repeat(64)] } };
  expect(reportLines(view, worse, nameOf)).toEqual([
    'not heard in the stream for a while: Bob, cccccccc',
    'nothing becomes final for now',
  ]);
  expect(reportLines(worse, view, nameOf)).toEqual(['all guardians are heard in the stream', 'blocks become final']);
});

test('a guardian that does not answer is named, with how many are needed', () => {
  const guardians = view.guardians.map((each, place) => ({ ...each, isHere: place !== 1 }));
  const fewer = { ...view, guardians, quorum: { needed: 2, here: 2 } };
  expect(reportLines(view, fewer, nameOf)).toEqual(['2 of 3 guardians answer, 2 are needed; away: Bob']);
});

test('a sequencer that failed says why, an alarm comes and goes', () => {
  const sequencer = { name: 'failed', code: 'guardian/no-nats-server', detail: 'apt-get install it' } as const;
  const bad: ReplicaView = {
    ...view,
    office: { ...office, sequencer },
    alarm: { code: 'replica/disk-full', detail: 'no room' },
  };
  expect(reportLines(view, bad, nameOf)).toEqual([
    'ALARM replica/disk-full: no room',
    'the sequencer failed (guardian/no-nats-server): apt-get install it',
  ]);
  expect(reportLines(bad, view, nameOf)).toEqual(['the alarm is over', 'the sequencer is ready']);
});

test('a status names the grid, the height, who is missing and what waits', () => {
  const head = {
    grid: 'a'.repeat(64),
    gridName: 'ghent',
    height: 7,
    timeMs: 0,
    headerHash: '',
    execHash: '',
    recordCount: 9,
  };
  const lines = statusLines({ ...view, head, knownHeight: 9, pendingCount: 2 }, nameOf);
  expect(lines[0]).toBe('grid "ghent", height 7, others are at 9');
  expect(lines.at(-1)).toBe('0 connected, 2 own records wait');
  expect(statusLines(null, nameOf)).toEqual(['on no grid']);
});
