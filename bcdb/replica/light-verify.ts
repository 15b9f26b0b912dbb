/**
 * Verifies the history below a replica's snapshot: a second store, in a thread that steps behind all others and in a folder
 * beside, executes every block from the genesis on, with all rules and signatures. What it finds wrong stops the replica;
 * when all is right, the replica takes that history over, or keeps what a light one keeps.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, codeOf, toErrorData } from '../../core/errors.ts';
import { alarmCodes } from '../store/follower.ts';
import { askBlocks, readBlocks } from '../store/snapshot-service.ts';
import { type StoreClient, startStore } from '../store/store-client.ts';
import type { StoreInfo } from '../store/store-options.ts';
import { verifyFolder } from '../store/take-over.ts';
import { isOurTrouble, type LightPeers } from './light-peers.ts';
import { untilPassed } from './until-passed.ts';

export type VerificationOptions = {
  readonly folder: string;
  readonly grid: Uint8Array;
  /** Height of the snapshot. */
  readonly floor: number;
  readonly keeps: 'light' | 'archive';
  readonly store: StoreClient;
  readonly peers: LightPeers;
  /** Our own head. */
  readonly height: () => number;
  readonly onProgress: (doneHeight: number) => void;
  /** Does `work` while nobody else holds the replica's files, which are about to be replaced. */
  readonly aside: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onDone: (info: StoreInfo) => void;
  readonly onError: (error: unknown) => void;
};

/** So near to our head, the rest is done at the moment of taking over. */
const nearHead = 64;
const againMs = 1000;

/** Starts; `stop` resolves when nothing of it runs any more. */
export function startVerification(options: VerificationOptions): { stop(): Promise<void> } {
  let isStopped = false;
  const work = () => verifyTwice(options, () => isStopped);
  const ended = untilPassed(work, { isStopped: () => isStopped, onError: options.onError }).catch(options.onError);
  return {
    async stop() {
      isStopped = true;
      await ended;
    },
  };
}

/** The second store is all fetched: one that is damaged begins anew, once. */
async function verifyTwice(options: VerificationOptions, isStopped: () => boolean): Promise<void> {
  try {
    await verifyAll(options, isStopped);
  } catch (error) {
    if (codeOf(error) !== 'replica/corrupt' || isStopped()) throw error;
    options.onError(error);
    rmSync(verifyFolder(options.folder), { recursive: true, force: true });
    await verifyAll(options, isStopped);
  }
}

/** Can be done again after whatever it throws: what was verified before stands in the second store. */
async function verifyAll(options: VerificationOptions, isStopped: () => boolean): Promise<void> {
  const { folder, keeps, store, aside, onDone } = options;
  try {
    await verifyHistory(options, isStopped);
  } catch (error) {
    // The second store is closed by now, and has kept its proof.
    if (stopCodes.has(codeOf(error))) await store.call('raise', foundBy(error));
    throw error;
  }
  if (isStopped()) return;
  onDone(await aside(() => store.call('takeOver', keeps)));
  rmSync(verifyFolder(folder), { recursive: true, force: true });
}

const stopCodes: ReadonlySet<unknown> = new Set(alarmCodes);

const foundBy = (error: unknown) => {
  const { code, detail } = toErrorData(error);
  return { code, detail: `verifying the history: ${detail}`, retry: false };
};

/** Until the second store has all blocks that it needs, and agrees with the first one. */
async function verifyHistory(options: VerificationOptions, isStopped: () => boolean): Promise<void> {
  const { floor, keeps, store, height } = options;
  const second = await openSecond(options);
  let done = second.height;
  try {
    const target = (): number => (keeps === 'light' ? floor : Math.max(floor, height() - nearHead));
    while (done < target() && !isStopped()) {
      done = await step(options, second.store, done);
      options.onProgress(Math.min(done, floor));
    }
    if (!isStopped()) await compareAt(floor, store, second.store);
  } finally {
    await second.store.close();
  }
}

type Second = { readonly store: StoreClient; readonly height: number };

/** The second store. One that is damaged begins anew: all that it has can be fetched again. */
async function openSecond({ folder, grid, onError }: VerificationOptions): Promise<Second> {
  const path = verifyFolder(folder);
  const noop = (): void => undefined;
  for (let tries = 0; ; tries++) {
    const listener = { onHead: noop, onOutbox: noop, onPending: noop, onAlarm: noop, onDefect: onError, onGone: noop };
    const store = startStore(listener, true);
    try {
      const { head } = await store.call('open', { folder: path, start: { how: 'join', grid } });
      return { store, height: head?.height ?? -1 };
    } catch (error) {
      await store.close();
      if (codeOf(error) !== 'replica/corrupt' || tries > 0) throw error;
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/** One answer of blocks. Answers the height that was reached. Throws what no other peer can mend. */
async function step({ peers }: VerificationOptions, second: StoreClient, done: number): Promise<number> {
  const ready = peers.ready();
  const peer = ready[Math.floor(Math.random() * ready.length)];
  if (peer === undefined) {
    await sleep(againMs);
    return done;
  }
  let at = done;
  try {
    for (const block of readBlocks(await peers.ask(peer, 'blocks', askBlocks(done + 1)))) {
      await applyTo(second, block);
      at += 1;
    }
  } catch (error) {
    if (error instanceof OurTrouble) throw error.cause;
    peers.blame(peer, error);
  }
  return at;
}

/** The block was not to blame, or proves too much. */
class OurTrouble extends Error {}

async function applyTo(second: StoreClient, block: Uint8Array): Promise<void> {
  try {
    await second.call('apply', block);
  } catch (error) {
    if (!isOurTrouble(error) && !stopCodes.has(codeOf(error))) throw error;
    throw new OurTrouble('', { cause: error });
  }
}

/** All blocks lead to the header that the snapshot was taken at, or the replica stops. */
async function compareAt(floor: number, first: StoreClient, second: StoreClient): Promise<void> {
  const hashAt = async (store: StoreClient): Promise<string | undefined> => {
    const { items } = await store.query('blocks', { from: floor, limit: 1 });
    return items[0]?.height === floor ? items[0].headerHash : undefined;
  };
  const [ours, theirs] = [await hashAt(first), await hashAt(second)];
  if (ours !== undefined && ours === theirs) return;
  // Two certified headers of one height: the first store keeps both, and throws.
  await first.call('apply', await second.call('block', floor));
  throw new AppError(
    'replica/diverged',
    `the snapshot's header at height ${floor} is ${ours ?? 'none'}, all blocks lead to ${theirs ?? 'none'}`,
  );
}
