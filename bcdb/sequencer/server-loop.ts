/**
 * Keeps one nats-server running for one epoch: starts it with fresh keys, looks after the stream, starts it again with
 * growing pauses when it ends or hangs, and lets it follow a change of guardians.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createUser, type KeyPair } from '@nats-io/nkeys';
import { type NatsConnection, TimeoutError } from '@nats-io/transport-node';
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { SequencerPeers } from '../guardian/sequencer-api.ts';
import { dropPeer, stillConnected } from './cluster-admin.ts';
import { type EpochStream, Leaderless } from './epoch-stream.ts';
import { type FoundServer, findServer } from './find-server.ts';
import { connectLocal, type LinkSlot, openLink } from './link.ts';
import { endLeftover, type RunningServer, startServer } from './running-server.ts';
import { leafAfterMs, type ServerFiles, seatOf } from './server-files.ts';

export type ServerLoopOptions = {
  readonly epoch: number;
  readonly guardian: PublicKey;
  readonly peers: SequencerPeers;
  readonly files: ServerFiles;
  readonly stream: EpochStream;
  readonly links: LinkSlot;
  readonly streamBytes: number;
  readonly natsServer: string | undefined;
  readonly pausesMs: readonly number[];
  /** Without a leader for so long though all servers are there, ours is started anew: the fault may be its own. */
  readonly leaderlessMs: number;
  readonly onReady: () => void;
  readonly onFailed: (error: unknown) => void;
  readonly log: (line: string) => void;
};

/** What belongs to one server process. Its users' keys are made for it, in memory only. */
type Present = {
  readonly server: RunningServer;
  readonly version: FoundServer['version'];
  readonly users: { readonly stream: KeyPair; readonly system: KeyPair };
  readonly system: NatsConnection;
  /** It read its configuration anew. */
  isReloaded: boolean;
};

const requestMs = 2000;
const healthMs = 1000;
/** The stream of a cluster that starts is not there at once. */
const startingMs = 20_000;
const stableMs = 60_000;
/** After a change, a guardian that was removed must be gone by then, or the server is started anew. */
const settleMs = 2000;
/**
 * A server that read its configuration anew may lose what other servers answer to its requests once their routes come
 * back (seen with 2.9.10), and for good: silent for so long, it is started anew.
 */
const silentMs = 8000;

export class ServerLoop {
  readonly #options: ServerLoopOptions;
  readonly #abort = new AbortController();
  readonly #ended: Promise<void>;
  #peers: SequencerPeers;
  #present: Present | undefined;
  /** Servers of guardians that were removed, until the cluster has forgotten them: they would count for its quorum. */
  readonly #toDrop = new Set<string>();

  constructor(options: ServerLoopOptions) {
    this.#options = options;
    this.#peers = options.peers;
    this.#ended = this.#keepRunning();
  }

  /** Process id of the server, while there is one. */
  get pid(): number | undefined {
    return this.#present?.server.pid;
  }

