// Results that cannot be handed in: what may pass is tried again with pauses, what cannot is dropped for good.
import { beforeEach, expect, test } from 'vitest';
import type { Bodies, RecordKind } from '../../../core/bodies.ts';
import { AppError } from '../../../core/errors.ts';
import type { OutboxView } from '../../../core/views.ts';
import { createReporter, type Reporter, type Result } from '../../../node-agent/reconcile/reporter.ts';
import type { Author } from '../../../node-agent/records/author.ts';

const contract = 'c0'.repeat(32);
const result = (state: Result['state'], workload = 'web'): Result => ({
  key: { contract, workload },
  version: 1,
  state,
});

let now: number;
/** What happens to each coming result; nothing more to come: it is handed in. */
let failures: AppError[];
let tried: string[];
let settledCount: number;
let reporter: Reporter;

const author: Author = async <K extends RecordKind>(_kind: K, body: Bodies[K]): Promise<OutboxView> => {
  const { workload, state } = body as Bodies['result'];
  tried.push(`${workload} ${state}`);
  const failure = failures.shift();
  if (failure !== undefined) throw failure;
  return { id: '1'.repeat(64) } as OutboxView;
};

beforeEach(async () => {
  [now, failures, tried, settledCount] = [1, [], [], 0];
  const replica = {
    query: async () => [],
    settled: async () => ({ state: 'final', code: null }),
  } as unknown as Parameters<typeof createReporter>[0]['replica'];
  const onSettled = (): void => void settledCount++;
  reporter = await createReporter({ replica, author, address: '', onSettled, now: () => now, log: () => undefined });
  await Promise.resolve();
});

/** Says it at a time, and waits until it is settled. */
const say = async (atMs: number, said: Result): Promise<void> => {
  now = atMs;
  reporter.report(said);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

test('after a full disk `ok` is said again, with growing pauses', async () => {
  const full = new AppError('agent/disk-full', 'no space left', { retry: true });
  failures = [full, full, full];
  await say(1000, result('ok'));
  await say(1999, result('ok'));
  expect(tried).toHaveLength(1);
  await say(2000, result('ok'));
  await say(3999, result('ok'));
  expect(tried).toHaveLength(2);
  await say(4000, result('ok'));
  await say(7999, result('ok'));
  expect(tried).toHaveLength(3);
  await say(8000, result('ok'));
  expect(tried).toEqual(['web ok', 'web ok', 'web ok', 'web ok']);
  // It went well: the next failure is a first one.
  failures = [full];
  await say(8001, result('paused'));
  await say(9001, result('paused'));
  expect(tried.slice(4)).toEqual(['web paused', 'web paused']);
});

test('nothing of a workload overtakes what waits; others are not held up', async () => {
  failures = [new AppError('agent/disk-full', '', { retry: true })];
  await say(1000, result('ok'));
  await say(1500, result('paused'));
  await say(1500, result('ok', 'other'));
  expect(tried).toEqual(['web ok', 'other ok']);
  await say(2000, result('paused'));
  expect(tried).toEqual(['web ok', 'other ok', 'web paused']);
});

test('a permanent refusal is never repeated, and does not stand in the way of another result', async () => {
  failures = [new AppError('agent/deadline-passed')];
  await say(1000, result('ok'));
  await say(100_000, result('ok'));
  await say(100_000, result('deleted'));
  expect(tried).toEqual(['web ok', 'web deleted']);
});

test('before the end what waits gets one more try at once', async () => {
  failures = [new AppError('agent/disk-full', '', { retry: true })];
  await say(1000, result('ok'));
  await reporter.settle(10);
  await say(1001, result('paused'));
  expect(tried).toEqual(['web ok', 'web paused']);
});
