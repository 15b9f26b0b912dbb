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
  /**
   * Puts claims up for the threads, and goes on. Who calls the answer joins in, and has one outcome for each claim; what
   * was begun or judged in between makes it slower, never wrong.
   */
  begin(claims: readonly Claim[]): () => readonly boolean[];
  close(): void;
};

/** On one thread, for tests and small replicas. */
export function verifyAlone(verify: Verify): VerifyMany {
  const judge = (claims: readonly Claim[]): readonly boolean[] =>
    claims.map(({ signature, message, key }) => verify(signature, message, key));
  return { judge, begin: (claims) => () => judge(claims), close: () => undefined };
}

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

  /** Joins in with the batch that is on the board: the outcomes of its `count` claims. */
  function finishBatch(shared: VerifyBoard, claims: readonly Claim[], count: number): readonly boolean[] {
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

  /** All outcomes, of which the first are known, board by board. */
  function judgeRest(shared: VerifyBoard, claims: readonly Claim[], known: readonly boolean[]): readonly boolean[] {
    const outcomes = [...known];
    while (outcomes.length < claims.length) {
      const rest = claims.slice(outcomes.length);
      const count = shared.put(rest);
      outcomes.push(...(count > 0 ? finishBatch(shared, rest, count) : alone.judge(rest.slice(0, 1))));
    }
    return outcomes;
  }

  const begin: VerifyMany['begin'] = (claims) => {
    if (claims.length < smallBatch || threadCount < 1) return () => alone.judge(claims);
    board ??= start();
    const shared = board;
    const count = shared.put(claims);
    const { batch } = shared;
    return () => {
      // The threads are gone, and on a board that was stopped nothing is judged any more.
      if (shared !== board) return alone.judge(claims);
      // Unless others' claims took the place of ours.
      return judgeRest(shared, claims, shared.batch === batch ? finishBatch(shared, claims, count) : []);
    };
  };

  return {
    begin,
    judge: (claims) => begin(claims)(),
    close() {
      board?.stop();
      for (const worker of threads) void worker.terminate();
      board = undefined;
      threads = [];
    },
  };
}
