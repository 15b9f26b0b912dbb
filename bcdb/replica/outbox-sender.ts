/**
 * Carries own records to a guardian until they are final: new ones at once, then again with growing pauses, each
 * author's in order. At-least-once; a guardian knows a record that it has. Decides nothing about records but which
 * refusals are for good.
 */
import { codeOf, type ErrorCode } from '../../core/errors.ts';
import type { Net } from '../net/net-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import { decodeSubmitAnswer, encodeSubmit, submitBytes, submitRecords } from './methods.ts';

/** Refusals that the same record may escape later; `gap`: an earlier one did not arrive yet. */
const passing: ReadonlySet<ErrorCode> = new Set(['record/gap', 'record/rate-limited']);
const isPassing = (code: ErrorCode): boolean => passing.has(code) || !/^(record|cbor)\//.test(code);

const firstPauseMs = 1000;
const longestPauseMs = 15_000;
const requestMs = 10_000;

type Sent = { readonly againMs: number; readonly pauseMs: number };
type Entry = { readonly id: string; readonly author: string; readonly bytes: Uint8Array };

export type OutboxSender = {
  /** Something new is in the outbox, or a guardian came. `isFresh`: ask again for all, whatever was sent before. */
  wake(isFresh?: boolean): void;
  stop(): void;
};

export type SenderOptions = {
  readonly store: StoreClient;
  readonly net: Net;
  /** Guardians that are connected. */
  readonly guardians: () => readonly Uint8Array[];
  readonly onError: (error: unknown) => void;
  readonly nowMs?: () => number;
};

export function createOutboxSender(options: SenderOptions): OutboxSender {
  const { store, net, guardians, onError, nowMs = () => performance.now() } = options;
  const sent = new Map<string, Sent>();
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
  }

  async function sendBatch(batch: readonly Entry[], guardian: Uint8Array): Promise<void> {
    const body = encodeSubmit(batch.map(({ bytes }) => bytes));
    for (const { id } of batch) {
      const pauseMs = Math.min((sent.get(id)?.pauseMs ?? firstPauseMs / 2) * 2, longestPauseMs);
      sent.set(id, { pauseMs, againMs: nowMs() + pauseMs });
    }
    const answers = decodeSubmitAnswer(await net.request(guardian, 'submit', body, { timeoutMs: requestMs }));
    for (const [index, { id }] of batch.entries()) {
      const code = answers[index];
      if (code !== undefined && code !== null && !isPassing(code)) await store.call('refuse', id, code);
    }
  }

  async function sendAll(): Promise<void> {
    while (isAwake && !isStopped) {
      isAwake = false;
      const entries = await store.call('pending', 4 * submitRecords);
      forget(entries);
      const batch = due(entries);
      const [guardian] = guardians();
      if (guardian === undefined || entries.length === 0) return;
      if (batch.length > 0) {
        await sendBatch(batch, guardian);
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
        if (codeOf(error)?.startsWith('net/') !== true) onError(error);
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
