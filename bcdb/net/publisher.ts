/**
 * The one feed that this member writes: certified blocks, the block of height h at index h.
 * With a key from the member's seed, a lost cache keeps its address. The same bytes must then be published again at the same
 * height: other bytes would fork the feed, and Hypercore freezes a forked feed everywhere, for good. Whose certificates may
 * come out differently the second time has a key of its folder, which is lost with it.
 */
import { hkdfSync } from 'node:crypto';
import type Corestore from 'corestore';
import HyperDHT, { type KeyPair } from 'hyperdht';
import { maxBlockBytes } from './protocol.ts';

const keyPairOf = (seed: Uint8Array): KeyPair =>
  HyperDHT.keyPair(new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), 'threebot/feed', 32)));

/** `length` is the height that the feed takes next. */
export type Publication = { readonly code: string | null; readonly length: number };

export type Publisher = {
  readonly feedKey: Uint8Array;
  length(): number;
  /** Appends a block; again is harmless. Codes: `net/gap` (send from `length` on), `net/too-large`, `net/failed` (disk). */
  publish(height: number, block: Uint8Array): Promise<Publication>;
};

type Offer = { readonly height: number; readonly block: Uint8Array; readonly settle: (code: string | null) => void };

/** Where a feed's key comes from. */
export type FeedName = { readonly seed: Uint8Array } | { readonly name: string };

/** Told of a batch that could not be written; it will be offered again. */
type OnFailed = (error: unknown) => void;

/** Opens the feed. Blocks offered while others are written go in together. */
export async function openPublisher(store: Corestore, from: FeedName, onFailed: OnFailed): Promise<Publisher> {
  const feed = store.get('name' in from ? from : { keyPair: keyPairOf(from.seed) });
  await feed.ready();
  // After a loss the followers still have what we published: take it back from them.
  feed.download({ start: 0, end: -1 });
  let offers: Offer[] = [];
  let isWriting = false;

  /** Writes what continues the feed; settles what stands there already, and what leaves a gap. */
  async function writeSome(): Promise<void> {
    const batch: Offer[] = [];
    const start = feed.length;
    for (const offer of offers) {
      if (offer.height < start + batch.length) offer.settle(null);
      else if (offer.height > start + batch.length) offer.settle('net/gap');
      else batch.push(offer);
    }
    offers = [];
    const blocks = batch.map(({ block }) => block);
    try {
      // maxLength: nothing is written when the feed grew meanwhile, taken back from a follower.
      const { length } = await feed.append(blocks, { maxLength: start + blocks.length });
      if (length !== start + blocks.length) offers = [...batch, ...offers];
      else for (const { settle } of batch) settle(null);
    } catch (error) {
      for (const { settle } of batch) settle('net/failed');
      onFailed(error);
    }
  }

  async function writeAll(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    while (offers.length > 0) await writeSome();
    isWriting = false;
  }

  return {
    feedKey: feed.key,
    length: () => feed.length,
    publish(height, block) {
      if (block.length > maxBlockBytes) return Promise.resolve({ code: 'net/too-large', length: feed.length });
      return new Promise((resolve) => {
        offers.push({ height, block, settle: (code) => resolve({ code, length: feed.length }) });
        void writeAll();
      });
    },
  };
}
