/**
 * Judges many signatures at once on all cores: the store's own thread takes a share, verifying threads take the rest.
 * They start at the first large batch; until they run, and for small batches, the store judges alone. The outcome is
 * the same either way.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Verify } from '../../core/keys.ts';
import { type Claim, fillLane, type Lane, laneBytes, laneOver, laneState } from './verify-lane.ts';

export type VerifyMany = {
  /** One outcome for each claim. */
  judge(claims: readonly Claim[]): readonly boolean[];
  close(): void;
};

/** On one thread, for tests and small replicas. */
export const verifyAlone = (verify: Verify): VerifyMany => ({
  judge: (claims) => claims.map(({ signature, message, key }) => verify(signature, message, key)),
  close: () => undefined,
});

/** Below this, handing over costs more than it saves. */
const smallBatch = 16;
/** A thread that does not answer in this time is given up, and its share judged here. */
const patienceMs = 5000;

type Thread = { readonly worker: Worker; readonly lane: Lane };

export function createVerifyPool(verify: Verify, threadCount = Math.min(3, availableParallelism() - 1)): VerifyMany {
  const alone = verifyAlone(verify);
  let threads: readonly Thread[] | undefined;

  function start(): Thread {
    const memory = new SharedArrayBuffer(laneBytes);
    const worker = new Worker(new URL('./entry-verify.ts', import.meta.url), {
      workerData: memory,
      execArgv: [],
      name: 'verify',
    });
    worker.unref();
    const lane = laneOver(memory);
    // A thread that ends by itself never gets idle again: it is not asked any more.
    worker.once('error', () => Atomics.store(lane.control, 0, laneState.stopped));
    return { worker, lane };
  }

  /** The outcomes of the first `count` claims of a lane, or undefined when its thread is gone. */
  function collect({ control, outcomes }: Lane, count: number): readonly boolean[] | undefined {
    Atomics.wait(control, 0, laneState.busy, patienceMs);
    if (Atomics.load(control, 0) !== laneState.idle) {
      Atomics.store(control, 0, laneState.stopped);
      return undefined;
    }
    return Array.from(outcomes.subarray(0, count), (outcome) => outcome === 1);
  }

  function judge(claims: readonly Claim[]): readonly boolean[] {
    if (claims.length < smallBatch || threadCount < 1) return alone.judge(claims);
    threads ??= Array.from({ length: threadCount }, start);
    const idle = threads.filter(({ lane }) => Atomics.load(lane.control, 0) === laneState.idle);
    const share = Math.ceil(claims.length / (idle.length + 1));
    let next = 0;
    const given = idle.map(({ lane }) => {
      const from = next;
      next += fillLane(lane, claims.slice(from, from + share));
      Atomics.store(lane.control, 0, laneState.busy);
      Atomics.notify(lane.control, 0);
      return { lane, from, to: next };
    });
    const own = alone.judge(claims.slice(next));
    const theirs = given.flatMap(
      ({ lane, from, to }) => collect(lane, to - from) ?? alone.judge(claims.slice(from, to)),
    );
    return [...theirs, ...own];
  }

  return {
    judge,
    close() {
      for (const { worker, lane } of threads ?? []) {
        Atomics.store(lane.control, 0, laneState.stopped);
        Atomics.notify(lane.control, 0);
        void worker.terminate();
      }
      threads = undefined;
    },
  };
}
