/**
 * The swarm: who we are connected to, on which network, and whether anybody answers at all.
 * Listens on UDP only. Every member announces the grid's topic, looks for others on it, and seeks the peers it knows by key.
 */
import HyperDHT from 'hyperdht';
import Hyperswarm, { type NoiseStream } from 'hyperswarm';
import type { OfflineReason, Peer, StartMessage } from './protocol.ts';

export type NetworkOptions = Pick<StartMessage, 'seed' | 'topic' | 'bootstrap' | 'host' | 'bootstrapPort' | 'peers'> & {
  readonly onConnection: (stream: NoiseStream) => void;
  readonly onPeers: (peers: readonly Peer[]) => void;
  readonly onState: (offline: OfflineReason | null) => void;
};

export type Network = {
  readonly netKey: Uint8Array;
  peers(): readonly Peer[];
  /** Looks for a peer now, however often that failed before. */
  seek(key: Uint8Array): void;
  /** Replaces the peers that are always sought. */
  know(keys: readonly Uint8Array[]): void;
  /** After a change of network, or waking up: tests every connection and announces again. */
  changed(): void;
  suspend(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
};

const loopback = '127.0.0.1';
/** Connections held at once, also against strangers with many keys: each may hold one message of 16 MiB. */
const maxConnections = 64;
/** Peers sought only because somebody asked for them; the oldest are given up. */
const maxSought = 64;
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

/** Binds the sockets and joins the topic. Rejects with code `EADDRINUSE` when the bootstrap port is taken. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { bootstrapPort, bootstrap } = options;
  let bootstrapper: HyperDHT | undefined;
  if (bootstrapPort !== null) {
    bootstrapper = HyperDHT.bootstrapper(bootstrapPort, loopback, { host: loopback });
    await bootstrapper.fullyBootstrapped();
  }
  const nodes = bootstrapPort === null ? bootstrap : [`${loopback}:${bootstrapPort}`, ...(bootstrap ?? [])];
  const dht =
    options.host === loopback ? new LoopbackDht(nodes ?? []) : new HyperDHT(nodes ? { bootstrap: nodes } : {});
  const { keepAliveMs, silenceMs } = options.host === loopback ? lifeOnLoopback : life;
  const keyPair = HyperDHT.keyPair(options.seed);
  const swarm = new Hyperswarm({ keyPair, dht, maxPeers: maxConnections, backoffs: retryPausesMs, jitter: 300 });
  const connected = new Map<string, { readonly stream: NoiseStream; readonly since: number }>();
  const known = new Map<string, Uint8Array>();
  const sought = new Map<string, Uint8Array>();
  let isSuspended = false;
  let lastState: OfflineReason | null | undefined;

  const peers = (): readonly Peer[] =>
    [...connected.values()].map(({ stream, since }) => ({
      key: stream.remotePublicKey,
      since,
      direction: stream.isInitiator ? 'out' : 'in',
      rttMs: stream.rawStream.rtt,
    }));

  function lookAround(): void {
    const isHeard = connected.size > 0 || (dht.online && dht.nodes.length > 0);
    const offline = isSuspended ? 'suspended' : isHeard ? null : 'no-network';
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
    if (connected.size >= maxConnections && !known.has(id) && !sought.has(id)) {
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
          swarm.leavePeer(oldest);
        }
      }
      swarm.joinPeer(key);
    },
    know(keys) {
      const next = new Map(keys.map((key) => [hex(key), key]));
      for (const [id, key] of known) if (!next.has(id)) swarm.leavePeer(key);
      known.clear();
      for (const [id, key] of next) {
        known.set(id, key);
        sought.delete(id);
        swarm.joinPeer(key);
      }
    },
    changed() {
      for (const stream of swarm.connections) stream.sendKeepAlive();
      // A failed refresh says "nobody there", which lookAround reports.
      for (const topic of swarm.topics()) void topic.refresh().then(lookAround, lookAround);
      for (const key of [...known.values(), ...sought.values()]) swarm.joinPeer(key);
    },
    async suspend() {
      isSuspended = true;
      await swarm.suspend();
      lookAround();
    },
    async resume() {
      await swarm.resume();
      isSuspended = false;
      network.changed();
      lookAround();
    },
    async close() {
      clearInterval(timer);
      await swarm.destroy();
      await bootstrapper?.destroy();
    },
  };

  const timer = setInterval(lookAround, lookAroundMs);
  dht.on('network-update', lookAround);
  const topic = swarm.join(options.topic, { server: true, client: true });
  network.know(options.peers);
  void topic.flushed().then(lookAround, lookAround);
  return network;
}
