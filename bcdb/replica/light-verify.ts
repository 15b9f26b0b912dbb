/**
 * Verifies the history below a replica's snapshot: a second store, in a thread that steps behind all others and in a folder
 * beside, executes every block from the genesis on, with all rules and signatures. What it finds wrong stops the replica;
 * when all is right, the replica takes that history over, or keeps what a light one keeps.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, codeOf, type ErrorData } from '../../core/errors.ts';
import type { HeadView } from '../../core/views.ts';
import { askBlocks, readBlocks } from '../store/snapshot-service.ts';
import { type StoreClient, startStore } from '../store/store-client.ts';
import type { StoreInfo } from '../store/store-options.ts';
import { verifyFolder } from '../store/take-over.ts';
import { isOurTrouble, type LightPeers } from './light-peers.ts';

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
  /** Lets go of the replica's files, which are about to be replaced. */
  readonly release: () => Promise<void>;
  readonly onDone: (info: StoreInfo) => void;
  readonly onError: (error: unknown) => void;
};

/** So near to our head, the rest is done at the moment of taking over. */
const nearHead = 64;
const againMs = 1000;

/** Starts; `stop` resolves when nothing of it runs any more. */
export function startVerification(options: VerificationOptions): { stop(): Promise<void> } {
  let isStopped = false;
  const ended = verifyTwice(options, () => isStopped).catch(options.onError);
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

async function verifyAll(options: VerificationOptions, isStopped: () => boolean): Promise<void> {
  const { folder, floor, keeps, store, height, release, onDone } = options;
  const second = await openSecond(options);
  let done: number;
  try {
    done = second.height;
    const target = (): number => (keeps === 'light' ? floor : Math.max(floor, height() - nearHead));
    while (done < target() && !isStopped()) {
      done = await step(options, second.store, done);
      options.onProgress(Math.min(done, floor));
    }
    if (isStopped()) return;
    await compareAt(floor, store, second.store);
  } finally {
    await second.store.close();
  }
  await release();
  onDone(await store.call('takeOver', keeps));
  rmSync(verifyFolder(folder), { recursive: true, force: true });
}

type Second = { readonly store: StoreClient; readonly height: number };

/** The second store. One that is damaged begins anew: all that it has can be fetched again. */
async function openSecond({ folder, grid, store: first, onError }: VerificationOptions): Promise<Second> {
  const path = verifyFolder(folder);
  for (let tries = 0; ; tries++) {
    const store = startStore(
      {
        onHead: (_head: HeadView) => undefined,
        onOutbox: () => undefined,
        onPending: () => undefined,
        onAlarm: (alarm: ErrorData | null) => {
          // Damage of its own says nothing about the first one.
          if (alarm !== null && !alarm.retry && alarm.code !== 'replica/corrupt')
            void first.call('raise', foundBy(alarm)).catch(onError);
        },
        onDefect: onError,
        onGone: () => undefined,
      },
      true,
    );
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

const foundBy = (alarm: ErrorData): ErrorData => ({ ...alarm, detail: `verifying the history: ${alarm.detail}` });

/** One answer of blocks. Answers the height that was reached. */
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
      await second.call('apply', block);
      at += 1;
    }
  } catch (error) {
    if (isFinal(error)) throw error;
    if (isOurTrouble(error)) await sleep(againMs);
    else peers.blame(peer, error);
  }
  return at;
}

/** What no other peer can mend. */
const isFinal = (error: unknown): boolean =>
  ['replica/diverged', 'replica/forked-head', 'replica/outdated', 'replica/closed', 'replica/corrupt'].includes(
    codeOf(error) ?? '',
  );

/** All blocks lead to the header that the snapshot was taken at, or the replica stops. */
async function compareAt(floor: number, first: StoreClient, second: StoreClient): Promise<void> {
  const hashAt = async (store: StoreClient): Promise<string | undefined> => {
    const { items } = await store.query('blocks', { from: floor, limit: 1 });
    return items[0]?.height === floor ? items[0].headerHash : undefined;
  };
  const [ours, theirs] = [await hashAt(first), await hashAt(second)];
  if (ours !== undefined && ours === theirs) return;
  const error = {
    code: 'replica/diverged',
    detail: `the snapshot's header at height ${floor} is ${ours ?? 'none'}, all blocks lead to ${theirs ?? 'none'}`,
    retry: false,
  } as const;
  await first.call('raise', error);
  throw new AppError(error.code, error.detail);
}
