/**
 * The traffic between one store and one net process: blocks come in from whoever has them and go out to whoever wants them,
 * own records go to guardians. The only guardian of a grid follows nobody: what it does not have does not exist. Bytes are
 * judged by the store, never here.
 */
import { fromHex, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Net, NetIdentity } from '../net/net-api.ts';
import { startNet } from '../net/net-process.ts';
import type { Peer } from '../net/protocol.ts';
import type { NetworkOptions, ReplicaOptions } from '../replica-api.ts';
import type { ToldHead } from '../store/head-claim.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { NamedGuardian } from '../store/store-options.ts';
import { type Acquaintances, createAcquaintances } from './acquaintances.ts';
import { createFeedPublisher } from './feed-publisher.ts';
import type { FoundGrid } from './find-grid.ts';
import { createFollowing } from './following.ts';
import { createGossip } from './gossip.ts';
import { keepInvitation, type Meeting, networkOf, topicOf } from './join.ts';
import { type Hello, methods } from './methods.ts';
import { createOutboxSender } from './outbox-sender.ts';
import { createPresence } from './presence.ts';
import type { Standing } from './standing.ts';

export type TrafficOptions = {
  readonly store: StoreClient;
  readonly standing: Standing;
  readonly grid: Uint8Array;
  readonly folder: string;
  readonly netSeed: Uint8Array;
  readonly nodePath: string | undefined;
  /** Undefined for who founded the grid. */
  readonly invitation: FoundGrid | undefined;
  readonly meeting: Meeting;
  readonly network: NetworkOptions;
  /** Our own key as a guardian, hex. */
  readonly guardian: string | undefined;
  readonly guardians: readonly NamedGuardian[];
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
  readonly acquaintances: Acquaintances;
  /** The net process has started; undefined when it was closed before. */
  ready(): Promise<NetIdentity | undefined>;
  /** The feed that others may follow us by; null when we write none. */
  feed(): Uint8Array | null;
  hello(): Hello;
  /** The head is at this height. */
  reached(height: number): void;
  /** Own records wait. */
  wake(): void;
  suspend(): void;
  resume(): void;
  close(): Promise<void>;
};

/** What is known of the grid's members is kept for the next start, so often at most. */
const keepEveryMs = 60_000;

const toAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError('ipc/internal', String(error), { cause: error });

