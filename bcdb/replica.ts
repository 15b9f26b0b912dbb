/**
 * Opens a replica: its store worker, its net process, and the traffic between them, behind the one interface that the
 * rest of the house knows (replica-api.ts).
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, codeOf, type ErrorData } from '../core/errors.ts';
import { encodeInvitation } from '../core/invitation.ts';
import { publicKeyOf } from '../core/keys.ts';
import type { OutboxView } from '../core/views.ts';
import { createEmitter } from './replica/emitter.ts';
import { bootstrapPortOf, invitationOf, storeStart } from './replica/join.ts';
import { createLight } from './replica/light.ts';
import { decodeSubmit, encodeSubmitAnswer } from './replica/methods.ts';
import { createStanding } from './replica/standing.ts';
import { startTraffic, type Traffic } from './replica/traffic.ts';
import type { PeerHandler, PeerMethod, Replica, ReplicaEvents, ReplicaOptions } from './replica-api.ts';
import { type StoreClient, startStore } from './store/store-client.ts';

const requestMs = 10_000;

/**
 * Opens, joins or makes a replica; resolves when its database is open, whether or not the network is there. Throws
 * `replica/not-found | in-use | outdated | corrupt | disk-full`, `grid/exists | bad-invitation`, or what is wrong with
 * the genesis.
 */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { folder, start, guardianSeed, nodePath, onError } = options;
  const isGuardian = guardianSeed !== undefined;
  // Copies: the caller may wipe the originals, the net process may have to start again.
  const netSeed = Uint8Array.from(options.netSeed);
  const told = (error: unknown): void =>
    onError(error instanceof AppError ? error : new AppError(codeOf(error) ?? 'ipc/internal', String(error)));
  const emitter = createEmitter<ReplicaEvents>(told);
  const handlers = new Map<string, PeerHandler>();
  let traffic: Traffic | undefined;
  let port: number | undefined;
  let isClosed = false;

  const alarmOf = (alarm: ErrorData | null): void => standing.note({ alarm });
  const store = startStore({
    onHead(head) {
      standing.note({ head });
      emitter.emit('head', head);
      traffic?.reached(head.height);
    },
    onOutbox(changed) {
      for (const view of changed) emitter.emit('outbox', view);
    },
    onPending(pendingCount) {
      standing.note({ pendingCount });
      if (pendingCount > 0) traffic?.wake();
    },
    onAlarm: alarmOf,
    onDefect: told,
    onGone(error) {
      alarmOf({ code: error.code, detail: error.detail, retry: false });
      if (!isClosed) told(error);
    },
  });

  const standing = createStanding(
    {
      isGuardian,
      head: null,
      pendingCount: 0,
      verification: null,
      alarm: null,
      peers: [],
      knownHeight: 0,
      isNetUp: false,
      hasGuardian: false,
      isClosed: false,
    },
    (view) => emitter.emit('state', view),
  );

  const light = createLight({ folder, store, standing, keeps: options.keeps, log: options.log, onError: told });

  async function serve(peer: Uint8Array, method: string, body: Uint8Array): Promise<Uint8Array> {
    if (method === 'submit') return encodeSubmitAnswer(await store.call('admit', decodeSubmit(body)));
    if (method === 'head') return store.call('headAnswer', body);
    if (method === 'snapshot' || method === 'blocks') return light.serve(method, body);
    const handler = handlers.get(method);
    if (handler === undefined) throw new AppError('net/unknown-method', method);
    return handler(peer, body);
  }

  async function connect(grid: Uint8Array): Promise<void> {
    const invitation = isGuardian ? undefined : await invitationOf(store, start);
    if (!isGuardian && invitation === undefined) throw new AppError('replica/not-found', 'no invitation is kept');
    port = isGuardian ? await bootstrapPortOf(store) : undefined;
    const wire = {
      store,
      standing,
      grid,
      folder: join(folder, 'net'),
      netSeed,
      nodePath,
      invitation,
      port,
      onRequest: serve,
      begin: light.begin,
      onError,
      log: options.log,
    };
    const onPortTaken = (): void => void reconnect(grid).catch(told);
    traffic = startTraffic({ ...wire, onPortTaken });
  }

  /** Another bootstrap port, and so another net process. */
  async function reconnect(grid: Uint8Array): Promise<void> {
    await traffic?.close();
    if (!isClosed) await connect(grid);
  }

  async function shutDown(): Promise<void> {
    isClosed = true;
    await light.stop();
    await traffic?.close();
    await store.close();
    standing.note({ isClosed: true });
  }

  let grid: Uint8Array;
  try {
    const info = await store.call('open', { folder, start: storeStart(start), guardianSeed });
    const { head, pendingCount, alarm } = info;
    grid = info.grid;
    standing.note({ head, pendingCount, alarm });
    light.opened(info);
    await connect(grid);
  } catch (error) {
    await shutDown();
    throw error;
  }

  function connected(): Traffic {
    if (traffic === undefined || isClosed) throw new AppError('replica/closed');
    return traffic;
  }

  return {
    grid,
    net: publicKeyOf(netSeed),
    state: standing.view,
    query: store.query,
    submit: store.submit,
    judgeHead: (head) => store.call('judgeTold', head),
    settled: (id, timeoutMs) => settled(store, emitter.on, id, timeoutMs),
    async request(peer: Uint8Array, method: PeerMethod, payload: Uint8Array, timeoutMs = requestMs) {
      return connected().net.request(peer, method, payload, { timeoutMs });
    },
    handle: (method, handler) => void handlers.set(method, handler),
    on: emitter.on,
    async invitation() {
      const kept = isGuardian ? undefined : await invitationOf(store, { how: 'open' });
      if (kept !== undefined) return encodeInvitation(kept);
      let identity = await connected().ready();
      while (identity === undefined) {
        await sleep(100); // the net process is being started anew, on another port
        identity = await connected().ready();
      }
      const { netKey, feedKey } = identity;
      if (feedKey === null || port === undefined) throw new AppError('grid/none');
      return encodeInvitation({ grid, feeds: [feedKey], peers: [netKey], bootstrap: [`127.0.0.1:${port}`] });
    },
    suspend: async () => connected().suspend(),
    resume: async () => connected().resume(),
    close: shutDown,
  };
}

/** Waits for an outbox entry's end; listens before it looks, so that nothing slips between. */
async function settled(store: StoreClient, on: Replica['on'], id: string, timeoutMs: number): Promise<OutboxView> {
  const { promise, resolve, reject } = Promise.withResolvers<OutboxView>();
  const consider = (view: OutboxView): void => {
    if (view.id === id && view.state !== 'pending') resolve(view);
  };
  const stop = on('outbox', consider);
  const timer = setTimeout(() => reject(new AppError('net/timeout', 'not final yet', { retry: true })), timeoutMs);
  try {
    const entry = await store.call('entry', id);
    if (entry === null) throw new AppError('replica/not-found', 'not in the outbox');
    consider(entry);
    return await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
