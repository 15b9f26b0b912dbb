/**
 * The host's side of following: one block at a time, in order, none twice, across restarts of the net process.
 * Decides nothing about a block: its handler takes it, or refuses the feed that brought it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FollowMessage, followWindow, type HostToNet, type NetToHost } from './protocol.ts';

/**
 * Gets each block once, in order, the next one only when it is done with the last.
 * `refused`: the bytes prove nothing, so the feed that brought them is dropped and the height fetched from the others.
 * A throw means "not now" (a full disk): the same block comes again after a pause.
 * `next`: the block that waits behind it, to be looked at ahead.
 */
export type OnBlock = (
  height: number,
  block: Uint8Array,
  feedKey: Uint8Array,
  next?: Uint8Array,
) => Promise<'taken' | 'refused'>;

type BlockMessage = Extract<NetToHost, { type: 'block' }>;

type Following = { feedKeys: readonly Uint8Array[]; next: number; readonly onBlock: OnBlock };

export type FollowQueue = {
  follow(feedKeys: readonly Uint8Array[], fromHeight: number, onBlock: OnBlock): void;
  /** Says again what is followed, to a new net process. */
  resend(): void;
  /** False when the net process broke its word: a block out of order, or more than the window. */
  push(block: BlockMessage): boolean;
  stop(): void;
};

const firstPauseMs = 500;
const longestPauseMs = 30_000;

export function createFollowQueue(send: (message: HostToNet) => void, log: (line: string) => void): FollowQueue {
  let following: Following | undefined;
  let generation = 0;
  let queue: BlockMessage[] = [];
  /** The height that the net process has to bring next. */
  let expected = 0;
  let isDraining = false;

  function resend(): void {
    generation += 1;
    queue = [];
    if (following === undefined) return;
    const { feedKeys, next } = following;
    expected = next;
    send({ type: 'follow', generation, feedKeys, fromHeight: next } satisfies FollowMessage);
  }

  function drop(from: Following, feedKey: Uint8Array, height: number): void {
    const name = Buffer.from(feedKey).toString('hex').slice(0, 16);
    log(`feed ${name} is dropped: its block ${height} was refused`);
    from.feedKeys = from.feedKeys.filter((key) => !Buffer.from(key).equals(feedKey));
    resend();
  }

  /** Hands over one block; false when it has to come again. */
  async function handOver({ height, block, feedKey }: BlockMessage, to: Following): Promise<boolean> {
    try {
      const verdict = await to.onBlock(height, block, feedKey, queue[0]?.block);
      if (verdict === 'taken') to.next = height + 1;
      else if (to === following) drop(to, feedKey, height);
      return true;
    } catch (error) {
      log(`block ${height} could not be taken now: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  async function drain(): Promise<void> {
    if (isDraining) return;
    isDraining = true;
    let pauseMs = firstPauseMs;
    for (let block = queue.shift(); block !== undefined; block = queue.shift()) {
      const to = following;
      if (to === undefined) break;
      // Already taken: it was being handled when the net process was started again.
      const isDone = block.height < to.next || (await handOver(block, to));
      if (isDone) pauseMs = firstPauseMs;
      if (isDone) send({ type: 'taken', generation: block.generation, height: block.height });
      else {
        await sleep(pauseMs);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        if (to === following) resend();
      }
    }
    isDraining = false;
  }

  return {
    follow(feedKeys, fromHeight, onBlock) {
      following = { feedKeys, next: fromHeight, onBlock };
      resend();
    },
    resend,
    push(block) {
      if (following === undefined || block.generation !== generation) return true;
      if (queue.length >= followWindow.blocks || block.height !== expected) return false;
      expected += 1;
      queue.push(block);
      void drain();
      return true;
    },
    stop() {
      following = undefined;
      queue = [];
    },
  };
}
