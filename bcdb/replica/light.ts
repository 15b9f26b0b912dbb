/**
 * A replica's light side: begins with a snapshot where that saves work, serves snapshots and blocks to others, and has the
 * history below its own snapshot verified in the background.
 */
import type { Net } from '../net/net-api.ts';
import type { ReplicaOptions } from '../replica-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { StoreInfo } from '../store/store-options.ts';
import { healedView } from './healing.ts';
import { whatToKeep } from './light-choice.ts';
import { createLightPeers } from './light-peers.ts';
import { lightStart } from './light-start.ts';
import { startVerification } from './light-verify.ts';
import { createSnapshotServer } from './snapshot-server.ts';
import type { Standing } from './standing.ts';
import { freeBytesAt } from './storage.ts';

export type LightOptions = {
  readonly folder: string;
  readonly store: StoreClient;
  readonly standing: Standing;
  readonly keeps: ReplicaOptions['keeps'];
  readonly log: ReplicaOptions['log'];
  readonly onError: (error: unknown) => void;
};

export type Light = {
  /** The store is open. */
  opened(info: StoreInfo): void;
  /** The network is coming up, and nothing is followed yet: resolves when following may begin. */
  begin(net: Net): Promise<void>;
  serve(method: 'snapshot' | 'blocks', question: Uint8Array): Promise<Uint8Array>;
  stop(): Promise<void>;
};

export function createLight({ folder, store, standing, keeps, log = () => undefined, onError }: LightOptions): Light {
  const server = createSnapshotServer(folder);
  let info: StoreInfo | undefined;
  let verification: { stop(): Promise<void> } | undefined;
  let isStopped = false;

  /** Takes what the store says of itself after it was opened anew. */
  function note(changed: StoreInfo): void {
    info = changed;
    const { head, pendingCount, alarm, healed } = changed;
    standing.note({ head, pendingCount, alarm, healed: healedView(healed) });
  }

  function verify(net: Net, { grid, floor, head }: StoreInfo): void {
    const kept = whatToKeep(keeps, { recordCount: head?.recordCount ?? 0, freeBytes: freeBytesAt(folder) });
    if (floor === 0 || (info?.isVerified === true && kept === 'light')) return;
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
      release: () => server.close(),
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

  return {
    opened: note,
    async begin(net) {
      if (info !== undefined && info.head === null && !info.isGuardian) {
        const isDone = await lightStart({
          store,
          peers: createLightPeers(net),
          begun: info.importing,
          isWanted: keeps === 'light',
          isStopped: () => isStopped,
          onProgress: (pieces) => log(`light start: ${pieces} pieces`),
          log,
        });
        if (isDone) log('light start: usable');
      }
      if (isStopped || info === undefined || info.isGuardian) return;
      note(await store.call('info'));
      verify(net, info);
    },
    serve: (method, question) => server.answer(method, question),
    async stop() {
      isStopped = true;
      await verification?.stop();
      await server.close();
    },
  };
}
