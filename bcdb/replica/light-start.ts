/**
 * A new replica begins with a snapshot where that saves work: finds the newest one that peers offer and the guardians
 * certified, fetches its pieces from several peers at once, goes on where it was cut off, and leaves the store on it. The
 * store proves everything; here is only who is asked for what.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../core/errors.ts';
import { encodeAsk, readManifest } from '../../core/snapshot.ts';
import { askManifest, askPiece } from '../store/snapshot-service.ts';
import type { StoreClient } from '../store/store-client.ts';
import { isWorthASnapshot } from './light-choice.ts';
import { isOurTrouble, type LightPeers } from './light-peers.ts';
import { createPieceQueue, type PieceQueue } from './piece-queue.ts';

export type LightStartOptions = {
  readonly store: StoreClient;
  readonly peers: LightPeers;
  /** The manifest of a snapshot that was begun earlier. */
  readonly begun: Uint8Array | null;
  /** The user wants one, however short the history is. */
  readonly isWanted: boolean;
  readonly isStopped: () => boolean;
  readonly onProgress: (pieces: number) => void;
  readonly log: (line: string) => void;
};

/** How long a new replica looks for peers before it simply follows. */
const seekMs = 20_000;
/** Nobody serves a begun snapshot any more: how long to wait before another one is taken. */
const giveUpMs = 20_000;
/** Pieces that one peer is asked for at a time. */
const atOnce = 2;

/** True when the store stands on a snapshot now; false: it has to execute everything. */
export async function lightStart(options: LightStartOptions): Promise<boolean> {
  const { begun, isStopped } = options;
  if (begun !== null && (await tryOne(options, begun))) return true;
  if (isStopped()) return false;
  for (const manifest of await findManifests(options)) {
    if (await tryOne(options, manifest)) return true;
    if (isStopped()) return false;
  }
  return false;
}

/** False when this one cannot be had, or was a lie: nothing of it is left. Throws our own store's trouble. */
async function tryOne(options: LightStartOptions, manifest: Uint8Array): Promise<boolean> {
  const { store, isStopped, log } = options;
  try {
    if (await fetchSnapshot(options, manifest)) return true;
    if (isStopped()) return false;
    log('snapshot: nobody serves it any more');
  } catch (error) {
    if (isOurTrouble(error)) throw error;
    log(`snapshot: ${codeOf(error)}`);
  }
  await store.call('importReset');
  return false;
}

/** What peers offer, the newest first; none when the history is short. */
async function findManifests({ peers, isStopped, isWanted }: LightStartOptions): Promise<readonly Uint8Array[]> {
  for (let waitedMs = 0; peers.ready().length === 0 && waitedMs < seekMs && !isStopped(); waitedMs += 100) {
    await sleep(100);
  }
  const offers = await Promise.all(
    peers.ready().map(async (peer) => {
      try {
        const bytes = await peers.ask(peer, 'snapshot', askManifest(null));
        return [{ bytes, ...readManifest(bytes) }];
      } catch (error) {
        peers.blame(peer, error);
        return [];
      }
    }),
  );
  const good = offers.flat().filter(({ recordCount }) => isWanted || isWorthASnapshot(recordCount));
  const byHeight = good.toSorted((a, b) => b.height - a.height);
  return byHeight.slice(0, 3).map(({ bytes }) => bytes);
}

/** False when nobody serves it any more, or when stopped. Throws for a manifest that proves nothing. */
async function fetchSnapshot(options: LightStartOptions, manifest: Uint8Array): Promise<boolean> {
  const { store, peers, isStopped, onProgress } = options;
  const { height, objectCount } = readManifest(manifest);
  const here = await store.call('importBegin', manifest);
  const queue = createPieceQueue(height, objectCount, here);
  const busy = new Map<Uint8Array, number>();
  let pieces = here.length;
  let failure: unknown;
  let isOver = false;
  let idleMs = 0;

  async function fetchOne(peer: Uint8Array): Promise<void> {
    const ask = queue.take();
    if (ask === undefined) return;
    let bytes: Uint8Array;
    try {
      bytes = await peers.ask(peer, 'snapshot', askPiece(encodeAsk(ask)));
    } catch (error) {
      peers.blame(peer, error);
      queue.giveBack(ask);
      return;
    }
    // What comes late belongs to no import, or to another one.
    if (isOver) return;
    try {
      queue.done(ask, await store.call('importPiece', encodeAsk(ask), bytes));
      pieces += 1;
      idleMs = 0;
      onProgress(pieces);
    } catch (error) {
      queue.giveBack(ask);
      if (isOurTrouble(error)) failure = error;
      else peers.blame(peer, error);
    }
  }

  function engage(queued: PieceQueue): void {
    for (const peer of peers.ready()) {
      const key = [...busy.keys()].find((one) => Buffer.compare(one, peer) === 0) ?? peer;
      for (let count = busy.get(key) ?? 0; count < atOnce && !queued.isDone; count++) {
        busy.set(key, count + 1);
        void fetchOne(key).finally(() => busy.set(key, (busy.get(key) ?? 1) - 1));
      }
    }
  }

  try {
    while (!queue.isDone) {
      if (isStopped() || idleMs > giveUpMs) return false;
      if (failure !== undefined) throw failure;
      engage(queue);
      await sleep(10);
      idleMs += 10;
    }
  } finally {
    isOver = true;
  }
  await store.call('importFinish');
  return true;
}
