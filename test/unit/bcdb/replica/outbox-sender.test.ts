// Who carries records to guardians: in order, again and again, and past guardians that are silent, refuse, or let them lie.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeSubmit, encodeSubmitAnswer } from '../../../../bcdb/replica/methods.ts';
import { createOutboxSender, type OutboxSender, type SenderOptions } from '../../../../bcdb/replica/outbox-sender.ts';
import { AppError, type ErrorCode } from '../../../../core/errors.ts';

type Answer = ErrorCode | null;
/** What a guardian does with records: answers for each, or throws, or never comes back. */
type Guardian = (records: readonly number[]) => Promise<readonly Answer[]>;

const takes: Guardian = async (records) => records.map(() => null);
const refuses: Guardian = async (records) => records.map(() => 'record/bad-signature');
const isSilent: Guardian = () => new Promise(() => undefined);
const isAway: Guardian = () => Promise.reject(new AppError('net/unreachable'));

let sender: OutboxSender | undefined;
afterEach(() => sender?.stop());

/** Records are numbers here, each of one byte; all by one author. */
function outboxOf(records: readonly number[], guardians: readonly Guardian[]) {
  const pending = new Set(records);
  const asked: { readonly guardian: number; readonly records: readonly number[]; readonly atMs: number }[] = [];
  const refused = new Map<number, string>();
  const errors: unknown[] = [];
  const startMs = performance.now();
  const call = async (name: string, ...input: readonly unknown[]): Promise<unknown> => {
    if (name === 'pending') return [...pending].map((n) => ({ id: String(n), author: 'a', bytes: Uint8Array.of(n) }));
    if (name !== 'refuse') throw new Error(`nobody asked for ${name}`);
    pending.delete(Number(input[0]));
    refused.set(Number(input[0]), String(input[1]));
    return undefined;
  };
  const request = async (key: Uint8Array, _method: string, body: Uint8Array): Promise<Uint8Array> => {
    const at = key[0] ?? 0;
    const given = decodeSubmit(body).map(([n = 0]) => n);
    asked.push({ guardian: at, records: given, atMs: performance.now() - startMs });
    return encodeSubmitAnswer((await guardians[at]?.(given)) ?? []);
  };
  sender = createOutboxSender({
    store: { call: call as SenderOptions['store']['call'] },
    net: { request },
    guardians: () => guardians.map((_, index) => new Uint8Array(32).fill(index)),
    count: () => guardians.length,
    onError: (error) => errors.push(error),
  });
  return { sender, pending, asked, refused, errors };
}

describe('with one guardian', () => {
  it('hands in all that waits in order, and the same again after a pause until it is final', async () => {
    const { sender: carrier, asked, pending } = outboxOf([1, 2, 3], [takes]);
    carrier.wake();
    await expect.poll(() => asked.length).toBe(1);
    pending.delete(1);
    await expect.poll(() => asked.length, { timeout: 3000 }).toBe(2);
    expect(asked.map(({ records }) => records)).toEqual([
      [1, 2, 3],
      [2, 3],
    ]);
    expect(asked[1]?.atMs).toBeGreaterThan(900);
  });

  it('believes its refusal, and not that what may pass is one', async () => {
    const picky: Guardian = async (records) => records.map((n) => (n === 1 ? 'record/gap' : 'record/forked'));
    const { sender: carrier, refused, pending } = outboxOf([1, 2], [picky]);
    carrier.wake();
    await expect.poll(() => refused.size).toBe(1);
    expect([[...refused], [...pending]]).toEqual([[[2, 'record/forked']], [1]]);
  });

  it('does not ask one that is away in a hurry, and says nothing of it', async () => {
    const { sender: carrier, asked, errors } = outboxOf([1], [isAway]);
    carrier.wake();
    await sleep(2500);
    expect([asked.length <= 3, errors]).toEqual([true, []]);
  });
});

describe('with several guardians', () => {
  it('stays with one that takes records', async () => {
    const { sender: carrier, asked, pending } = outboxOf([1], [takes, takes, takes]);
    carrier.wake();
    await expect.poll(() => asked.length).toBe(1);
    pending.clear();
    pending.add(2);
    carrier.wake();
    await expect.poll(() => asked.length).toBe(2);
    expect(asked.map(({ guardian }) => guardian)).toEqual([0, 0]);
  });

  it('a silent one is given company after a second, and is not the first to be asked next time', async () => {
    const { sender: carrier, asked, pending } = outboxOf([1, 2], [isSilent, takes, takes]);
    carrier.wake();
    await expect.poll(() => asked.length, { timeout: 3000 }).toBe(2);
    expect(asked.map(({ guardian, records }) => [guardian, records])).toEqual([
      [0, [1, 2]],
      [1, [1, 2]],
    ]);
    expect(asked[1]?.atMs).toBeGreaterThan(900);
    pending.add(3);
    carrier.wake();
    await expect.poll(() => asked.some(({ records }) => records.includes(3)), { timeout: 500 }).toBe(true);
    expect(asked.filter(({ records }) => records.includes(3)).map(({ guardian }) => guardian)).toEqual([1]);
  });

  it('one that is away costs no second', async () => {
    const { sender: carrier, asked } = outboxOf([1], [isAway, takes, takes]);
    carrier.wake();
    await expect.poll(() => asked.length, { timeout: 500 }).toBe(2);
    expect(asked.map(({ guardian }) => guardian)).toEqual([0, 1]);
  });

  it('one that refuses everything turns nobody away: the next ones get all of it, at once and in order', async () => {
    const { sender: carrier, asked, refused, pending } = outboxOf([1, 2], [refuses, takes, takes, takes]);
    carrier.wake();
    await expect.poll(() => asked.length, { timeout: 500 }).toBe(2);
    expect(asked.map(({ guardian, records }) => [guardian, records])).toEqual([
      [0, [1, 2]],
      [1, [1, 2]],
    ]);
    expect([refused.size, pending.size]).toEqual([0, 2]);
  });

  it('what more of them refuse than may lie is refused for good', async () => {
    const { sender: carrier, asked, refused } = outboxOf([1], [refuses, refuses, takes, takes]);
    carrier.wake();
    await expect.poll(() => refused.get(1), { timeout: 500 }).toBe('record/bad-signature');
    expect(asked.map(({ guardian }) => guardian)).toEqual([0, 1]);
  });

  it('one that takes records and lets them lie is not the only one to have them', async () => {
    const { sender: carrier, asked } = outboxOf([1, 2], [takes, takes, takes]);
    carrier.wake();
    await expect.poll(() => new Set(asked.map(({ guardian }) => guardian)).size, { timeout: 8000 }).toBe(2);
    expect(asked.at(-1)?.records).toEqual([1, 2]);
    expect(asked.length).toBeLessThan(5);
  });

  it('when all are in vain, they are asked with growing pauses and not in a circle', async () => {
    const { sender: carrier, asked } = outboxOf([1], [isAway, isAway, isAway]);
    carrier.wake();
    await sleep(2500);
    expect(asked.length).toBeLessThan(12);
  });
});
