/**
 * Opens a replica: its store worker, its net process, and the traffic between them, behind the one interface that the
 * rest of the house knows (replica-api.ts).
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeBlock } from '../core/block.ts';
import { fromHex, toHex } from '../core/bytes.ts';
import { AppError, codeOf, type ErrorData } from '../core/errors.ts';
import { encodeCode, encodeInvitation, encodeLink } from '../core/invitation.ts';
import { publicKeyOf } from '../core/keys.ts';
import { decodePeerMessage } from './guardian/peer-messages.ts';
import { createEmitter } from './replica/emitter.ts';
import { createHealing } from './replica/healing.ts';
import { foundedMeeting, keptInvitation, type Meeting, meetingOf, reachOf } from './replica/join.ts';
import { createLight } from './replica/light.ts';
import { decodeSubmit, encodeHello, encodeSubmitAnswer } from './replica/methods.ts';
import { type ReplicaOffice, startReplicaOffice } from './replica/office.ts';
import { openStore } from './replica/open-store.ts';
import { settled } from './replica/settled.ts';
import { createStanding } from './replica/standing.ts';
import { storageOf } from './replica/storage.ts';
import { startTraffic, type Traffic } from './replica/traffic.ts';
import type {
  GuardianHandler,
  PeerHandler,
  PeerMethod,
  Replica,
  ReplicaEvents,
  ReplicaOptions,
} from './replica-api.ts';
import { startStore } from './store/store-client.ts';

const requestMs = 10_000;

/**
 * Opens, joins or makes a replica; resolves when its database is open, whether or not the network is there. Throws
 * `replica/not-found | in-use | outdated | corrupt | disk-full`, `guardian/damaged`, `grid/exists | bad-invitation | not-found`, or what is
 * wrong with the genesis.
 */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { folder, start, guardianSeed, nodePath, onError, network = {} } = options;
  const hasGuardianKey = guardianSeed !== undefined;
  // Copies: the caller may wipe the originals, the net process may have to start again.
  const netSeed = Uint8Array.from(options.netSeed);
  const told = (error: unknown): void =>
    onError(error instanceof AppError ? error : new AppError(codeOf(error) ?? 'ipc/internal', String(error)));
  const emitter = createEmitter<ReplicaEvents>(told);
  const handlers = new Map<string, PeerHandler>();
  const netKey = publicKeyOf(netSeed);
  const guardian = guardianSeed === undefined ? undefined : toHex(publicKeyOf(guardianSeed));
  let onGuardian: GuardianHandler = () => Promise.reject(new AppError('net/refused', 'no guardian'));
  let traffic: Traffic | undefined;
  let office: ReplicaOffice | undefined;
  let meeting: Meeting | undefined;
  let isClosed = false;

  function alarmOf(alarm: ErrorData | null): void {
    standing.note({ alarm: healing.alarmed(alarm) });
    if (alarm !== null) office?.alarmed(alarm);
    // It may be the guardians, or this disk.
    if (alarm?.code === 'replica/diverged') light.lookOver();
  }
  const store = startStore({
    onHead(head) {
      standing.note({ head });
      emitter.emit('head', head);
      traffic?.reached(head.height);
      office?.headChanged(head.height);
    },
    onOutbox(changed) {
      for (const view of changed) emitter.emit('outbox', view);
    },
    onPending(pendingCount) {
      standing.note({ pendingCount });
      if (pendingCount === 0) return;
      traffic?.wake();
      office?.wake();
    },
    onAlarm: alarmOf,
    onGuardian: (isGuardian) => standing.note({ isGuardian }),
    onDefect: told,
    onGone(error) {
      alarmOf({ code: error.code, detail: error.detail, retry: false });
      if (!isClosed) told(error);
    },
  });

  const standing = createStanding(
    {
      isGuardian: false,
      head: null,
      pendingCount: 0,
      verification: null,
      healed: null,
      alarm: null,
      sequencer: null,
      peers: [],
      guardians: [],
      knownHeight: 0,
      isNetUp: false,
      isClosed: false,
    },
    (view) => emitter.emit('state', view),
  );

  const { keeps, log, scrubPauseMs } = options;
  const newLight = () =>
    createLight({
      folder,
      store,
      standing,
      hasGuardianKey,
      keeps,
      log,
      scrubPauseMs,
      net: () => traffic?.net,
      onError: told,
    });
  let light = newLight();
  const healing = createHealing({
    store,
    hasGuardianKey,
    async end() {
      await light.stop();
      await traffic?.close();
    },
    async begin(info) {
      light = newLight();
      light.opened(info);
      await connect(info.grid);
    },
    onFailed: (alarm) => standing.note({ alarm }),
    onError: told,
    nowMs: Date.now,
  });

  async function serve(peer: Uint8Array, method: string, body: Uint8Array): Promise<Uint8Array> {
    switch (method) {
      case 'submit':
        return admit(body);
      case 'head':
        return store.call('headAnswer', body, { net: netKey, feed: traffic?.feed() ?? null });
      case 'snapshot':
      case 'blocks':
        return light.serve(method, body);
      case 'hello':
        return encodeHello(connected().hello());
      case 'genesis':
        return genesis();
      case 'guardian': {
        const asker = connected().acquaintances.guardianOf(peer);
        if (asker === undefined) throw new AppError('net/refused', 'for guardians only');
        if (decodePeerMessage(body) === undefined) return onGuardian(fromHex(asker), body);
        office?.hear(fromHex(asker), body);
        return new Uint8Array(0);
      }
    }
    const handler = handlers.get(method);
    if (handler === undefined) throw new AppError('net/unknown-method', method);
    return handler(peer, body);
  }

  async function admit(body: Uint8Array): Promise<Uint8Array> {
    const answers = await store.call('admit', decodeSubmit(body));
    office?.wake();
    return encodeSubmitAnswer(answers);
  }

  /** The record that the grid is named after; also of a grid that waits for its first block. */
  async function genesis(): Promise<Uint8Array> {
    const kept = await store.call('recall', 'genesis');
    const [record] = kept === undefined ? decodeBlock(await store.call('block', 0)).records : [kept];
    if (record === undefined) throw new AppError('replica/not-executed-yet', 'no genesis');
    return record;
  }

  async function connect(grid: Uint8Array): Promise<void> {
    const invitation = await keptInvitation(store);
    if (invitation === undefined && !hasGuardianKey) throw new AppError('replica/not-found', 'no invitation is kept');
    const reach = start.how === 'create' ? (start.reach ?? 'local') : undefined;
    meeting =
      invitation === undefined
        ? await foundedMeeting(store, await reachOf(store, reach), network)
        : meetingOf(invitation, network);
    const wire = {
      store,
      standing,
      grid,
      folder: join(folder, 'net'),
      netSeed,
      nodePath,
      invitation,
      meeting,
      network,
      guardian,
      guardians: await store.call('guardians'),
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
    await healing.stop();
    await light.stop();
    await office?.close();
    await traffic?.close();
    await store.close();
    standing.note({ isClosed: true });
  }

  let grid: Uint8Array;
  try {
    const info = await openStore(store, options);
    grid = info.grid;
    healing.opened(info);
    light.opened(info);
    await connect(grid);
    if (guardianSeed !== undefined) office = takeOffice(publicKeyOf(guardianSeed));
  } catch (error) {
    await shutDown();
    throw error;
  }

  function takeOffice(self: Uint8Array): ReplicaOffice {
    return startReplicaOffice({
      store,
      grid,
      self,
      folder: join(folder, 'sequencer'),
      sequencer: options.sequencer,
      send: (key, payload) => sendToGuardian(key, payload),
      onTrouble: (sequencer) => standing.note({ sequencer }),
      onError,
      log: options.log,
    });
  }

  async function sendToGuardian(key: Uint8Array, payload: Uint8Array, timeoutMs = requestMs): Promise<Uint8Array> {
    const peer = connected().acquaintances.netOf(toHex(key));
    if (peer === undefined) throw new AppError('net/unreachable', 'nobody spoke for this guardian', { retry: true });
    return connected().net.request(peer, 'guardian', payload, { timeoutMs });
  }

  /** The net process has started; it may be started anew meanwhile, on another port. */
  async function ready(): Promise<void> {
    while ((await connected().ready()) === undefined) await sleep(100);
  }

  function connected(): Traffic {
    if (traffic === undefined || isClosed) throw new AppError('replica/closed');
    return traffic;
  }

  return {
    grid,
    net: netKey,
    state: standing.view,
    storage: async () => storageOf(folder, hasGuardianKey, await store.call('info')),
    query: store.query,
    subscribe: store.subscribe,
    submit: store.submit,
    judgeHead: (head) => store.call('judgeTold', head),
    settled: (id, timeoutMs) => settled(store, emitter.on, id, timeoutMs),
    async request(peer: Uint8Array, method: PeerMethod, payload: Uint8Array, timeoutMs = requestMs) {
      return connected().net.request(peer, method, payload, { timeoutMs });
    },
    handle: (method, handler) => void handlers.set(method, handler),
    handleGuardian(handler) {
      onGuardian = handler;
    },
    sendToGuardian,
    on: emitter.on,
    async invitation(form = 'short') {
      const { bootstrap } = meeting ?? { bootstrap: [] };
      if (form === 'short') return bootstrap.length === 0 ? encodeCode(grid) : encodeLink(grid, bootstrap);
      await ready();
      const { feeds, peers } = connected().hello();
      return encodeInvitation({ grid, feeds, peers: [netKey, ...peers].slice(0, 16), bootstrap });
    },
    suspend: async () => connected().suspend(),
    resume: async () => connected().resume(),
    close: shutDown,
  };
}
