/**
 * Judges many signatures at once on all cores: the store's own thread works through the batch, and so do verifying
 * threads, which start at the first large batch. The outcome is the same with and without them.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Verify } from '../../core/keys.ts';
import { boardBytes, type Claim, VerifyBoard } from './verify-board.ts';

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

/** `threadCount`: besides the store's own thread. */
export function createVerifyPool(verify: Verify, threadCount = Math.min(3, availableParallelism() - 1)): VerifyMany {
  const alone = verifyAlone(verify);
  let board: VerifyBoard | undefined;
  let threads: readonly Worker[] = [];

  function start(): VerifyBoard {
    const memory = new SharedArrayBuffer(boardBytes);
    threads = Array.from({ length: threadCount }, () => {
      const options = { workerData: memory, execArgv: [], name: 'verify' };
      const worker = new Worker(new URL('./entry-verify.ts', import.meta.url), options);
      worker.unref();
      // One that ends by itself leaves its claims to the others.
      worker.on('error', () => undefined);
      return worker;
    });
    return new VerifyBoard(memory);
  }

  /** As many of the claims as fit on the board. */
  function judgeSome(shared: VerifyBoard, claims: readonly Claim[]): readonly boolean[] {
    const count = shared.put(claims);
    const { batch } = shared;
    const own = new Map<number, boolean>();
    const judgeOne = (index: number): boolean => {
      const claim = claims[index];
      return claim !== undefined && verify(claim.signature, claim.message, claim.key);
    };
    for (let index = shared.take(); index !== undefined; index = shared.take()) own.set(index, judgeOne(index));
    return Array.from(
      { length: count },
      (_, index) => own.get(index) ?? shared.outcome(index, batch) ?? judgeOne(index),
    );
  }

  return {
    judge(claims) {
      if (claims.length < smallBatch || threadCount < 1) return alone.judge(claims);
      board ??= start();
      const outcomes: boolean[] = [];
      while (outcomes.length < claims.length) {
        const some = judgeSome(board, claims.slice(outcomes.length));
        outcomes.push(...(some.length > 0 ? some : alone.judge(claims.slice(outcomes.length, outcomes.length + 1))));
      }
      return outcomes;
    },
    close() {
      board?.stop();
      for (const worker of threads) void worker.terminate();
      board = undefined;
      threads = [];
    },
  };
}
