/**
 * The host's side of the net process: one typed client that outlives crashes of the child.
 * All bytes: it knows nothing of records or rules, and trusts nothing that the child says.
 */
import { AppError, codeOf, isErrorCode } from '../../core/errors.ts';
import { type Supervisor, superviseChild } from './child-supervisor.ts';
import { createFollowQueue } from './follow-queue.ts';
import type { Net, NetIdentity, NetOptions, NetState } from './net-api.ts';
import { type HostToNet, type NetToHost, type OfflineReason, type Peer, parseFromNet } from './protocol.ts';

type Waiting = {
  readonly resolve: (body: Uint8Array, length: number) => void;
  readonly reject: (error: AppError) => void;
};

const defaultPausesMs = [250, 500, 1000, 2000, 5000, 10_000, 30_000];
/** More questions from peers than this, unanswered, are not what an honest net process hands over. */
const maxAsked = 512;
const empty = new Uint8Array(0);
const retryable: ReadonlySet<string> = new Set([
  'net/unreachable',
  'net/timeout',
  'net/rate-limited',
  'net/offline',
  'net/failed',
]);

/** A code from the other side, narrowed: a peer may say anything. */
function errorOf(code: string, detail = ''): AppError {
  if (!isErrorCode(code)) return new AppError('net/refused', code.slice(0, 64));
  return new AppError(code, detail, { retry: retryable.has(code) });
}

/** Starts the net process; returns at once. */
export function startNet(options: NetOptions): Net {
  const log = options.log ?? (() => undefined);
  const waiting = new Map<number, Waiting>();
  const identity = Promise.withResolvers<NetIdentity>();
  let state: NetState = { name: 'starting' };
  let reason: OfflineReason = 'restarting';
  let peers: readonly Peer[] = [];
  let known = options.peers ?? [];
  let length = 0;
  let lastId = 0;
  let asked = 0;
  let isSuspended = false;
  let isClosed = false;

  const send = (message: HostToNet): boolean => supervisor.send(message);
  const queue = createFollowQueue(send, log);

  function become(next: NetState): void {
    state = next;
    options.onState?.(next);
  }

  function showPeers(next: readonly Peer[]): void {
    peers = next;
    options.onPeers?.(next);
  }

  function call(message: (id: number) => HostToNet): Promise<{ readonly body: Uint8Array; readonly length: number }> {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve: (body, newLength) => resolve({ body, length: newLength }), reject });
      if (!isClosed && send(message(id))) return;
      waiting.delete(id);
      reject(errorOf('net/offline', state.name));
    });
  }

  function settle(id: number, code: string | null, body: Uint8Array): void {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (code === null) caller?.resolve(body, length);
    else caller?.reject(errorOf(code, code === 'net/gap' ? `the feed continues at height ${length}` : ''));
  }

  async function serve({ id, peer, method, body }: Extract<NetToHost, { type: 'asked' }>): Promise<void> {
    asked += 1;
    try {
      send({ type: 'answer', id, code: null, body: await options.onRequest(peer, method, body) });
    } catch (error) {
      if (codeOf(error) === undefined)
        log(`${method} failed: ${error instanceof Error ? error.message : String(error)}`);
      send({ type: 'answer', id, code: codeOf(error) ?? 'net/failed', body: empty });
    }
    asked -= 1;
  }

  function broken(what: string): void {
    log(`net process ended: ${what}`);
    supervisor.kill();
  }

  function hear(raw: unknown): void {
    const message = parseFromNet(raw);
    switch (message?.type) {
      case undefined:
        broken('it said something unknown');
        break;
      case 'started':
        length = message.length;
        identity.resolve({ netKey: message.netKey, feedKey: message.feedKey });
        queue.resend();
        break;
      case 'state':
        if (isSuspended) break;
        reason = message.offline ?? 'restarting';
        become(message.offline === null ? { name: 'online' } : { name: 'offline', reason });
        break;
      case 'published':
        length = message.length;
        settle(message.id, message.code, empty);
        break;
      case 'answered':
        settle(message.id, message.code, message.body);
        break;
      case 'block':
        if (!queue.push(message)) broken('it sent blocks out of order');
        break;
      case 'asked':
        if (asked < maxAsked) void serve(message);
        else broken('it asked too much at once');
        break;
      case 'peers':
        showPeers(message.peers);
        break;
      case 'log':
        log(message.line);
        break;
      case 'pong':
        break;
    }
  }

  function up(): void {
    const { folder, seed, topic, publish, methods, bootstrap = null, host = null, bootstrapPort = null } = options;
    const lan = options.lan ?? host === null;
    reason = 'restarting';
    send({ type: 'start', folder, seed, topic, publish, methods, bootstrap, host, bootstrapPort, lan, peers: known });
  }

  function down(willRetry: boolean): void {
    for (const { reject } of waiting.values()) reject(errorOf('net/offline', 'the net process ended'));
    waiting.clear();
    if (peers.length > 0) showPeers([]);
    become({ name: 'offline', reason: willRetry ? reason : 'gave-up' });
  }

  const supervisor: Supervisor = superviseChild({
    nodePath: options.nodePath ?? process.execPath,
    entry: options.entry ?? new URL('./entry-net.ts', import.meta.url),
    pausesMs: options.restartPausesMs ?? defaultPausesMs,
    ping: { type: 'ping' } satisfies HostToNet,
    farewell: { type: 'stop' } satisfies HostToNet,
    onUp: () => queueMicrotask(up),
    onMessage: hear,
    onDown: down,
    log,
  });

  return {
    ready: () => identity.promise,
    state: () => state,
    async publish(height, block) {
      return (await call((id) => ({ type: 'publish', id, height, block }))).length;
    },
    published: () => length,
    follow: (feedKeys, fromHeight, onBlock) => queue.follow(feedKeys, fromHeight, onBlock),
    async request(peer, method, body, { timeoutMs }) {
      return (await call((id) => ({ type: 'request', id, peer, method, body, timeoutMs }))).body;
    },
    peers: () => peers,
    setPeers(keys) {
      known = keys;
      send({ type: 'peers', keys });
    },
    networkChanged: () => void send({ type: 'network-changed' }),
    suspend() {
      isSuspended = true;
      reason = 'suspended';
      supervisor.rest();
    },
    resume() {
      isSuspended = false;
      supervisor.retry();
    },
    pid: () => supervisor.pid(),
    async close() {
      isClosed = true;
      queue.stop();
      await supervisor.close();
      down(true);
      become({ name: 'offline', reason: 'closed' });
    },
  };
}
