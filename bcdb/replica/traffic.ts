/**
 * The traffic between one store and one net process: a guardian's blocks go out and records come in; everyone else's
 * blocks come in and own records go out. Bytes are judged by the store, never here.
 */
import { toHex } from '../../core/bytes.ts';
import { AppError, toErrorData } from '../../core/errors.ts';
import type { Invitation } from '../../core/invitation.ts';
import type { Net, NetIdentity } from '../net/net-api.ts';
import { startNet } from '../net/net-process.ts';
import type { Peer } from '../net/protocol.ts';
import type { ReplicaOptions } from '../replica-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import { blockVerdict } from './block-verdict.ts';
import { createFeedPublisher } from './feed-publisher.ts';
import { createHeadWatch } from './head-watch.ts';
import { networkOf, topicOf } from './join.ts';
import { methods } from './methods.ts';
import { createOutboxSender } from './outbox-sender.ts';
import type { Standing } from './standing.ts';

export type TrafficOptions = {
  readonly store: StoreClient;
  readonly standing: Standing;
  readonly grid: Uint8Array;
  readonly folder: string;
  readonly netSeed: Uint8Array;
  readonly nodePath: string | undefined;
  /** Undefined for a guardian. */
  readonly invitation: Invitation | undefined;
  /** The guardian's own bootstrap node. */
  readonly port: number | undefined;
  readonly onRequest: (peer: Uint8Array, method: string, body: Uint8Array) => Promise<Uint8Array>;
  readonly onError: ReplicaOptions['onError'];
  readonly log: ReplicaOptions['log'];
  /** Somebody else took the port between looking and binding. */
  readonly onPortTaken: () => void;
  /** Before blocks are followed: a new replica may begin with a snapshot. */
  readonly begin: (net: Net) => Promise<void>;
};

export type Traffic = {
  readonly net: Net;
  /** The net process has started; undefined when it was closed before. */
  ready(): Promise<NetIdentity | undefined>;
  /** The head is at this height. */
  reached(height: number): void;
  /** Own records wait. */
  wake(): void;
  suspend(): void;
  resume(): void;
  close(): Promise<void>;
};

/** After a feed brought a block that proves nothing, it gets another chance. */
const refusedMs = 60_000;

const toAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError('ipc/internal', String(error), { cause: error });

/** Starts the net process and everything that runs over it. */
export function startTraffic(options: TrafficOptions): Traffic {
  const { store, standing, grid, folder, netSeed, nodePath, invitation, port, onRequest, onPortTaken } = options;
  const isGuardian = invitation === undefined;
  const guardianKeys = new Set((invitation?.peers ?? []).map(toHex));
  const names = new Map<string, string | null>();
  let isClosed = false;
  let known = new Set<string>();
  let again: NodeJS.Timeout | undefined;
  let recovered: () => void = () => undefined;
  const ended = Promise.withResolvers<undefined>();

  const onError = (error: unknown): void => {
    if (!isClosed) options.onError(toAppError(error));
  };
  const height = (): number => standing.facts().head?.height ?? -1;
  const guardians = (): readonly Uint8Array[] =>
    net
      .peers()
      .map(({ key }) => key)
      .filter((key) => guardianKeys.has(toHex(key)));

  const net = startNet({
    folder,
    seed: netSeed,
    topic: topicOf(grid),
    publish: isGuardian,
    methods,
    onRequest,
    ...networkOf(invitation, port),
    ...(nodePath !== undefined && { nodePath }),
    ...(options.log !== undefined && { log: options.log }),
    onPeers: showPeers,
    onState(state) {
      standing.note({ isNetUp: state.name !== 'starting' });
      if (isGuardian && state.name === 'online') publisher.reach(height());
      if (state.name === 'offline' && state.reason === 'port-in-use' && !isClosed) onPortTaken();
      if (state.name === 'offline' && state.reason === 'gave-up') onError(new AppError('net/offline', 'gave up'));
    },
  });

  const sender = createOutboxSender({ store, net, guardians, onError });
  const publisher = createFeedPublisher(store, net, onError);
  const watch = createHeadWatch({
    store,
    net,
    guardians,
    height,
    onHeight: (knownHeight) => standing.note({ knownHeight, hasGuardian: guardians().length > 0 }),
    onError,
  });

  function showPeers(peers: readonly Peer[]): void {
    const connected = new Set(peers.map(({ key }) => toHex(key)));
    const isNew = [...connected].some((key) => guardianKeys.has(key) && !known.has(key));
    known = connected;
    if (guardians().length === 0) standing.note({ hasGuardian: false });
    if (isNew) {
      watch.look();
      sender.wake(true);
    }
    void nameThem(peers).catch(onError);
  }

  async function nameThem(peers: readonly Peer[]): Promise<void> {
    for (const { key } of peers) {
      const id = toHex(key);
      if (typeof names.get(id) === 'string' || isClosed) continue;
      names.set(id, (await store.query('profileByNet', { net: id }))?.name ?? null);
    }
    const views = peers.map(({ key, since }) => ({
      net: toHex(key),
      name: names.get(toHex(key)) ?? null,
      sinceMs: since,
    }));
    if (!isClosed) standing.note({ peers: views });
  }

  /** A block from a feed: into the store, or the feed is refused. A throw brings the same block again later. */
  async function take(_height: number, block: Uint8Array): Promise<'taken' | 'refused'> {
    try {
      await store.call('apply', block);
      if (standing.facts().alarm?.retry === true) standing.note({ alarm: null });
      return 'taken';
    } catch (error) {
      onError(error);
      const verdict = blockVerdict(error);
      if (verdict === 'later') throw error;
      if (verdict === 'refused') {
        standing.note({ alarm: { ...toErrorData(error, 'replica/bad-block'), retry: true } });
        again = setTimeout(follow, refusedMs);
        return 'refused';
      }
      net.follow([], 0, take);
      return 'taken';
    }
  }

  /** All feeds of the invitation, from our head on: also those that were refused once. */
  function follow(): void {
    clearTimeout(again);
    if (invitation !== undefined) net.follow(invitation.feeds, height() + 1, take);
  }

  const ready = (): Promise<NetIdentity | undefined> => Promise.race([net.ready(), ended.promise]);

  /** A guardian that lost the end of its database takes it back from its own feed, before it cuts anything new. */
  async function takeOffice(): Promise<void> {
    const identity = await ready();
    if (identity === undefined) return;
    const { feedKey } = identity;
    const end = net.published() - 1;
    if (feedKey !== null && end > height()) {
      await new Promise<void>((resolve) => {
        recovered = () => height() >= end && resolve();
        net.follow([feedKey], height() + 1, take);
      });
      net.follow([], 0, take);
    }
    await store.call('order');
    publisher.reach(height());
  }

  if (isGuardian) void takeOffice().catch(onError);
  else
    void options
      .begin(net)
      .catch(onError)
      .finally(() => isClosed || follow());

  return {
    net,
    ready,
    reached(at) {
      recovered();
      if (isGuardian) publisher.reach(at);
      else if (standing.facts().knownHeight < at) standing.note({ knownHeight: at });
    },
    wake: () => (isGuardian ? undefined : sender.wake()),
    suspend: () => net.suspend(),
    resume() {
      net.resume();
      net.networkChanged();
      watch.look();
      sender.wake(true);
    },
    async close() {
      isClosed = true;
      ended.resolve(undefined);
      clearTimeout(again);
      sender.stop();
      watch.stop();
      publisher.stop();
      await net.close();
    },
  };
}
