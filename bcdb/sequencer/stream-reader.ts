/** Reads a stream from a position on: in order, without a gap, across servers that die and links that break. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumerMessages, DeliverPolicy } from '@nats-io/jetstream';
import type { StreamMessage } from '../guardian/sequencer-api.ts';
import type { Link, LinkSlot } from './link.ts';

export type ReaderOptions = {
  readonly stream: string;
  readonly links: LinkSlot;
  readonly from: number;
  readonly onMessage: (message: StreamMessage) => void | Promise<void>;
  readonly onGone: (first: number) => void;
  /** Told of each position that was seen. */
  readonly onSeen: (position: number) => void;
  readonly log: (line: string) => void;
};

export type StreamReader = {
  /**
   * The stream reaches up to `last`. A consumer that has not moved since it was told the time before is asleep: one on a
   * server that is catching up is not woken by what it catches up with (nats-server 2.9). Another one is made.
   */
  note(last: number): void;
  /** Ends it; nothing is handed over after that. */
  stop(): void;
};

/** What waits in memory for a reader that is slower than the stream. */
const aheadBytes = 8 * 1024 * 1024;
const pauseMs = 200;
/** Shorter than the client's own figures: a killed server of a consumer is noticed in two seconds. */
const pull = { max_bytes: aheadBytes, expires: 5000, idle_heartbeat: 1000 };

export function readStream(options: ReaderOptions): StreamReader {
  const { stream, links, onMessage, onGone, onSeen, log } = options;
  let next = options.from;
  let isStopped = false;
  let isHanding = false;
  let notedNext: number | undefined;
  let endPass = (): void => {};
  const isOver = (): boolean => isStopped || links.isClosed;

  /** Hands over what a consumer of the stream gives, until it fails or leaves a gap. */
  async function pass({ client }: Link): Promise<void> {
    const consumer = await client.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: next,
      // Removed by its server when we are gone.
      inactive_threshold: 30_000,
    });
    if (isOver()) return;
    const messages = await consumer.consume(pull);
    endPass = () => void messages.close();
    void endWhenSilent(messages);
    try {
      for await (const { seq, data } of messages) {
        if (isOver()) return;
        if (seq < next) continue;
        if (seq > next) return;
        isHanding = true;
        await onMessage({ position: seq, bytes: data });
        isHanding = false;
        next = seq + 1;
        onSeen(seq);
      }
    } finally {
      isHanding = false;
      endPass = () => {};
      await messages.close();
    }
  }

  /** The server of the consumer does not say a word any more: another one is made, at once. */
  async function endWhenSilent(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) if (type === 'heartbeats_missed') void messages.close();
  }

  /** The first position that is there, when the next one is not there any more. */
  async function firstLeft({ manager }: Link): Promise<number | undefined> {
    const { state } = await manager.streams.info(stream);
    if (state.first_seq > next) return state.first_seq;
    if (state.last_seq < next) return undefined;
    // Somebody took out single messages: what comes next is beyond them.
    const isThere = await manager.streams.getMessage(stream, { seq: next });
    return isThere === null ? next + 1 : undefined;
  }

  async function run(): Promise<void> {
    while (!isOver()) {
      try {
        const link = await links.wait(60_000);
        const first = await firstLeft(link);
        if (first !== undefined) {
          isStopped = true;
          onGone(first);
          return;
        }
        await pass(link);
      } catch (error) {
        if (!isOver()) log(`reading at ${next}: ${String(error)}`);
      }
      if (!isOver()) await sleep(pauseMs);
    }
  }

  void run();
  return {
    note(last) {
      const isWaiting = !isHanding && next <= last;
      if (isWaiting && notedNext === next) {
        log(`reading at ${next}: nothing comes, though the stream reaches ${last}`);
        endPass();
      }
      notedNext = isWaiting ? next : undefined;
    },
    stop() {
      isStopped = true;
      endPass();
    },
  };
}