  /**
   * Trust and routes follow; the server goes on, or starts anew where it cannot change while it runs. A server alone and a
   * cluster keep different kinds of streams, so from one to the other leads only another epoch: `guardian/sequencer-failed`.
   */
  async change(peers: SequencerPeers): Promise<void> {
    const { guardian } = this.#options;
    const [before, after] = [seatOf(guardian, this.#peers), seatOf(guardian, peers)];
    const kept = new Set(peers.guardians.map(toHex));
    const removed = this.#peers.guardians.map(toHex).filter((key) => !kept.has(key));
    if (this.#peers.guardians.length > 1 !== peers.guardians.length > 1) {
      throw new AppError(
        'guardian/sequencer-failed',
        'one guardian and several do not share a stream: open another epoch',
      );
    }
    for (const key of removed) this.#toDrop.add(key);
    for (const key of kept) this.#toDrop.delete(key);
    this.#peers = peers;
    const present = this.#present;
    // Not there at the moment: the next start reads the new peers.
    if (present === undefined) return;
    await this.#write(present);
    if (before.route !== after.route || !present.server.reload()) return present.server.stop();
    present.isReloaded = true;
    if (removed.length === 0) return;
    await sleep(settleMs);
    if (this.#present === present && (await stillConnected(present.system, removed))) {
      this.#options.log('a guardian that was removed is still connected: starting the server anew');
      await present.server.stop();
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#present?.server.stop();
    await this.#ended;
  }

  #write({ users, version }: Pick<Present, 'users' | 'version'>): Promise<void> {
    const { files, epoch, streamBytes } = this.#options;
    const publicKeys = { stream: users.stream.getPublicKey(), system: users.system.getPublicKey() };
    return files.write({ epoch, peers: this.#peers, users: publicKeys, version, streamBytes });
  }

  async #keepRunning(): Promise<void> {
    const { pausesMs, onFailed, log } = this.#options;
    const { signal } = this.#abort;
    let failures = 0;
    while (!signal.aborted) {
      const startedMs = performance.now();
      try {
        log(`sequencer: ${await this.#runOnce()}`);
      } catch (error) {
        if (signal.aborted) return;
        onFailed(error);
        log(`sequencer: ${String(error)}`);
      }
      failures = performance.now() - startedMs > stableMs ? 1 : failures + 1;
      await this.#pause(pausesMs[Math.min(failures, pausesMs.length) - 1] ?? healthMs);
    }
  }

  /** From the start of one process to its end; answers why it ended. */
  async #runOnce(): Promise<string> {
    const { files, guardian, links, log } = this.#options;
    const { path, version } = await findServer(this.#options.natsServer);
    await endLeftover(files.folder, files.config, log);
    const users = { stream: createUser(), system: createUser() };
    await this.#write({ users, version });
    if (this.#abort.signal.aborted) return 'closed';
    const server = await startServer({ path, folder: files.folder, config: files.config, log });
    const connections: NatsConnection[] = [];
    const enter = async (user: KeyPair): Promise<NatsConnection> => {
      const connection = await connectLocal(server.port, user, toHex(guardian).slice(0, 8));
      connections.push(connection);
      return connection;
    };
    try {
      const connection = await enter(users.stream);
      this.#present = { server, version, users, system: await enter(users.system), isReloaded: false };
      links.set(await openLink(connection, requestMs));
      return await Promise.race([
        server.exited.then((reason) => this.#unlessClosed(`nats-server ${reason}`)),
        connection.closed().then((error) => this.#unlessClosed(`connection lost ${error?.message ?? ''}`)),
        this.#watchHealth(),
      ]);
    } finally {
      this.#present = undefined;
      links.set(undefined);
      await server.stop();
      await Promise.allSettled(connections.map((connection) => connection.close()));
    }
  }

  #unlessClosed(why: string): string {
    if (this.#abort.signal.aborted) return 'closed';
    throw new AppError('guardian/sequencer-failed', why, { retry: true });
  }

  /** Looks after the stream once a second; settles when there is no link any more, or a fresh certificate is due. */
  async #watchHealth(): Promise<string> {
    const { links, stream, leaderlessMs, onReady, onFailed } = this.#options;
    const startedMs = performance.now();
    let answeredMs = startedMs;
    let leaderlessSinceMs: number | undefined;
    let wasReady = false;
    for (let link = links.current; link !== undefined; link = links.current) {
      try {
        await this.#dropRemoved();
        await stream.tend(link, this.#peers.guardians.length);
        wasReady = true;
        answeredMs = performance.now();
        leaderlessSinceMs = undefined;
        onReady();
      } catch (error) {
        if (links.current !== link || this.#abort.signal.aborted) break;
        if (!(error instanceof TimeoutError)) answeredMs = performance.now();
        else if (this.#present?.isReloaded && performance.now() - answeredMs > silentMs) {
          return 'nobody answers since it read its configuration anew';
        }
        if (error instanceof Leaderless) {
          leaderlessSinceMs ??= performance.now();
          if (performance.now() - leaderlessSinceMs > leaderlessMs) return 'no leader, though all servers are there';
        }
        const isForGood = error instanceof AppError && !error.retry;
        if (isForGood || wasReady || performance.now() - startedMs > startingMs) onFailed(error);
      }
      if (performance.now() - startedMs > leafAfterMs / 2) return 'wants a fresh certificate';
      await this.#pause(healthMs);
      if (this.#abort.signal.aborted) break;
    }
    return 'closed';
  }

  async #dropRemoved(): Promise<void> {
    const system = this.#present?.system;
    if (system === undefined) return;
    for (const key of this.#toDrop) {
      if (!(await dropPeer(system, key))) continue;
      this.#toDrop.delete(key);
      this.#options.log(`${key.slice(0, 8)} is no member of the cluster any more`);
    }
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#abort.signal }).catch(() => {}); // aborted: the loop looks
  }
}
