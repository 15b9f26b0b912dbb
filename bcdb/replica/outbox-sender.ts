/**
 * Carries own records to guardians until they are final: new ones at once, then again with growing pauses, each author's in
 * order. At-least-once; a guardian knows a record that it has. One guardian is asked as long as it does its part; one that
 * is silent, refuses, or takes records that do not become final is not the only one for long. Decides nothing about records
 * but which refusals are for good.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { toHex } from '../../core/bytes.ts';
import { codeOf, type ErrorCode } from '../../core/errors.ts';
import type { Net } from '../net/net-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import { decodeSubmitAnswer, encodeSubmit, submitBytes, submitRecords } from './methods.ts';
import { createRefusals, isPassing } from './refusals.ts';

const firstPauseMs = 1000;
const longestPauseMs = 15_000;
const requestMs = 10_000;
/** A guardian that is silent for so long gets company: the same records go to the next one as well. */
const silenceMs = 1000;
/** Sent so often to guardians that took it, a record is still not final: the next one gets it too. */
const patientSends = 2;

type Sent = { readonly againMs: number; readonly pauseMs: number; readonly sends: number };
type Entry = { readonly id: string; readonly author: string; readonly bytes: Uint8Array };
type Answers = readonly (ErrorCode | null)[];

export type OutboxSender = {
  /** Something new is in the outbox, or a guardian came. `isFresh`: ask again for all, whatever was sent before. */
  wake(isFresh?: boolean): void;
  stop(): void;
};

export type SenderOptions = {
  readonly store: Pick<StoreClient, 'call'>;
  readonly net: Pick<Net, 'request'>;
  /** Net keys of guardians that are here, in any order. */
  readonly guardians: () => readonly Uint8Array[];
  /** How many guardians the grid has: a few of them may lie. */
  readonly count: () => number;
  readonly onError: (error: unknown) => void;
  readonly nowMs?: () => number;
};

export function createOutboxSender(options: SenderOptions): OutboxSender {
  const { store, net, guardians, count, onError, nowMs = () => performance.now() } = options;
  const sent = new Map<string, Sent>();
  const refusals = createRefusals();
  /** Counts up each time that the guardian in turn did not do its part. */
  let turn = 0;
  /** How many of those one after the other. */
  let inVain = 0;
  let timer: NodeJS.Timeout | undefined;
  let isSending = false;
  let isAwake = false;
  let isStopped = false;

  /** Those that are due now, oldest first, as many as one request takes. */
  function due(entries: readonly Entry[]): readonly Entry[] {
    let size = 0;
    const chosen: Entry[] = [];
    for (const entry of entries) {
      if ((sent.get(entry.id)?.againMs ?? 0) > nowMs()) continue;
      size += entry.bytes.length + 16;
      if (chosen.length >= submitRecords || (chosen.length > 0 && size > submitBytes)) break;
      chosen.push(entry);
    }
    return chosen;
  }

  function forget(entries: readonly Entry[]): void {
    const waiting = new Set(entries.map(({ id }) => id));
    for (const id of sent.keys()) if (!waiting.has(id)) sent.delete(id);
    refusals.keep(waiting);
  }

  /** The guardian in turn, and who comes after it. */
  function inTurn(): readonly Uint8Array[] {
    const here = guardians().toSorted((a, b) => Buffer.compare(a, b));
    const from = here.length === 0 ? 0 : turn % here.length;
    return [...here.slice(from), ...here.slice(0, from)];
  }

  /**
   * On to the next guardian. It does not have what this one took, so it gets each author's records from the first one on; but
   * once all of them were tried in vain, the pauses hold. `had`: it has those already.
   */
  function moveOn(had: readonly Entry[] = []): void {
    turn += 1;
    inVain += 1;
    if (inVain >= guardians().length) return;
    const skip = new Set(had.map(({ id }) => id));
    for (const [id, was] of sent) if (!skip.has(id)) sent.set(id, { ...was, againMs: 0 });
  }

  async function ask(guardian: Uint8Array, batch: readonly Entry[]): Promise<Answers> {
    const body = encodeSubmit(batch.map(({ bytes }) => bytes));
    const answers = decodeSubmitAnswer(await net.request(guardian, 'submit', body, { timeoutMs: requestMs }));
    for (const [index, { id }] of batch.entries()) {
      const code = answers[index];
      if (code === undefined || code === null || isPassing(code)) continue;
      const isForGood = refusals.add(id, toHex(guardian), count());
      if (isForGood && !isStopped) await store.call('refuse', id, code);
    }
    return answers;
  }

  /** The answer of the guardian in turn or, when it is silent for a second, the first one of it and the next. */
  async function askInTurn(batch: readonly Entry[]): Promise<void> {
    const [first, second] = inTurn();
    if (first === undefined) return;
    const asked = ask(first, batch);
    if (second === undefined) return judge(await asked);
    const early = await Promise.race([asked.catch(() => undefined), sleep(silenceMs, undefined)]);
    if (early !== undefined) return judge(early);
    moveOn(batch);
    for (const { id } of batch) {
      const was = sent.get(id);
      if (was !== undefined) sent.set(id, { ...was, againMs: nowMs() + was.pauseMs });
    }
    judge(await Promise.any([asked, ask(second, batch)]));
  }

  /** A guardian that took nothing, or refused something, is not the only one to be asked. */
  function judge(answers: Answers): void {
    const isTaken = answers.includes(null);
    const isRefused = answers.some((code) => code !== null && !isPassing(code));
    if (isTaken) inVain = 0;
    if (isRefused || (!isTaken && !answers.includes('record/rate-limited'))) moveOn();
  }

  async function sendBatch(batch: readonly Entry[]): Promise<void> {
    for (const { id } of batch) {
      const was = sent.get(id);
      const pauseMs = Math.min((was?.pauseMs ?? firstPauseMs / 2) * 2, longestPauseMs);
      sent.set(id, { pauseMs, againMs: nowMs() + pauseMs, sends: (was?.sends ?? 0) + 1 });
    }
    await askInTurn(batch);
  }

  async function sendAll(): Promise<void> {
    while (isAwake && !isStopped) {
      isAwake = false;
      const entries = await store.call('pending', 4 * submitRecords);
      forget(entries);
      const isOverdue = due(entries).some(({ id }) => (sent.get(id)?.sends ?? 0) >= patientSends);
      if (isOverdue) moveOn();
      const batch = due(entries);
      if (guardians().length === 0 || entries.length === 0) return;
      if (batch.length > 0) {
        await sendBatch(batch);
        isAwake = true;
      } else {
        const next = Math.min(...entries.map(({ id }) => sent.get(id)?.againMs ?? 0));
        later(Math.max(10, next - nowMs()));
      }
    }
  }

  function later(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(wake, ms);
  }

  function wake(isFresh = false): void {
    if (isFresh) sent.clear();
    isAwake = true;
    if (isSending || isStopped) return;
    isSending = true;
    sendAll()
      .catch((error: unknown) => {
        if (isStopped) return;
        const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
        if (codeOf(cause)?.startsWith('net/') !== true) onError(cause);
        moveOn();
        isAwake = false;
        later(firstPauseMs);
      })
      .finally(() => {
        isSending = false;
        if (isAwake) wake();
      });
  }

  return {
    wake,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
