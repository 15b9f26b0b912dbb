/**
 * The sequencer of this machine: a nats-server of our own and the stream of one epoch at a time. Liveness only: whatever
 * goes wrong here stops finality at worst, and is told by `state`.
 */
import { AppError, toErrorData } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { SequencerHost, SequencerState } from '../guardian/sequencer-api.ts';
import { openEpochStream } from './epoch-stream.ts';
import { LinkSlot } from './link.ts';
import { type Certify, seatOf, serverFiles } from './server-files.ts';
import { ServerLoop } from './server-loop.ts';

export type SequencerHostOptions = {
  /** Of the sequencer alone; made when missing. */
  readonly folder: string;
  readonly grid: Uint8Array;
  readonly guardian: PublicKey;
  /** The store signs: the guardian's seed never comes here. */
  readonly certify: Certify;
  /** Path of the program; without it, PATH is searched. */
  readonly natsServer?: string | undefined;
  readonly now?: (() => number) | undefined;
  /** Lines for experts, most of them the server's. */
  readonly log?: ((line: string) => void) | undefined;
  readonly onState?: ((state: SequencerState) => void) | undefined;
  /** Defaults fit a grid; tests are in more of a hurry. */
  readonly publishMs?: number | undefined;
  readonly pausesMs?: readonly number[] | undefined;
  readonly leaderlessMs?: number | undefined;
  readonly keptMessages?: number | undefined;
  readonly keptMs?: number | undefined;
};

/** With what tests want to know of it. */
export type NatsSequencerHost = SequencerHost & {
  /** Process id of the server, while there is one. */
  pid(): number | undefined;
};

/** Servers may need ten seconds to replace a leader that died. */
const defaultPublishMs = 15_000;
const defaultPausesMs = [500, 1000, 2000, 5000, 15_000, 30_000];
const defaultLeaderlessMs = 60_000;
const defaultKeptMessages = 100_000;
const defaultKeptMs = 3600 * 1000;
const forgetEveryMs = 60_000;

/**
 * Starts nothing yet: `open` does, and resolves when the server is being started; `publish` waits for it. `open` and
 * `change` throw `guardian/bad-statement` when this guardian has no seat among the peers.
 */
export function createSequencerHost(options: SequencerHostOptions): NatsSequencerHost {
  const { guardian, natsServer } = options;
  const log = options.log ?? (() => {});
  const files = serverFiles({ ...options, now: options.now ?? Date.now });
  let present: { readonly loop: ServerLoop; readonly close: () => Promise<void> } | undefined;
  let state: SequencerState = { name: 'starting' };

  function become(next: SequencerState): void {
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    options.onState?.(next);
  }

  function onFailed(error: unknown): void {
    const { code, detail } = toErrorData(error, 'guardian/sequencer-failed');
    const isMissing = code === 'guardian/no-nats-server';
    become({ name: 'failed', code: isMissing ? code : 'guardian/sequencer-failed', detail });
  }

  async function close(): Promise<void> {
    const last = present;
    present = undefined;
    await last?.close();
  }

  return {
    async open(epoch, peers) {
      seatOf(guardian, peers);
      await close();
      const streamBytes = await files.prepare(epoch);
      become({ name: 'starting' });
      const links = new LinkSlot();
      const keptMs = options.keptMs ?? defaultKeptMs;
      const stream = openEpochStream({
        epoch,
        links,
        publishMs: options.publishMs ?? defaultPublishMs,
        streamBytes,
        forgetting: {
          keptMessages: options.keptMessages ?? defaultKeptMessages,
          keptMs,
          everyMs: Math.min(forgetEveryMs, keptMs),
          elapsedMs: () => performance.now(),
        },
        log,
      });
      const loop = new ServerLoop({
        epoch,
        guardian,
        peers,
        files,
        stream,
        links,
        streamBytes,
        natsServer,
        pausesMs: options.pausesMs ?? defaultPausesMs,
        leaderlessMs: options.leaderlessMs ?? defaultLeaderlessMs,
        onReady: () => become({ name: 'ready' }),
        onFailed,
        log,
      });
      const opened = {
        loop,
        async close() {
          await stream.close();
          await loop.close();
        },
      };
      present = opened;
      return {
        epoch,
        publish: stream.publish,
        read: stream.read,
        forget: stream.forget,
        async close() {
          if (present === opened) await close();
        },
      };
    },
    async change(peers) {
      if (present === undefined) throw new AppError('guardian/sequencer-failed', 'not open');
      await present.loop.change(peers);
    },
    state: () => state,
    pid: () => present?.loop.pid,
    close,
  };
}
