/**
 * The swarm: who we are connected to, on which network, and whether anybody answers at all.
 * Listens on UDP only. Every member announces the grid's topic, looks for others on it, and seeks the peers it knows by key.
 */
import HyperDHT, { type ConnectOptions, type NodeAddress } from 'hyperdht';
import Hyperswarm, { type NoiseStream } from 'hyperswarm';
import { type Lan, type Neighbour, openLan } from './lan.ts';
import type { OfflineReason, Peer, StartMessage } from './protocol.ts';
import { createRateLimiter } from './rate-limit.ts';

type Wanted = 'seed' | 'topic' | 'bootstrap' | 'host' | 'bootstrapPort' | 'lan' | 'peers';

export type NetworkOptions = Pick<StartMessage, Wanted> & {
  readonly onConnection: (stream: NoiseStream) => void;
  readonly onPeers: (peers: readonly Peer[]) => void;
  readonly onState: (offline: OfflineReason | null) => void;
  readonly log: (line: string) => void;
};

export type Network = {
  readonly netKey: Uint8Array;
  peers(): readonly Peer[];
  /** Looks for a peer now, however often that failed before. */
  seek(key: Uint8Array): void;
  /** Replaces the peers that are always sought. */
  know(keys: readonly Uint8Array[]): void;
  /** After a change of network: tests every connection and announces again. */
  changed(): void;
  close(): Promise<void>;
};

const loopback = '127.0.0.1';
/** Connections held at once, also against strangers with many keys: each may hold one message of 16 MiB. */
const maxConnections = 64;
/** Peers sought only because somebody asked for them; the oldest are given up. */
const maxSought = 64;
/** Members that were heard on the local network; one that is silent for so long is gone. */
const maxNear = 32;
const nearMs = 90_000;
/** Members heard for the first time, so many at once and then so often: more are not believed. */
const newNear = { perSecond: 2, burst: 32 } as const;
const retryPausesMs = [500, 2000, 8000, 60_000] as const;
/** A word to every peer so often; one that says nothing for so long is gone, for a killed process says no goodbye. */
const life = { keepAliveMs: 2000, silenceMs: 8000 } as const;
const lifeOnLoopback = { keepAliveMs: 750, silenceMs: 3000 } as const;
const lookAroundMs = 2000;

const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');

/** Everything on this machine: reachable as it is, and no address of a real interface is told to peers, who would try it. */
class LoopbackDht extends HyperDHT {
  constructor(bootstrap: readonly string[]) {
    super({ bootstrap, host: loopback, firewalled: false });
  }
  override validateLocalAddresses(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }
}

/** A node that any network reaches, and that asks members heard nearby directly: without them it needs other nodes. */
class OpenDht extends HyperDHT {
  readonly #addressOf: (key: Uint8Array) => NodeAddress | undefined;

  constructor(bootstrap: readonly string[] | null, addressOf: (key: Uint8Array) => NodeAddress | undefined) {
    super(bootstrap === null ? {} : { bootstrap });
    this.#addressOf = addressOf;
  }
  override connect(key: Uint8Array, options: ConnectOptions = {}): NoiseStream {
    const near = this.#addressOf(key);
    const relayAddresses = near === undefined ? options.relayAddresses : [near, ...(options.relayAddresses ?? [])];
    return super.connect(key, { ...options, relayAddresses });
  }
}

