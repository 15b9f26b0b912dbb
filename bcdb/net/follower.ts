/**
 * Delivers blocks in order of height from whichever feed has them first, live, and downloads ahead.
 * Blocks prove themselves, so any feed will do; the host names the feeds and throws out one that lies.
 * Must not hold more undelivered bytes than the window allows.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type Corestore from 'corestore';
import type { Hypercore } from 'corestore';
import { type FollowMessage, followWindow } from './protocol.ts';

export type FollowerOptions = {
  readonly store: Corestore;
  readonly deliver: (generation: number, height: number, block: Uint8Array, feedKey: Uint8Array) => void;
  readonly log: (line: string) => void;
};

export type Follower = {
  /** Replaces what is followed; blocks of earlier generations stop. */
  follow(message: FollowMessage): Promise<void>;
  /** The host is done with one block of the present generation. */
  taken(generation: number): void;
};

/** Blocks asked of the present feed before they are needed. */
const downloadAhead = 2048;
/** Blocks read at once, as long as they are small. */
const readAtOnce = 64;
/** A block that does not come in this time is asked of another feed. */
const patienceMs = 4000;
/** Less than this from a peer in that time is silence, not a slow line. */
const silenceBytes = 16 * 1024;
/** Between a read that failed and the next. */
const retryMs = 100;

type Feed = { readonly core: Hypercore; readonly key: Uint8Array; isStalled: boolean };

export function createFollower({ store, deliver, log }: FollowerOptions): Follower {
  const cores = new Map<string, Hypercore>();
  let current = 0;
  let onWay: number[] = [];
  let wake: () => void = () => undefined;

  /** Until a feed grows, or the host takes a block, or another `follow` comes. */
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  function open(key: Uint8Array): Hypercore {
    const id = Buffer.from(key).toString('hex');
    const existing = cores.get(id);
    if (existing !== undefined && !existing.closed) return existing;
    const core = store.get({ key });
    cores.set(id, core);
    core.on('append', () => wake());
    core.on('conflict', () => log(`feed ${id.slice(0, 16)} signed two histories and is not followed any more`));
    core.on('close', () => wake());
    return core;
  }

  /** Feeds come and go with peers: one that is not followed any more costs no memory. */
  function closeOthers(keys: readonly Uint8Array[]): void {
    const followed = new Set(keys.map((key) => Buffer.from(key).toString('hex')));
    for (const [id, core] of cores) {
      if (followed.has(id)) continue;
      cores.delete(id);
      core.close().catch((error: unknown) => log(`feed ${id.slice(0, 16)} was not closed: ${String(error)}`));
    }
  }

  /** Peers who claim to have the block at `height`, with what they have sent so far. */
  const claimants = (core: Hypercore, height: number) =>
    core.peers.filter((peer) => peer.remoteLength > height).map((peer) => ({ peer, before: peer.stream.rawBytesRead }));

  /** The feed to read `height` from: the present one if it can, one that stalled only when there is no other. */
  function choose(feeds: readonly Feed[], height: number, present: Feed | undefined): Feed | undefined {
    const able = feeds.filter(({ core }) => !core.closed && core.length > height);
    const lively = able.filter(({ isStalled }) => !isStalled);
    if (present !== undefined && lively.includes(present)) return present;
    if (lively.length === 0) for (const feed of feeds) feed.isStalled = false;
    return lively[0] ?? able.find((feed) => feed !== present) ?? able[0];
  }

  const room = (): number => {
    const bytes = onWay.reduce((sum, size) => sum + size, 0);
    const isFull = onWay.length >= followWindow.blocks || bytes >= followWindow.bytes;
    return isFull ? 0 : followWindow.blocks - onWay.length;
  };

  async function run(generation: number, feeds: readonly Feed[], fromHeight: number): Promise<void> {
    let height = fromHeight;
    let present: Feed | undefined;
    let ahead: { readonly feed: Feed; readonly end: number; readonly range: { destroy(): void } } | undefined;
    let typicalBytes = followWindow.bytes / readAtOnce;
    while (generation === current) {
      const feed = choose(feeds, height, present);
      const space = room();
      if (feed === undefined || space === 0) {
        await change();
        continue;
      }
      present = feed;
      if (ahead?.feed !== feed || ahead.end - height < downloadAhead / 2) {
        ahead?.range.destroy();
        const end = height + downloadAhead;
        ahead = { feed, end, range: feed.core.download({ start: height, end }) };
      }
      const fits = Math.max(1, Math.floor(followWindow.bytes / 2 / typicalBytes));
      const count = Math.min(readAtOnce, space, fits, feed.core.length - height);
      const heights = Array.from({ length: count }, (_, index) => height + index);
      const peers = claimants(feed.core, height);
      const reads = await Promise.allSettled(heights.map((index) => feed.core.get(index, { timeout: patienceMs })));
      if (generation !== current) break;
      for (const read of reads) {
        if (read.status !== 'fulfilled' || read.value === null) {
          feed.isStalled = true;
          break;
        }
        const block = read.value;
        typicalBytes = Math.max(block.length, typicalBytes * 0.9, 1);
        onWay.push(block.length);
        deliver(generation, height, block, feed.key);
        height += 1;
      }
      if (!feed.isStalled) continue;
      // Who was asked and sends nothing has lost the thread, or lies; if nobody was asked, the thread is lost with all of
      // them: a new connection starts replication afresh.
      const isAsked = peers.some(({ peer }) => peer.inflight > 0);
      for (const { peer, before } of peers) {
        const isSilent = peer.stream.rawBytesRead - before < silenceBytes;
        if (isSilent && (peer.inflight > 0 || !isAsked)) peer.stream.destroy();
      }
      await sleep(retryMs);
    }
    ahead?.range.destroy();
  }

  return {
    async follow({ generation, feedKeys, fromHeight }) {
      current = generation;
      onWay = [];
      wake();
      closeOthers(feedKeys);
      const feeds = feedKeys.map((key): Feed => ({ key, core: open(key), isStalled: false }));
      const opened = await Promise.allSettled(feeds.map(({ core }) => core.ready()));
      const usable = feeds.filter((_, index) => opened[index]?.status === 'fulfilled');
      if (usable.length < feeds.length)
        log(`${feeds.length - usable.length} of ${feeds.length} feeds could not be opened`);
      if (generation === current) await run(generation, usable, fromHeight);
    },
    taken(generation) {
      if (generation !== current) return;
      onWay.shift();
      wake();
    },
  };
}
