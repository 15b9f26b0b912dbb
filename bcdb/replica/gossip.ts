/**
 * Asks peers for their heads: how far behind we are, who speaks for which guardian, where blocks are to be had, and whether
 * anyone proves another or a shorter history than ours. The store judges the answers; an alarm is raised there.
 */
import { randomBytes } from 'node:crypto';
import { toHex } from '../../core/bytes.ts';
import { codeOf } from '../../core/errors.ts';
import type { Net } from '../net/net-api.ts';
import type { ToldHead } from '../store/head-claim.ts';
import type { StoreClient } from '../store/store-client.ts';
import { decodeHello } from './methods.ts';

const askEveryMs = 5000;
const requestMs = 5000;
/** Peers asked in one round: guardians first, then the others in turn. */
const askedARound = 8;
/** New peers are asked at once, but not all of a crowd. */
const askedAtOnce = 16;

export type Gossip = {
  /** Somebody came, or we know more than before: ask those who were not heard yet. */
  look(): void;
  /** Ask everybody anew, whatever was heard. */
  forget(): void;
  stop(): void;
};

export type GossipOptions = {
  readonly store: StoreClient;
  readonly net: Net;
  readonly isGuardian: (peer: Uint8Array) => boolean;
  /** Our height; -1 for none. */
  readonly height: () => number;
  readonly onTold: (peer: Uint8Array, told: ToldHead) => void;
  /** Peers that may speak for guardians, where we do not know all who do. */
  readonly onHint: (peers: readonly Uint8Array[]) => void;
  readonly isMissing: () => boolean;
  /** A round is over. */
  readonly onRound: () => void;
  readonly onError: (error: unknown) => void;
};

export function createGossip(options: GossipOptions): Gossip {
  const { store, net, isGuardian, isMissing, height, onTold, onHint, onRound, onError } = options;
  const heard = new Set<string>();
  const asking = new Set<string>();
  let turn = 0;
  let isStopped = false;

  async function ask(peer: Uint8Array): Promise<void> {
    const id = toHex(peer);
    if (asking.has(id) || isStopped) return;
    asking.add(id);
    heard.add(id);
    const nonce = new Uint8Array(randomBytes(32));
    const askedAt = height();
    try {
      const answer = await net.request(peer, 'head', nonce, { timeoutMs: requestMs });
      onTold(peer, await store.call('judgeHead', answer, nonce, askedAt, peer));
    } catch (error) {
      // A peer that does not answer is shown as not there; what its answer proves is told by the store.
      const code = codeOf(error);
      const isPeers = code === undefined || code.startsWith('net/') || harmless.has(code);
      if (!isPeers && !isStopped) onError(error);
    } finally {
      asking.delete(id);
    }
  }

  const connected = (): readonly Uint8Array[] => net.peers().map(({ key }) => key);

  function look(): void {
    const peers = connected();
    const present = new Set(peers.map(toHex));
    for (const id of heard) if (!present.has(id)) heard.delete(id);
    const fresh = peers.filter((key) => !heard.has(toHex(key)));
    for (const peer of fresh.slice(0, Math.max(0, askedAtOnce - asking.size))) void ask(peer);
  }

  /** Who is connected to nobody but members learns from them where guardians are. */
  async function askForGuardians(peer: Uint8Array): Promise<void> {
    try {
      onHint(decodeHello(await net.request(peer, 'hello', new Uint8Array(0), { timeoutMs: requestMs })).peers);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
  }

  async function round(): Promise<void> {
    look();
    const peers = connected();
    const others = peers.filter((peer) => !isGuardian(peer));
    const from = others.length === 0 ? 0 : turn++ % others.length;
    const inTurn = [...others.slice(from), ...others.slice(0, from)];
    const chosen = [...peers.filter(isGuardian), ...inTurn].slice(0, askedARound);
    await Promise.all(chosen.map(ask));
    const [helper] = inTurn;
    if (helper !== undefined && isMissing()) await askForGuardians(helper);
    if (!isStopped) onRound();
  }

  const timer = setInterval(() => void round().catch(onError), askEveryMs);
  return {
    look,
    forget() {
      heard.clear();
      look();
    },
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}

/** What a peer's answer may be without it being anybody's trouble but the peer's. */
const harmless: ReadonlySet<string> = new Set([
  'replica/not-executed-yet',
  'replica/bad-block',
  'replica/bad-certificate',
  'replica/closed',
  'cbor/malformed',
  'cbor/not-canonical',
]);