/** Binds the sockets and joins the topic. Rejects with code `EADDRINUSE` when the bootstrap port is taken. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { bootstrapPort, bootstrap } = options;
  let bootstrapper: HyperDHT | undefined;
  if (bootstrapPort !== null) {
    bootstrapper = HyperDHT.bootstrapper(bootstrapPort, loopback, { host: loopback });
    await bootstrapper.fullyBootstrapped();
  }
  const nodes = bootstrapPort === null ? bootstrap : [`${loopback}:${bootstrapPort}`, ...(bootstrap ?? [])];
  const near = new Map<string, Neighbour & { readonly heardMs: number }>();
  const isLocal = options.host === loopback;
  const dht = isLocal ? new LoopbackDht(nodes ?? []) : new OpenDht(nodes, (key) => near.get(hex(key)));
  const { keepAliveMs, silenceMs } = isLocal ? lifeOnLoopback : life;
  const keyPair = HyperDHT.keyPair(options.seed);
  const swarm = new Hyperswarm({ keyPair, dht, maxPeers: maxConnections, backoffs: retryPausesMs, jitter: 300 });
  const connected = new Map<string, { readonly stream: NoiseStream; readonly since: number }>();
  const known = new Map<string, Uint8Array>();
  const sought = new Map<string, Uint8Array>();
  const spendOnNew = createRateLimiter(newNear);
  let lastState: OfflineReason | null | undefined;
  let lan: Lan | undefined;

  const peers = (): readonly Peer[] =>
    [...connected.values()].map(({ stream, since }) => ({
      key: stream.remotePublicKey,
      since,
      direction: stream.isInitiator ? 'out' : 'in',
      rttMs: stream.rawStream.rtt,
    }));

  const isKept = (id: string): boolean => known.has(id) || sought.has(id) || near.has(id);

  /** Somebody who knows the grid's topic says that this member is nearby; Noise proves it or not. */
  function approach(neighbour: Neighbour): void {
    const id = hex(neighbour.key);
    const nowMs = performance.now();
    const isNew = !near.has(id);
    if (isNew && (near.size >= maxNear || spendOnNew('near', 1, nowMs) !== 'pass')) return;
    near.set(id, { ...neighbour, heardMs: nowMs });
    if (!connected.has(id)) swarm.joinPeer(neighbour.key);
  }

  function forgetSilent(): void {
    const beforeMs = performance.now() - nearMs;
    for (const [id, { key, heardMs }] of near) {
      if (heardMs > beforeMs || connected.has(id)) continue;
      near.delete(id);
      if (!isKept(id)) swarm.leavePeer(key);
    }
  }

  function lookAround(): void {
    forgetSilent();
    const isHeard = connected.size > 0 || (dht.online && dht.nodes.length > 0);
    const offline = isHeard ? null : 'no-network';
    if (offline === lastState) return;
    lastState = offline;
    options.onState(offline);
  }

  swarm.on('connection', (stream) => {
    // Its end is told by `close`; a reset by the peer is no news.
    stream.on('error', () => undefined);
    stream.setKeepAlive(keepAliveMs);
    stream.setTimeout(silenceMs);
    const id = hex(stream.remotePublicKey);
    if (connected.size >= maxConnections && !isKept(id)) {
      stream.destroy();
      return;
    }
    const connection = { stream, since: Date.now() };
    connected.set(id, connection);
    stream.once('close', () => {
      if (connected.get(id) !== connection) return;
      connected.delete(id);
      options.onPeers(peers());
    });
    options.onConnection(stream);
    options.onPeers(peers());
    lookAround();
  });

  const network: Network = {
    netKey: keyPair.publicKey,
    peers,
    seek(key) {
      const id = hex(key);
      if (!known.has(id)) {
        sought.delete(id);
        sought.set(id, key);
        const [oldest] = sought.values();
        if (sought.size > maxSought && oldest !== undefined) {
          sought.delete(hex(oldest));
          if (!isKept(hex(oldest))) swarm.leavePeer(oldest);
        }
      }
      swarm.joinPeer(key);
    },
    know(keys) {
      const next = new Map(keys.map((key) => [hex(key), key]));
      const before = [...known];
      known.clear();
      for (const [id, key] of before) if (!next.has(id) && !isKept(id)) swarm.leavePeer(key);
      for (const [id, key] of next) {
        known.set(id, key);
        sought.delete(id);
        swarm.joinPeer(key);
      }
    },
    changed() {
      lan?.ask();
      for (const stream of swarm.connections) stream.sendKeepAlive();
      // A failed refresh says "nobody there", which lookAround reports.
      for (const topic of swarm.topics()) void topic.refresh().then(lookAround, lookAround);
      for (const key of [...known.values(), ...sought.values()]) swarm.joinPeer(key);
    },
    async close() {
      clearInterval(timer);
      lan?.close();
      await swarm.destroy();
      await bootstrapper?.destroy();
    },
  };

  /** The socket that others reach must be bound before its port can be told. */
  async function lookNearby(): Promise<void> {
    if (!options.lan || isLocal) return;
    await dht.bind();
    const port = dht.localAddress()?.port;
    if (port === undefined) return;
    lan = openLan({ topic: options.topic, netKey: keyPair.publicKey, port, onNeighbour: approach, log: options.log });
  }

  const timer = setInterval(lookAround, lookAroundMs);
  dht.on('network-update', lookAround);
  const topic = swarm.join(options.topic, { server: true, client: true });
  network.know(options.peers);
  void topic.flushed().then(lookAround, lookAround);
  await lookNearby();
  return network;
}
