/**
 * Blocks come in from whichever feed has them, in order, each into the store; a feed that brings what proves nothing is left
 * out for a while, and a proof against the guardians ends it all. Bytes are judged by the store, never here.
 */
import { toHex } from '../../core/bytes.ts';
import { toErrorData } from '../../core/errors.ts';
import type { Net } from '../net/net-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import { blockVerdict } from './block-verdict.ts';
import type { Standing } from './standing.ts';

/** After a feed was refused, all are looked through again when it may be asked once more. */
const refusedMs = 61_000;
/** Feeds that are heard of one after the other are taken up together. */
const pauseMs = 300;
/**
 * Feeds followed at the same time: more than guardians may fail at once. Every feed costs a word per block to every peer that
 * follows it too, and those who follow the same one hand its blocks to each other.
 */
const followedAtOnce = 3;
/** Behind what is known, and no block for so long: the feeds that are followed have stalled, and others are. */
const stallMs = 8000;

export type Following = {
  /** From now on feeds are followed: before, the store may be filled in another way. */
  start(): void;
  /** Follows the feeds that are worth it now, from our head on; only when there are others than before, and not each one anew. */
  look(): void;
  /** Takes everything below `end` from one feed, then follows nobody. */
  recover(feed: Uint8Array, end: number): Promise<void>;
  /** The head grew. */
  reached(): void;
  stop(): void;
};

export type FollowingOptions = {
  readonly store: StoreClient;
  readonly net: Net;
  readonly standing: Standing;
  /** Feeds worth following, best first. */
  readonly feeds: () => readonly Uint8Array[];
  readonly onRefused: (feed: Uint8Array) => void;
  /** Our height; -1 for none. */
  readonly height: () => number;
  /** The highest head that anybody proved. */
  readonly knownHeight: () => number;
  readonly onError: (error: unknown) => void;
};

export function createFollowing(options: FollowingOptions): Following {
  const { store, net, standing, feeds, onRefused, height, knownHeight, onError } = options;
  let followed = '';
  let again: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  /** Feeds that stalled; the others come first until all had their turn. */
  let stalled = new Set<string>();
  /** The height that we were behind at when last looked. */
  let behindAt: number | undefined;
  let isRecovering = false;
  let isStarted = false;
  let isStopped = false;
  let recovered: () => void = () => undefined;

  /** A block from a feed: into the store, or the feed is refused. A throw brings the same block again later. */
  async function take(
    _height: number,
    block: Uint8Array,
    from: Uint8Array,
    next?: Uint8Array,
  ): Promise<'taken' | 'refused'> {
    try {
      await store.call('apply', block, next);
      if (standing.facts().alarm?.retry === true) standing.note({ alarm: null });
      return 'taken';
    } catch (error) {
      onError(error);
      const verdict = blockVerdict(error);
      if (verdict === 'later') throw error;
      if (verdict === 'refused') {
        onRefused(from);
        standing.note({ alarm: { ...toErrorData(error, 'replica/bad-block'), retry: true } });
        clearTimeout(again);
        again = setTimeout(look, refusedMs);
        return 'refused';
      }
      net.follow([], 0, take);
      return 'taken';
    }
  }

  function look(): void {
    clearTimeout(soon);
    if (followed === '') follow();
    else soon = setTimeout(follow, pauseMs);
  }

  function choose(): readonly Uint8Array[] {
    const worth = feeds();
    const lively = worth.filter((key) => !stalled.has(toHex(key)));
    if (lively.length > 0) return lively.slice(0, followedAtOnce);
    stalled = new Set();
    return worth.slice(0, followedAtOnce);
  }

  function follow(): void {
    if (!isStarted || isStopped || isRecovering) return;
    const chosen = choose();
    const next = chosen.map(toHex).join();
    if (next === followed) return;
    followed = next;
    net.follow(chosen, height() + 1, take);
  }

  function lookForStall(): void {
    const before = behindAt;
    behindAt = height() < knownHeight() ? height() : undefined;
    if (behindAt === undefined || behindAt !== before || !isStarted || isRecovering) return;
    for (const key of choose()) stalled.add(toHex(key));
    follow();
  }
  const watch = setInterval(lookForStall, stallMs);

  return {
    start() {
      isStarted = true;
      look();
    },
    look,
    async recover(feed, end) {
      isRecovering = true;
      await new Promise<void>((resolve) => {
        recovered = () => height() >= end && resolve();
        net.follow([feed], height() + 1, take);
      });
      isRecovering = false;
      net.follow([], 0, take);
    },
    reached: () => recovered(),
    stop() {
      isStopped = true;
      clearInterval(watch);
      clearTimeout(again);
      clearTimeout(soon);
    },
  };
}
