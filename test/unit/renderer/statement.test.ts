// Statements and histories: bars that add up to the last unit, pages that never have a hole, steps in words.
import { describe, expect, test } from 'vitest';
import type { LedgerView } from '../../../core/views.ts';
import { reasonText, stepWords } from '../../../renderer/lib/contract-words.ts';
import { barSpanMs, earningBars } from '../../../renderer/lib/earnings.ts';
import { toldSteps } from '../../../renderer/lib/told-steps.ts';
import { joinPages } from '../../../renderer/screens/shared/use-pages.ts';

const DAY = 86_400_000;
const line = (timeMs: number, delta: bigint, reason: LedgerView['reason'] = 'earning'): LedgerView => ({
  height: 1,
  timeMs,
  position: timeMs,
  reason,
  delta,
  balance: 0n,
  counterparty: null,
  contract: null,
  record: null,
  memo: null,
});

describe('earningBars', () => {
  test('G32 the bars add up to the earnings of the statement, to the last unit', () => {
    const lines = [
      line(10 * DAY, 3n),
      line(10 * DAY + 1, 4n, 'mint'),
      line(12 * DAY, 5n),
      line(12 * DAY, -9n, 'transfer'),
    ];
    const bars = earningBars(lines, 13 * DAY + 5);
    expect(bars.map((bar) => bar.stroops)).toEqual([7n, 0n, 5n, 0n]);
  });

  test('a young farm is shown by the minute, an old one by the day', () => {
    expect([barSpanMs(0, 60_000), barSpanMs(0, DAY), barSpanMs(0, 10 * DAY)]).toEqual([60_000, 3_600_000, DAY]);
  });

  test('no more bars than asked for', () => {
    expect(earningBars([line(0, 1n)], 400 * DAY, 30)).toHaveLength(30);
  });
});

describe('joinPages', () => {
  const key = (item: number): number => item;

  test('a fresh first page is put before what was read already', () => {
    const [fresh, known] = [
      { items: [9, 8, 7], next: 'behind 7', floor: null },
      { items: [8, 7, 6, 5], next: null, floor: 4 },
    ];
    expect(joinPages(fresh, known, key)).toEqual({ items: [9, 8, 7, 6, 5], next: null, floor: 4 });
  });

  test('without an overlap the older part goes: there may be a hole', () => {
    const fresh = { items: [20, 19], next: 'behind 19', floor: null };
    expect(joinPages(fresh, { items: [8, 7], next: null, floor: 6 }, key)).toEqual(fresh);
  });
});

describe('steps of a history', () => {
  test.each([
    [
      { what: 'settled', detail: '12500000' },
      { tone: 'ok', text: 'Paid to the farmer', detail: '1.25 TFT' },
    ],
    [
      { what: 'failed', detail: 'deploy-deadline' },
      { tone: 'danger', text: 'Failed', detail: reasonText('deploy-deadline') },
    ],
    [
      { what: 'workload-error', detail: 'agent/limit-mismatch' },
      { tone: 'danger', text: 'Workload failed', detail: reasonText('agent/limit-mismatch') },
    ],
    [
      { what: 'workload-error', detail: 'web: agent/image-unavailable' },
      { tone: 'danger', text: 'Workload failed', detail: `web: ${reasonText('agent/image-unavailable')}` },
    ],
    [
      { what: 'moon-landing', detail: null },
      { tone: 'info', text: 'moon landing', detail: null },
    ],
  ] as const)('%o', (step, words) => {
    expect(stepWords(step)).toEqual(words);
  });
});

describe('a history as it is told', () => {
  const step = (position: number, what: string, detail: string | null = null) => ({
    height: position,
    timeMs: position,
    position,
    what,
    detail,
    record: null,
    kind: null,
    author: null,
  });

  test('payments in a row are one step with the exact sum and the newest time', () => {
    const told = toldSteps([
      step(6, 'settled', '138889'),
      step(5, 'settled', '138888'),
      step(4, 'paused'),
      step(3, 'settled', '1'),
      step(2, 'running'),
    ]);
    expect(told.map(({ step: { position, detail }, count }) => [position, detail, count])).toEqual([
      [6, '277777', 2],
      [4, null, 1],
      [3, '1', 1],
      [2, null, 1],
    ]);
  });

  test('heartbeats are left out, also between payments', () => {
    expect(toldSteps([step(3, 'settled', '1'), step(2, 'uptime'), step(1, 'settled', '2')])).toHaveLength(1);
  });
});