/** Starts the net process and everything that runs over it. */
export function startTraffic(options: TrafficOptions): Traffic {
  const { store, standing, grid, folder, netSeed, nodePath, invitation, meeting, network, onPortTaken } = options;
  const { guardian: self } = options;
  const acquaintances = createAcquaintances({ feeds: invitation?.feeds ?? [], peers: invitation?.peers ?? [] });
  let guardians = options.guardians;
  let isClosed = false;
  let known = new Set<string>();
  let feedKey: Uint8Array | null = null;
  let keptMs = performance.now();
  let isInOffice = false;
  const ended = Promise.withResolvers<undefined>();

  const nowMs = (): number => performance.now();
  const onError = (error: unknown): void => {
    if (!isClosed) options.onError(toAppError(error));
  };
  const height = (): number => standing.facts().head?.height ?? -1;
  /** The only guardian that there is. */
  const isSolo = (): boolean => self !== undefined && guardians.length === 1 && guardians[0]?.key === self;
  const isPublishing = self !== undefined || network.helps !== false;
  const guardiansHere = (): readonly Uint8Array[] =>
    net
      .peers()
      .map(({ key }) => key)
      .filter((key) => acquaintances.guardianOf(key) !== undefined);

  /** The only guardian follows nobody, and nobody follows himself. */
  function feedsWorth(): readonly Uint8Array[] {
    const own = feedKey === null ? '' : toHex(feedKey);
    return isSolo() ? [] : acquaintances.feeds(nowMs()).filter((key) => toHex(key) !== own);
  }

  const net = startNet({
    folder,
    seed: netSeed,
    topic: topicOf(grid),
    // With several guardians a block's certificate may come out otherwise the second time.
    publish: isSolo() ? 'seed' : isPublishing ? 'folder' : null,
    methods,
    onRequest: options.onRequest,
    peers: acquaintances.peers(),
    ...networkOf(meeting, network),
    ...(nodePath !== undefined && { nodePath }),
    ...(options.log !== undefined && { log: options.log }),
    onPeers: showPeers,
    onState(state) {
      standing.note({ isNetUp: state.name !== 'starting' });
      if (state.name === 'online') publisher?.reach(height());
      if (state.name === 'offline' && state.reason === 'port-in-use' && !isClosed) onPortTaken();
      if (state.name === 'offline' && state.reason === 'gave-up') onError(new AppError('net/offline', 'gave up'));
    },
  });

  const sender = createOutboxSender({ store, net, guardians: guardiansHere, count: () => guardians.length, onError });
  const publisher = isPublishing ? createFeedPublisher(store, net, onError) : undefined;
  const presence = createPresence({ store, standing, acquaintances, peers: net.peers, self, nowMs });
  const following = createFollowing({
    store,
    net,
    standing,
    feeds: feedsWorth,
    onRefused: (feed) => acquaintances.refuse(feed, nowMs()),
    height,
    knownHeight: () => standing.facts().knownHeight,
    onError,
  });
  const gossip = createGossip({
    store,
    net,
    isGuardian: (peer) => acquaintances.guardianOf(peer) !== undefined,
    height,
    onTold: hearHead,
    isMissing: () => acquaintances.guardians().some(({ key, net: by }) => key !== self && by === null),
    onHint: (peers) => net.setPeers([...acquaintances.peers(), ...peers]),
    onRound: () => void round().catch(onError),
    onError,
  });

  function hearHead(peer: Uint8Array, told: ToldHead): void {
    const wasKnown = acquaintances.guardianOf(peer);
    acquaintances.met(peer, told, nowMs());
    // Before the genesis is here nothing can be proved; from then on, hearsay does not count.
    const isCounted = told.isProven || guardians.length === 0;
    if (isCounted && told.height > standing.facts().knownHeight) standing.note({ knownHeight: told.height });
    presence.showGuardians();
    following.look();
    if (told.guardian === null || told.guardian === wasKnown) return;
    net.setPeers(acquaintances.peers());
    sender.wake(true);
  }

  /** Who the guardians are changes with the policy, and with the first block. */
  async function lookAtGuardians(): Promise<void> {
    const next = await store.call('guardians');
    if (isClosed || JSON.stringify(next) === JSON.stringify(guardians)) return;
    const wasSolo = isSolo();
    guardians = next;
    acquaintances.rule(next);
    presence.showGuardians();
    if (wasSolo !== isSolo()) following.look();
    if (isSolo() && !isInOffice) void takeOffice().catch(onError);
    // What peers claimed to be could not be judged before.
    gossip.forget();
  }

  async function round(): Promise<void> {
    await lookAtGuardians();
    if (isClosed) return;
    presence.showGuardians();
    if (invitation !== undefined && nowMs() - keptMs > keepEveryMs) {
      keptMs = nowMs();
      const { bootstrap, gridStart } = invitation;
      const feeds = acquaintances.feeds(nowMs()).slice(0, 16);
      await keepInvitation(store, { gridStart, grid, bootstrap, peers: acquaintances.peers(), feeds });
    }
  }

  function showPeers(peers: readonly Peer[]): void {
    const connected = new Set(peers.map(({ key }) => toHex(key)));
    const came = [...connected].filter((id) => !known.has(id));
    known = connected;
    presence.showGuardians();
    gossip.look();
    if (came.some((id) => acquaintances.guardianOf(fromHex(id)) !== undefined)) sender.wake(true);
    void presence.showPeers(peers).catch(onError);
  }

  const feed = (): Uint8Array | null => (publisher?.isWhole() === true && net.published() > 0 ? feedKey : null);

  const ready = (): Promise<NetIdentity | undefined> => Promise.race([net.ready(), ended.promise]);

  /** A sole guardian that lost the end of its database takes it back from its own feed, before it cuts anything new. */
  async function takeOffice(): Promise<void> {
    isInOffice = true;
    if ((await ready()) === undefined) return;
    const end = net.published() - 1;
    if (feedKey !== null && end > height()) {
      await following.recover(feedKey, end);
    }
    await store.call('order');
    publisher?.reach(height());
  }

  acquaintances.rule(guardians);
  presence.showGuardians();
  void ready().then((identity) => {
    feedKey = identity?.feedKey ?? null;
  });
  if (isSolo()) {
    following.start();
    void takeOffice().catch(onError);
  } else void options.begin(net).catch(onError).finally(following.start);

  return {
    net,
    acquaintances,
    ready,
    feed,
    hello() {
      const own = feed();
      const feeds = [...(own === null ? [] : [own]), ...acquaintances.feeds(nowMs())].slice(0, 16);
      return { grid, feeds, peers: acquaintances.peers(), bootstrap: meeting.bootstrap };
    },
    reached(at) {
      following.reached();
      publisher?.reach(at);
      if (standing.facts().knownHeight < at) standing.note({ knownHeight: at });
      if (guardians.length === 0) void lookAtGuardians().catch(onError);
    },
    wake: () => (isSolo() ? undefined : sender.wake()),
    suspend: () => net.suspend(),
    resume() {
      net.resume();
      net.networkChanged();
      gossip.forget();
      sender.wake(true);
    },
    async close() {
      isClosed = true;
      ended.resolve(undefined);
      following.stop();
      presence.stop();
      sender.stop();
      gossip.stop();
      publisher?.stop();
      await net.close();
    },
  };
}
