// Says results: each a new signed record of the node, at most one in flight for a workload, repeated only when the records
// do not show it.
import type { Replica } from '../../bcdb/replica-api.ts';
import { fromHex } from '../../core/bytes.ts';
import { codeOf, toErrorData } from '../../core/errors.ts';
import type { Author } from '../records/author.ts';
import type { WorkloadKey } from '../runtime/runtime.ts';
import { pauseMs } from './back-off.ts';
import { type Cause, keyText } from './plan.ts';

/** One result of one workload. */
export type Result = {
  readonly key: WorkloadKey;
  readonly version: number;
  readonly state: 'ok' | 'paused' | 'error' | 'deleted';
  readonly cause?: Cause;
};

export interface Reporter {
  /**
   * Hands the result in, unless one for this workload is under way, this one was refused before, or a failure that may
   * pass (a full disk) was too recent: it is for the caller to say again what is still true. Never throws.
   */
  report(result: Result): void;
  /** Resolves when nothing is under way any more, or after `timeoutMs`. Then everything may be tried once more at once. */
  settle(timeoutMs: number): Promise<void>;
}

/** What a reporter needs. `onSettled` is called after each result, final or rejected. */
export interface ReporterParts {
  readonly replica: Pick<Replica, 'query' | 'settled'>;
  readonly author: Author;
  readonly address: string;
  readonly onSettled: () => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

const SETTLE_MS = 60_000;

/** Waits first until results that an earlier run of this agent handed in are settled: until then nothing is reported. */
export async function createReporter(parts: ReporterParts): Promise<Reporter> {
  const underWay = new Map<string, Promise<void>>();
  const refused = new Set<string>();
  /** By workload: failures in a row that may pass, and until when nothing is handed in for it. */
  const pauses = new Map<string, { readonly failures: number; readonly untilMs: number }>();

  const pause = (name: string): void => {
    const failures = (pauses.get(name)?.failures ?? 0) + 1;
    pauses.set(name, { failures, untilMs: parts.now() + pauseMs(failures) });
  };

  /** Offline it may take long; the outbox keeps the record, we keep waiting. */
  const follow = async (id: string, what: string): Promise<void> => {
    for (;;) {
      try {
        const { state, code } = await parts.replica.settled(id, SETTLE_MS);
        if (state === 'rejected') {
          refused.add(what);
          parts.log(`result refused: ${what}: ${code}`);
        }
        return;
      } catch (error) {
        if (codeOf(error) !== 'net/timeout') {
          parts.log(`result lost sight of: ${what}: ${toErrorData(error).detail}`);
          return;
        }
      }
    }
  };

  const track = (key: string, work: Promise<void>): void => {
    const done = work.finally(() => {
      underWay.delete(key);
      parts.onSettled();
    });
    underWay.set(key, done);
  };

  const earlier = await parts.replica.query('outbox', { author: parts.address, limit: 100 });
  for (const { id, kind, state } of earlier) {
    if (kind === 'result' && state === 'pending') track(`earlier/${id}`, follow(id, `earlier/${id}`));
  }
  const settleEarlier = Promise.all(underWay.values());
  let hasSettledEarlier = underWay.size === 0;
  void settleEarlier.then(() => {
    hasSettledEarlier = true;
    parts.onSettled();
  });

  return {
    report: ({ key, version, state, cause }) => {
      const name = keyText(key);
      const what = `${name} ${state} ${cause?.code ?? ''}`;
      const isPaused = parts.now() < (pauses.get(name)?.untilMs ?? 0);
      if (!hasSettledEarlier || underWay.has(name) || isPaused || refused.has(what)) return;
      const body = { contract: fromHex(key.contract), version, workload: key.workload, state };
      const reason = cause === undefined ? {} : { code: cause.code, detail: plainText(cause.detail) };
      track(name, submit({ ...body, ...reason }, name, what));
    },
    settle: async (timeoutMs) => {
      const timeout = new Promise<void>((resolve) => {
        setTimeout(resolve, timeoutMs).unref();
      });
      await Promise.race([Promise.all(underWay.values()), timeout]);
      for (const [name, { failures }] of pauses) pauses.set(name, { failures, untilMs: 0 });
    },
  };

  async function submit(body: Parameters<typeof parts.author<'result'>>[1], name: string, what: string): Promise<void> {
    try {
      const { id } = await parts.author('result', body);
      pauses.delete(name);
      await follow(id, what);
    } catch (error) {
      const { code, detail, retry } = toErrorData(error);
      if (retry) pause(name);
      else refused.add(what);
      parts.log(`result not handed in${retry ? ' yet' : ''}: ${what}: ${code} ${detail}`);
    }
  }
}

/** A detail may quote a workload's last words: no control characters, at most 500 of the rest (core/schema `text`). */
const plainText = (words: string): string =>
  words
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim()
    .slice(0, 500);
