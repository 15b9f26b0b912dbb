/**
 * The stream of one epoch, as a guardian uses it: made when it is not there, published to, read, purged. Believes nothing
 * of its own: an order that went backwards is told as failed, never repaired.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType, type StreamInfo } from '@nats-io/jetstream';
import { nuid } from '@nats-io/transport-node';
import { AppError } from '../../core/errors.ts';
import type { Sequencer } from '../guardian/sequencer-api.ts';
import { createForgetter, type Forgetter } from './forgetter.ts';
import type { Link, LinkSlot } from './link.ts';
import { headerBytes, maxMessageBytes } from './server-config.ts';
import { readStream, type StreamReader } from './stream-reader.ts';

export type EpochStreamOptions = {
  readonly epoch: number;
  readonly links: LinkSlot;
  /** How long `publish` tries. Above the ten seconds that servers may need to replace a leader that died. */
  readonly publishMs: number;
  readonly streamBytes: number;
  readonly forgetting: Omit<Parameters<typeof createForgetter>[0], 'purge'>;
  readonly log: (line: string) => void;
};

export type EpochStream = Sequencer & {
  /**
   * Makes sure that the stream is there with as many replicas as it should have. Resolves when it is usable. Throws
   * `guardian/sequencer-failed`; without `retry` when it lost what was in it, which only another epoch can mend; `Leaderless`.
   */
  tend(link: Link, guardianCount: number): Promise<void>;
};

/** All servers of the stream are there and agree on no leader, which takes them seconds. */
export class Leaderless extends AppError {
  constructor(servers: number) {
    super('guardian/sequencer-failed', `no leader: 0 of ${servers} servers are away`, { retry: true });
  }
}

const attemptMs = 2000;
const backwardsIsLost = 5;
const dedupeNanos = 120e9;
/** JetStream API error codes: no such stream; no servers to place it on, or too little room there; another shape. */
const streamNotFound = 10059;
const cannotPlace: readonly number[] = [10005, 10023, 10028, 10047, 10074];
const nameTaken = 10058;

/** How many servers keep a copy, of `guardianCount`: a minority of these may die. */
export const replicasOf = (guardianCount: number): number => (guardianCount < 3 ? 1 : guardianCount < 5 ? 3 : 5);

const codeIn = (error: unknown): number | undefined =>
  error instanceof JetStreamApiError ? error.apiError().err_code : undefined;

