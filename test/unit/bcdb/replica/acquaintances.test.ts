// Whom a replica knows: who speaks for which guardian, and which feeds are followed, however much strangers tell.
import { describe, expect, it } from 'vitest';
import { createAcquaintances, mostFeeds } from '../../../../bcdb/replica/acquaintances.ts';
import { toHex } from '../../../../core/bytes.ts';

const key = (n: number): Uint8Array =>
  new Uint8Array(32).map((_, index) => (index < 2 ? (n >> (8 * index)) & 0xff : 7));
const hex = (n: number): string => toHex(key(n));
const guardians = [1, 2, 3].map((n) => ({ key: hex(n), name: `guardian ${n}` }));
const minute = 60_000;

type Invited = Parameters<typeof createAcquaintances>[0];

function acquainted(invited: Invited = { feeds: [], peers: [] }) {
  const acquaintances = createAcquaintances(invited);
  acquaintances.rule(guardians);
  return acquaintances;
}
const feedsOf = (of: ReturnType<typeof acquainted>, nowMs = 0): string[] => of.feeds(nowMs).map(toHex);

describe('guardians', () => {
  it('are spoken for by the peer that proved it last, and by nobody once they left office', () => {
    const known = acquainted();
    known.met(key(11), { feed: null, guardian: hex(1) }, 0);
    known.met(key(12), { feed: null, guardian: hex(2) }, 5);
    const speakers = [11, 12, 13].map((n) => known.guardianOf(key(n)));
    expect(speakers).toEqual([hex(1), hex(2), undefined]);
    known.met(key(21), { feed: null, guardian: hex(1) }, 9);
    expect([known.netOf(hex(1)), known.guardianOf(key(11))]).toEqual([key(21), undefined]);
    expect(known.guardians()[0]).toEqual({ key: hex(1), name: 'guardian 1', net: hex(21), seenMs: 9 });
    known.rule(guardians.slice(1));
    expect(known.guardianOf(key(21))).toBeUndefined();
    expect(known.guardians().map((each) => each.key)).toEqual([hex(2), hex(3)]);
  });

  it('who are none speak for none, whatever a peer tells', () => {
    const known = acquainted();
    known.met(key(11), { feed: null, guardian: hex(99) }, 0);
    expect(known.guardianOf(key(11))).toBeUndefined();
  });

  it('are told to newcomers first, then the peers of the invitation', () => {
    const known = acquainted({ feeds: [], peers: [key(50), key(11)] });
    known.met(key(11), { feed: null, guardian: hex(1) }, 0);
    expect(known.peers()).toEqual([key(11), key(50)]);
  });
});

describe('feeds', () => {
  it("stand in the order guardians', invited, others'", () => {
    const known = acquainted({ feeds: [key(60)], peers: [] });
    known.met(key(31), { feed: key(61), guardian: null }, 0);
    known.met(key(11), { feed: key(62), guardian: hex(1) }, 0);
    expect(feedsOf(known)).toEqual([hex(62), hex(60), hex(61)]);
  });

  it('a crowd of strangers cannot push out what is followed, nor keep a guardian out', () => {
    const known = acquainted({ feeds: [key(60)], peers: [] });
    for (let n = 0; n < 1000; n++) known.met(key(1000 + n), { feed: key(3000 + n), guardian: null }, 0);
    expect(feedsOf(known)).toHaveLength(mostFeeds);
    expect(feedsOf(known).slice(0, 2)).toEqual([hex(60), hex(3000)]);
    known.met(key(11), { feed: key(62), guardian: hex(1) }, 0);
    expect(feedsOf(known)).toHaveLength(mostFeeds);
    expect(feedsOf(known).slice(0, 2)).toEqual([hex(62), hex(60)]);
  });

  it('a peer has one feed, and cannot take over one that another told of', () => {
    const known = acquainted();
    known.met(key(31), { feed: key(61), guardian: null }, 0);
    known.met(key(32), { feed: key(61), guardian: null }, 0);
    known.met(key(32), { feed: key(63), guardian: null }, 0);
    expect(feedsOf(known)).toEqual([hex(61), hex(63)]);
    known.met(key(31), { feed: key(64), guardian: null }, 0);
    expect(feedsOf(known)).toEqual([hex(63), hex(64)]);
  });

  it('of one who was silent for ten minutes gives its place to another', () => {
    const known = acquainted();
    for (let n = 0; n < mostFeeds; n++) known.met(key(1000 + n), { feed: key(3000 + n), guardian: null }, 0);
    known.met(key(1001), { feed: key(3001), guardian: null }, 9 * minute);
    known.met(key(31), { feed: key(61), guardian: null }, 11 * minute);
    const feeds = feedsOf(known, 11 * minute);
    expect(feeds).toHaveLength(mostFeeds);
    expect([3000, 3001, 61].map((n) => feeds.includes(hex(n)))).toEqual([false, true, true]);
  });

  it('that brought what proves nothing is left out for a minute', () => {
    const known = acquainted({ feeds: [key(60), key(61)], peers: [] });
    known.refuse(key(60), 0);
    expect([feedsOf(known, 0), feedsOf(known, minute + 1)]).toEqual([[hex(61)], [hex(60), hex(61)]]);
  });
});
