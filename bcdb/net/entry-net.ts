/**
 * The net process: everything that touches strangers' bytes, apart from keys of worth, the database and the windows.
 * Speaks only to its parent, over IPC, and ends with it. Anything unforeseen ends the process; the parent starts a new one.
 * Must not know what a block or a request means.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDamage, noteDamage, openStore, withRoom } from './feed-store.ts';
import { createFollower, type Follower } from './follower.ts';
import { type Network, openNetwork } from './network.ts';
import type { HostToNet, NetToHost, OfflineReason, StartMessage } from './protocol.ts';
import { type FeedName, openPublisher, type Publisher } from './publisher.ts';
import { createRpc, type Rpc } from './rpc.ts';
import type { Answer } from './rpc-session.ts';

type Running = {
  readonly network: Network;
  readonly rpc: Rpc;
  readonly follower: Follower;
  readonly publisher: Publisher | undefined;
  close(): Promise<void>;
};

const empty = new Uint8Array(0);
/** The host has this long to answer a peer's question. */
const hostPatienceMs = 30_000;
/** Time to take leave of the network before the process ends anyway. */
const farewellMs = 2000;

/** Says one thing to the host. When it cannot be said the parent is gone, and `disconnect` ends the process. */
function tell(message: NetToHost, onSent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, onSent);
}
const log = (line: string): void => tell({ type: 'log', line: line.replace(/\s+/g, ' ').slice(0, 300) });

/** Peers' questions that the host is answering. */
const asked = new Map<number, (answer: Answer) => void>();
let lastAsked = 0;

function askHost(peer: Uint8Array, method: string, body: Uint8Array): Promise<Answer> {
  const id = ++lastAsked;
  return new Promise((resolve) => {
    const timer = setTimeout(() => asked.get(id)?.({ code: 'net/timeout', body: empty }), hostPatienceMs);
    asked.set(id, (answer) => {
      clearTimeout(timer);
      asked.delete(id);
      resolve(answer);
    });
    tell({ type: 'asked', id, peer, method, body });
  });
}

async function start(message: StartMessage): Promise<Running> {
  const store = await openStore(message.folder, log);
  const onFailed = (error: unknown): void => log(`publishing failed: ${withRoom(error, message.folder)}`);
  const publisher = message.publish === null ? undefined : await openPublisher(store, feedOf(message), onFailed);
  const follower = createFollower({
    store,
    log,
    deliver: (generation, height, block, feedKey) => tell({ type: 'block', generation, height, block, feedKey }),
  });
  const rpc = createRpc({
    methods: message.methods,
    serve: askHost,
    seek: (peer) => network.seek(peer),
    nowMs: () => performance.now(),
  });
  const network: Network = await openNetwork({
    ...message,
    onConnection(stream) {
      store.replicate(stream);
      rpc.attach(stream);
    },
    log,
    onPeers: (peers) => tell({ type: 'peers', peers }),
    onState: (offline) => tell({ type: 'state', offline }),
  });
  tell({
    type: 'started',
    netKey: network.netKey,
    feedKey: publisher?.feedKey ?? null,
    length: publisher?.length() ?? 0,
  });
  return {
    network,
    rpc,
    follower,
    publisher,
    async close() {
      await Promise.race([network.close(), sleep(farewellMs / 2)]);
      await store.close();
    },
  };
}

const feedOf = ({ publish: whose, seed }: StartMessage): FeedName => (whose === 'seed' ? { seed } : { name: 'blocks' });

async function publish({ publisher }: Running, id: number, height: number, block: Uint8Array): Promise<void> {
  const result = (await publisher?.publish(height, block)) ?? { code: 'net/refused', length: 0 };
  tell({ type: 'published', id, ...result });
}

async function hear(running: Running, message: HostToNet): Promise<void> {
  switch (message.type) {
    case 'publish':
      return publish(running, message.id, message.height, message.block);
    case 'follow':
      return running.follower.follow(message);
    case 'taken':
      return running.follower.taken(message.generation);
    case 'request': {
      const answer = await running.rpc.request(message.peer, message.method, message.body, message.timeoutMs);
      return tell({ type: 'answered', id: message.id, ...answer });
    }
    case 'answer':
      return asked.get(message.id)?.(message);
    case 'peers':
      return running.network.know(message.keys);
    case 'network-changed':
      return running.network.changed();
    case 'ping':
      return tell({ type: 'peers', peers: running.network.peers() });
    case 'start':
    case 'stop':
      return;
  }
}

/** What the host can do something about has a reason of its own; the rest is a crash with one line. */
function fail(error: unknown): void {
  if (isFailing) return;
  isFailing = true;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'crash';
  const offline = failures[code] ?? 'restarting';
  if (isDamage(error) && folder !== undefined) noteDamage(folder);
  log(`net process ends: ${code}: ${error instanceof Error ? error.message : String(error)}`);
  tell({ type: 'state', offline }, () => process.exit(1));
}

async function stop(running: Promise<Running> | undefined): Promise<void> {
  setTimeout(() => process.exit(0), farewellMs);
  await (await running)?.close();
  process.exit(0);
}

const failures: Readonly<Record<string, OfflineReason>> = {
  EADDRINUSE: 'port-in-use',
  'folder-in-use': 'folder-in-use',
};
let isFailing = false;
/** Of the feeds; undefined before the host named it. */
let folder: string | undefined;
let running: Promise<Running> | undefined;
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.on('disconnect', () => process.exit(0));
process.on('message', (message: HostToNet) => {
  if (message.type === 'ping') tell({ type: 'pong' });
  if (message.type === 'stop') void stop(running);
  else if (message.type === 'start') {
    folder ??= message.folder;
    running ??= start(message);
  } else void running?.then((ready) => hear(ready, message));
});