export function openEpochStream(options: EpochStreamOptions): EpochStream {
  const { epoch, links, publishMs, log } = options;
  const name = `BCDB_${epoch}`;
  const subject = `bcdb.${epoch}`;
  const readers = new Set<StreamReader>();
  /** The highest position that this guardian knows to have existed. */
  let highest = 0;
  let backwards = 0;
  let copies = '';
  const seen = (position: number): void => {
    highest = Math.max(highest, position);
  };
  const forgetter: Forgetter = createForgetter({
    ...options.forgetting,
    purge: async (below) => {
      await links.current?.manager.streams.purge(name, { seq: below });
    },
  });

  async function publishOnce(link: Link, bytes: Uint8Array, id: string, timeoutMs: number): Promise<number> {
    const { seq, duplicate } = await link.client.publish(subject, bytes, { msgID: id, timeout: timeoutMs });
    // Stored by another message of the same id that is still on its way.
    if (duplicate && seq === 0) throw new Error('the first of its id is on its way');
    seen(seq);
    return seq;
  }

  /** Creates it, on fewer servers when not enough of them are there: better a thin stream than none. */
  async function create({ manager }: Link, guardianCount: number): Promise<void> {
    const fewest = Math.floor(guardianCount / 2) + 1;
    for (let replicas = replicasOf(guardianCount); ; replicas -= 1) {
      try {
        await manager.streams.add({
          name,
          subjects: [subject],
          storage: StorageType.File,
          retention: RetentionPolicy.Limits,
          discard: DiscardPolicy.Old,
          num_replicas: replicas,
          max_bytes: options.streamBytes,
          max_msg_size: maxMessageBytes + headerBytes,
          duplicate_window: dedupeNanos,
          deny_delete: true,
        });
        return;
      } catch (error) {
        if (codeIn(error) === nameTaken) return;
        const isLast = replicas <= Math.min(fewest, replicasOf(guardianCount));
        if (isLast || !cannotPlace.includes(codeIn(error) ?? 0)) throw error;
      }
    }
  }

  async function tend(link: Link, guardianCount: number): Promise<void> {
    const info = await infoOf(link);
    if (info === undefined && highest > 0) return goneBack('the stream is gone');
    if (info === undefined) {
      await create(link, guardianCount);
      log(`stream ${name} is there`);
      return;
    }
    const { state, config, cluster } = info;
    // Any server answers for a stream that has lost its quorum, with what it knows.
    if (cluster !== undefined && !cluster.leader) {
      const away = (cluster.replicas ?? []).filter(({ offline }) => offline === true).length;
      if (away === 0) throw new Leaderless(config.num_replicas);
      throw new AppError('guardian/sequencer-failed', `no leader: ${away} of ${config.num_replicas} servers are away`, {
        retry: true,
      });
    }
    if (state.last_seq < highest) return goneBack(`the stream went back to ${state.last_seq}`);
    backwards = 0;
    forgetter.note(state.last_seq);
    for (const reader of readers) reader.note(state.last_seq);
    tellCopies([
      ...(cluster?.leader ? [cluster.leader] : []),
      ...(cluster?.replicas ?? []).filter(({ current }) => current).map((peer) => peer.name),
    ]);
    const replicas = replicasOf(guardianCount);
    // A stream of one server has no cluster to speak of.
    if (cluster?.leader !== undefined && config.num_replicas !== replicas) {
      await link.manager.streams.update(name, { num_replicas: replicas }).catch((error: unknown) => {
        log(`stream ${name} stays on ${config.num_replicas} servers: ${String(error)}`);
      });
    }
  }

  function tellCopies(servers: readonly string[]): void {
    const now = servers
      .map((server) => server.slice(0, 8))
      .sort()
      .join(' ');
    if (now !== copies) log(`stream ${name}: copies with ${now}`);
    copies = now;
  }

  /** Fails; for good when it is seen again and again: a new leader may need a moment to know what it has. */
  function goneBack(what: string): never {
    backwards += 1;
    throw new AppError('guardian/sequencer-failed', `${what}, it had ${highest} messages`, {
      retry: backwards < backwardsIsLost,
    });
  }

  async function infoOf({ manager }: Link): Promise<StreamInfo | undefined> {
    try {
      return await manager.streams.info(name);
    } catch (error) {
      if (codeIn(error) === streamNotFound) return undefined;
      throw error;
    }
  }

  return {
    epoch,
    tend,
    async publish(bytes, id = nuid.next()) {
      if (bytes.length > maxMessageBytes) throw new AppError('net/too-large', `${bytes.length} bytes`);
      const deadline = performance.now() + publishMs;
      for (;;) {
        const leftMs = deadline - performance.now();
        const link = await links.wait(Math.max(leftMs, 0));
        try {
          return await publishOnce(link, bytes, id, Math.max(Math.min(attemptMs, leftMs), 1));
        } catch (error) {
          if (performance.now() >= deadline) {
            throw new AppError('guardian/sequencer-failed', String(error), { cause: error, retry: true });
          }
        }
        await sleep(50);
      }
    },
    read(from, onMessage, onGone) {
      // What the guardian read in an earlier life was in the stream.
      seen(from - 1);
      const reader = readStream({ stream: name, links, from, onMessage, onGone, onSeen: seen, log });
      readers.add(reader);
      return () => {
        readers.delete(reader);
        reader.stop();
      };
    },
    forget: (position) => forgetter.forget(position, highest),
    async close() {
      links.close();
      for (const reader of readers) reader.stop();
    },
  };
}
