/**
 * What a replica does beside following: begins with a snapshot where that saves work, serves snapshots and blocks to others, has
 * the history below its own snapshot verified, and its database looked over, in the background.
 */
import { rmSync } from 'node:fs';
import type { Net } from '../net/net-api.ts';
import type { ReplicaOptions } from '../replica-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { StoreInfo } from '../store/store-options.ts';
import { verifyFolder } from '../store/take-over.ts';
import { healedView } from './healing.ts';
import { whatToKeep } from './light-choice.ts';
import { createLightPeers, type LightPeers } from './light-peers.ts';
import { lightStart } from './light-start.ts';
import { startVerification } from './light-verify.ts';
import { type Scrubbing, startScrubbing } from './scrubbing.ts';
import { createSnapshotServer } from './snapshot-server.ts';
import type { Standing } from './standing.ts';
import { freeBytesAt } from './storage.ts';
import { untilPassed } from './until-passed.ts';

export type LightOptions = {
  readonly folder: string;
  readonly store: StoreClient;
  readonly standing: Standing;
  /** A guardian's key lives here: the whole history is needed from the start. */
  readonly hasGuardianKey: boolean;
  readonly keeps: ReplicaOptions['keeps'];
  readonly log: ReplicaOptions['log'];
  readonly onError: (error: unknown) => void;
  /** Undefined while there is none. */
  readonly net: () => Net | undefined;
  readonly scrubPauseMs: ReplicaOptions['scrubPauseMs'];
};

export type Light = {
  /** The store is open. */
  opened(info: StoreInfo): void;
  /** The network is coming up, and nothing is followed yet: resolves when following may begin. */
  begin(net: Net): Promise<void>;
  serve(method: 'snapshot' | 'blocks', question: Uint8Array): Promise<Uint8Array>;
  /** There is reason to look the whole database over now. */
  lookOver(): void;
  stop(): Promise<void>;
};

export function createLight(options: LightOptions): Light {
  const { folder, store, standing, hasGuardianKey, keeps, log = () => undefined, onError } = options;
  const server = createSnapshotServer(folder);
  let verification: { stop(): Promise<void> } | undefined;
  let scrubbing: Scrubbing | undefined;
  let isStopped = false;
  let known: { readonly net: Net; readonly peers: LightPeers } | undefined;

  /** The same as long as the network is: it remembers who did not answer well. */
  function peersOf(net: Net | undefined): LightPeers | undefined {
    if (net !== undefined && known?.net !== net) known = { net, peers: createLightPeers(net) };
    return net === undefined ? undefined : known?.peers;
  }

  /** Takes what the store says of itself after it was opened anew. */
  function note(changed: StoreInfo): void {
    const { isGuardian, head, pendingCount, alarm, healed } = changed;
    standing.note({ isGuardian, head, pendingCount, alarm, healed: healedView(healed) });
  }

  function verify(net: Net, { grid, floor, head, isVerified }: StoreInfo): void {
    const kept = whatToKeep(keeps, { recordCount: head?.recordCount ?? 0, freeBytes: freeBytesAt(folder) });
    if (floor === 0) return;
    if (isVerified && kept === 'light') {
      // A kill may have left it.
      rmSync(verifyFolder(folder), { recursive: true, force: true });
      return;
    }
    const show = (doneHeight: number): void =>
      standing.note({ verification: { doneHeight: Math.max(0, doneHeight), ofHeight: floor } });
    show(0);
    log(`light start: verifying ${floor} blocks below the snapshot; this replica keeps the ${kept} history`);
    verification = startVerification({
      folder,
      grid,
      floor,
      keeps: kept,
      store,
      peers: createLightPeers(net),
      height: () => standing.facts().head?.height ?? 0,
      onProgress: show,
      aside: server.aside,
      onDone(changed) {
        note(changed);
        standing.note({ verification: null });
        log('light start: the whole history was verified');
      },
      onError(error) {
        if (!isStopped) onError(error);
      },
    });
  }

  /** A snapshot where there is no block yet; answers how the store stands then. Goes on where it was cut short. */
  async function start(net: Net): Promise<StoreInfo> {
    const { head, importing } = await store.call('info');
    if (head === null) {
      const isDone = await lightStart({
        store,
        peers: createLightPeers(net),
        begun: importing,
        isWanted: keeps === 'light',
        isStopped: () => isStopped,
        onProgress: (pieces) => log(`light start: ${pieces} pieces`),
        log,
      });
      if (isDone) log('light start: usable');
    }
    return store.call('info');
  }

  return {
    opened(first) {
      note(first);
      scrubbing = startScrubbing({
        store,
        reader: server,
        peers: () => peersOf(options.net()),
        isReady: () => standing.facts().head !== null,
        pauseMs: options.scrubPauseMs,
        onError,
        log,
      });
    },
    async begin(net) {
      if (hasGuardianKey) return;
      const begun = await untilPassed(() => start(net), { isStopped: () => isStopped, onError });
      if (begun === undefined || isStopped) return;
      note(begun);
      verify(net, begun);
    },
    serve: (method, question) => server.answer(method, question),
    lookOver: () => scrubbing?.hurry(),
    async stop() {
      isStopped = true;
      await scrubbing?.stop();
      await verification?.stop();
      await server.close();
    },
  };
}
