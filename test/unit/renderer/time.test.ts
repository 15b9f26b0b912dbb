// Times and the grid's state in words.
import { describe, expect, test } from 'vitest';
import type { ReplicaView } from '../../../core/views.ts';
import { gridWords } from '../../../renderer/lib/grid-words.ts';
import { formatRelative, formatSpan, nextChangeMs } from '../../../renderer/lib/time.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

describe('formatRelative', () => {
  test.each([
    [0, 'just now'],
    [4999, 'just now'],
    [30_000, 'in 30 seconds'],
    [-MINUTE, '1 minute ago'],
    [-90 * MINUTE, '1 hour ago'],
    [3 * DAY, 'in 3 days'],
    [3 * DAY - 1, 'in 2 days'],
    [-70 * DAY, '2 months ago'],
    [800 * DAY, 'in 2 years'],
  ])('%s ms from now', (span, words) => {
    expect(formatRelative(1_000_000_000_000 + span, 1_000_000_000_000)).toBe(words);
  });

  test('a deadline is never shown as later than it is', () => {
    expect(formatSpan(2 * DAY - 1)).toBe('47 hours');
  });

  test('near times are looked at again sooner than far ones', () => {
    expect([nextChangeMs(10_000, 0), nextChangeMs(10 * MINUTE, 0), nextChangeMs(DAY, 0)]).toEqual([
      1000,
      15_000,
      MINUTE,
    ]);
  });
});

describe('gridWords', () => {
  const id = 'a'.repeat(64);
  const head = {
    grid: id,
    gridName: 'g',
    height: 1204,
    timeMs: 100_000,
    headerHash: id,
    execHash: id,
    recordCount: 1,
    signers: [],
  };
  const live: ReplicaView = {
    state: 'live',
    alarm: null,
    isGuardian: true,
    head,
    knownHeight: 9000,
    peers: [],
    guardians: [],
    quorum: { needed: 1, here: 1 },
    pendingCount: 0,
    verification: null,
    healed: null,
  };

  test.each<[string, ReplicaView | null, boolean, ReturnType<typeof gridWords>]>([
    ['live', live, true, { tone: 'ok', text: 'final, 2 s ago' }],
    ['syncing', { ...live, state: 'syncing' }, true, { tone: 'info', text: 'catching up: 1,204 of 9,000' }],
    ['no grid', null, true, { tone: 'quiet', text: 'no grid yet' }],
    [
      'an alarm comes before all',
      { ...live, alarm: { code: 'replica/diverged', detail: '' } },
      true,
      { tone: 'danger', text: 'stopped: see Grid' },
    ],
    ['a lost line', live, false, { tone: 'caution', text: 'reconnecting to your 3bot' }],
    [
      'offline without a block',
      { ...live, state: 'offline', head: null },
      true,
      { tone: 'caution', text: 'offline: no block yet' },
    ],
  ])('%s', (_name, replica, isConnected, words) => {
    expect(gridWords(replica, isConnected, 102_000)).toEqual(words);
  });

  test('a head that is ahead of this clock is not in the future', () => {
    expect(gridWords(live, true, 99_000).text).toBe('final, 0 s ago');
  });
});
