/**
 * Whom this replica knows: which peer speaks for which guardian, and which feeds hold blocks. Everything here was told by
 * peers, so it is bounded, and guardians' things come first. Pure; the clock comes in as an argument.
 */
import { fromHex, toHex } from '../../core/bytes.ts';
import { mostNamed } from '../../core/invitation.ts';
import type { NamedGuardian } from '../store/store-options.ts';

/** Feeds followed at the same time. */
export const mostFeeds = 32;
/** After a feed brought a block that proves nothing, it gets another chance. */
const refusedMs = 60_000;
/** A place among the feeds is given away after its teller was silent for so long. */
const staleMs = 10 * 60_000;
const mostRefused = 256;

type Feed = {
  readonly key: Uint8Array;
  readonly teller: string;
  readonly isGuardian: boolean;
  readonly heardMs: number;
};

/** A guardian as it was last met. */
export type MetGuardian = NamedGuardian & {
  /** The Noise key that speaks for it, hex; null while nobody proved to. */
  readonly net: string | null;
  /** When it last proved it, by the caller's clock; null: never. */
  readonly seenMs: number | null;
};

export type Acquaintances = {
  /** The guardians in force; who is none any more speaks for nobody. */
  rule(guardians: readonly NamedGuardian[]): void;
  /** What a peer told and proved. */
  met(
    peer: Uint8Array,
    told: { readonly feed: Uint8Array | null; readonly guardian: string | null },
    nowMs: number,
  ): void;
  /** A feed brought what proves nothing. */
  refuse(feed: Uint8Array, nowMs: number): void;
  guardians(): readonly MetGuardian[];
  /** The guardian that a peer speaks for, hex. */
  guardianOf(peer: Uint8Array): string | undefined;
  netOf(guardian: string): Uint8Array | undefined;
  /** Feeds worth following now: guardians' first, then those of the invitation, then the rest. */
  feeds(nowMs: number): readonly Uint8Array[];
  /** The most useful of them for a newcomer. */
  peers(): readonly Uint8Array[];
};

/** `invited`: feeds and peers of the invitation: believed no more than others, but never crowded out. */
export function createAcquaintances(invited: {
  readonly feeds: readonly Uint8Array[];
  readonly peers: readonly Uint8Array[];
}): Acquaintances {
  let inForce: readonly NamedGuardian[] = [];
  const spoken = new Map<string, { readonly net: string; readonly seenMs: number }>();
  const feeds = new Map<string, Feed>();
  const refused = new Map<string, number>();
  for (const key of invited.feeds) {
    feeds.set(toHex(key), { key, teller: '', isGuardian: false, heardMs: Number.POSITIVE_INFINITY });
  }

  /** Makes room for a new feed: the place of one whose teller is gone, or, for a guardian's, of any other. */
  function makeRoom(isGuardian: boolean, nowMs: number): boolean {
    if (feeds.size < mostFeeds) return true;
    for (const [id, feed] of feeds) {
      if (feed.isGuardian || feed.teller === '') continue;
      if (!isGuardian && feed.heardMs > nowMs - staleMs) continue;
      feeds.delete(id);
      return true;
    }
    return false;
  }

  function learnFeed(key: Uint8Array, teller: string, isGuardian: boolean, nowMs: number): void {
    const id = toHex(key);
    const before = feeds.get(id);
    // Who told of it first, or a guardian, keeps it: anybody may name anybody's feed.
    if (before !== undefined) {
      if (before.teller === teller || isGuardian) feeds.set(id, { key, teller, isGuardian, heardMs: nowMs });
      return;
    }
    for (const [other, feed] of feeds) if (feed.teller === teller) feeds.delete(other);
    if (makeRoom(isGuardian, nowMs)) feeds.set(id, { key, teller, isGuardian, heardMs: nowMs });
  }

  return {
    rule(guardians) {
      inForce = guardians;
      const keys = new Set(guardians.map(({ key }) => key));
      for (const key of spoken.keys()) if (!keys.has(key)) spoken.delete(key);
    },
    met(peer, { feed, guardian }, nowMs) {
      const net = toHex(peer);
      if (guardian !== null && inForce.some(({ key }) => key === guardian))
        spoken.set(guardian, { net, seenMs: nowMs });
      if (feed !== null) learnFeed(feed, net, guardian !== null, nowMs);
    },
    refuse(feed, nowMs) {
      const id = toHex(feed);
      refused.delete(id);
      refused.set(id, nowMs);
      const [oldest] = refused.keys();
      if (refused.size > mostRefused && oldest !== undefined) refused.delete(oldest);
    },
    guardians: () =>
      inForce.map(({ key, name }) => {
        const met = spoken.get(key);
        return { key, name, net: met?.net ?? null, seenMs: met?.seenMs ?? null };
      }),
    guardianOf(peer) {
      const net = toHex(peer);
      for (const [key, met] of spoken) if (met.net === net) return key;
      return undefined;
    },
    netOf(guardian) {
      const net = spoken.get(guardian)?.net;
      return net === undefined ? undefined : fromHex(net);
    },
    feeds(nowMs) {
      const rank = ({ isGuardian, teller }: Feed): number => (isGuardian ? 0 : teller === '' ? 1 : 2);
      return [...feeds.values()]
        .filter(({ key }) => nowMs - (refused.get(toHex(key)) ?? Number.NEGATIVE_INFINITY) > refusedMs)
        .sort((a, b) => rank(a) - rank(b))
        .map(({ key }) => key);
    },
    peers() {
      const guardians = [...spoken.values()].map(({ net }) => net);
      return [...new Set([...guardians, ...invited.peers.map(toHex)])].slice(0, mostNamed).map(fromHex);
    },
  };
}
