/**
 * Judges many signatures at once on all cores: the store's own thread works through the batch, and so do verifying
 * threads, which start at the first large batch. The outcome is the same with and without them.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Verify } from '../../core/keys.ts';
import { boardBytes, type Claim, type Place, VerifyBoard } from './verify-board.ts';

export type VerifyMany = {
  /** One outcome for each claim. */
  judge(claims: readonly Claim[]): readonly boolean[];
  /**
   * Puts claims up for the threads, and goes on. Who calls the answer joins in, and has one outcome for each claim; what
   * was begun or judged in between makes it slower at worst, never wrong.
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
  /** Begun on the present sheet, and not asked for yet. */
  let open = 0;

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

  /** Puts claims up behind those that others still want judged; without room, in their place. */
  function put(shared: VerifyBoard, claims: readonly Claim[]): Place {
    if (open === 0) shared.wipe();
    let place = shared.put(claims);
    if (place.count === 0 && place.from > 0) {
      shared.wipe();
      place = shared.put(claims);
      open = 0;
    }
    open += 1;
    return place;
  }

  /** Joins in with what was put up: its outcomes, as many as are on the board. */
  function finish(shared: VerifyBoard, claims: readonly Claim[], { sheet, from, count }: Place): readonly boolean[] {
    // Others' claims took the place of ours.
    if (shared.sheet !== sheet) return [];
    shared.judge(verify, from + count);
    open = Math.max(0, open - 1);
    return claims
      .slice(0, count)
      .map((claim, index) => shared.outcome(from + index, sheet) ?? verify(claim.signature, claim.message, claim.key));
  }

  /** All outcomes, board by board. */
  function finishAll(shared: VerifyBoard, claims: readonly Claim[], first: Place): readonly boolean[] {
    const outcomes = [...finish(shared, claims, first)];
    while (outcomes.length < claims.length) {
      const rest = claims.slice(outcomes.length);
      const place = put(shared, rest);
      outcomes.push(...finish(shared, rest, place));
      // What is too large for a whole board.
      if (place.count === 0) outcomes.push(...alone.judge(rest.slice(0, 1)));
    }
    return outcomes;
  }

  const begin: VerifyMany['begin'] = (claims) => {
    if (claims.length < smallBatch || threadCount < 1) return () => alone.judge(claims);
    board ??= start();
    const shared = board;
    const place = put(shared, claims);
    let outcomes: readonly boolean[] | undefined;
    return () => {
      // The threads are gone, and on a board that was stopped nothing is judged any more.
      outcomes ??= shared === board ? finishAll(shared, claims, place) : alone.judge(claims);
      return outcomes;
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
      open = 0;
    },
  };
}
