// A sequencer in memory for simulations: slow, forgetful about acknowledgements, out of reach for some, and, when told so, a
// liar: it shows different guardians different orders.

import type { Sequencer, SequencerHost, StreamMessage } from '../../../bcdb/guardian/sequencer-api.ts';
import { AppError } from '../../../core/errors.ts';
import type { Chance, Schedule } from './schedule.ts';

export type StreamFaults = {
  /** Milliseconds that a message takes at most. */
  delayMs: number;
  /** Share of publishes whose acknowledgement is lost. */
  lostAcks: number;
  /** Guardians that reach no stream. */
  readonly cut: Set<number>;
  /** Extra milliseconds for each message to a guardian. */
  readonly slow: Map<number, number>;
  /** Epochs whose stream shows each guardian another order. */
  readonly equivocating: Set<number>;
  /** Epochs whose stream is lost. */
  readonly lost: Set<number>;
};

const noFaults = (): StreamFaults => ({
  delayMs: 4,
  lostAcks: 0,
  cut: new Set(),
  slow: new Map(),
  equivocating: new Set(),
  lost: new Set(),
});

/** One guardian's view of a stream; all guardians share one unless the sequencer lies. */
type Log = { readonly messages: Uint8Array[]; readonly ids: Map<string, number>; first: number };

const emptyLog = (): Log => ({ messages: [], ids: new Map(), first: 1 });
const failed = (): AppError => new AppError('guardian/sequencer-failed', 'no answer', { retry: true });

export class SimSequencers {
  readonly faults: StreamFaults = noFaults();
  /** Every message that any guardian published. */
  onPublish: (by: number, epoch: number, bytes: Uint8Array) => void = () => undefined;
  readonly #schedule: Schedule;
  readonly #chance: Chance;
  readonly #count: number;
  readonly #logs = new Map<string, Log>();
  readonly #sleepers = new Set<() => void>();
  readonly #needed = new Map<number, Map<number, number>>();

  constructor(schedule: Schedule, chance: Chance, count: number) {
    this.#schedule = schedule;
    this.#chance = chance;
    this.#count = count;
  }

  #log(epoch: number, guardian: number): Log {
    const key = this.faults.equivocating.has(epoch) ? `${epoch}:${guardian}` : `${epoch}`;
    const log = this.#logs.get(key) ?? emptyLog();
    this.#logs.set(key, log);
    return log;
  }

  /** What a stream holds for a guardian; for tests that look into it. */
  messages(epoch: number, guardian = 0): readonly Uint8Array[] {
    return this.#log(epoch, guardian).messages;
  }

  /** Puts anything into a stream, as a liar among the guardians could. */
  inject(epoch: number, bytes: Uint8Array): void {
    this.#append(this.#log(epoch, 0), bytes, undefined);
  }

  /** As if nobody needed messages below `position`. */
  purge(epoch: number, position: number): void {
    this.#log(epoch, 0).first = position;
  }

  /** As if all disks were lost: a stream of that name begins anew, and whoever reads the old one waits for what never comes. */
  lose(epoch: number): void {
    for (const key of this.#logs.keys()) if (key.split(':')[0] === `${epoch}`) this.#logs.delete(key);
  }

  #delay(guardian: number): number {
    return this.#chance.integer(1, this.faults.delayMs) + (this.faults.slow.get(guardian) ?? 0);
  }

  #isReached(epoch: number, guardian: number): boolean {
    return !this.faults.cut.has(guardian) && !this.faults.lost.has(epoch);
  }

  #append(log: Log, bytes: Uint8Array, id: string | undefined): number {
    const before = id === undefined ? undefined : log.ids.get(id);
    if (before !== undefined) return before;
    log.messages.push(bytes);
    for (const wake of this.#sleepers) wake();
    if (id !== undefined) log.ids.set(id, log.messages.length);
    return log.messages.length;
  }

  /** Into every log, at each at a time of its own where the sequencer lies. */
  async #store(epoch: number, by: number, bytes: Uint8Array, id: string | undefined): Promise<number> {
    if (!this.faults.equivocating.has(epoch)) return this.#append(this.#log(epoch, by), bytes, id);
    for (let guardian = 0; guardian < this.#count; guardian++) {
      if (guardian === by) continue;
      const log = this.#log(epoch, guardian);
      this.#schedule.after(this.#chance.integer(0, 40), () => this.#append(log, bytes, id));
    }
    return this.#append(this.#log(epoch, by), bytes, id);
  }

  async #publish(by: number, epoch: number, bytes: Uint8Array, id: string | undefined): Promise<number> {
    await this.#schedule.pause(this.#delay(by));
    if (!this.#isReached(epoch, by)) {
      await this.#schedule.pause(500);
      throw failed();
    }
    this.onPublish(by, epoch, bytes);
    const position = await this.#store(epoch, by, bytes, id);
    await this.#schedule.pause(this.#delay(by));
    if (this.#chance.next() < this.faults.lostAcks) throw failed();
    return position;
  }

  #read(
    guardian: number,
    epoch: number,
    from: number,
    onMessage: (message: StreamMessage) => void | Promise<void>,
    onGone: (first: number) => void,
  ): () => void {
    let isStopped = false;
    let next = from;
    let isAsleep = false;
    /** Looks again now and then, and as soon as there is something. */
    const sleep = (): void => {
      isAsleep = true;
      const cancel = this.#schedule.after(100, () => wake());
      const wake = (): void => {
        this.#sleepers.delete(wake);
        cancel();
        if (!isAsleep) return;
        isAsleep = false;
        this.#schedule.after(this.#delay(guardian), () => void step());
      };
      this.#sleepers.add(wake);
    };
    const step = async (): Promise<void> => {
      if (isStopped) return;
      const log = this.#log(epoch, guardian);
      if (next < log.first) {
        isStopped = true;
        onGone(log.first);
        return;
      }
      const bytes = this.#isReached(epoch, guardian) ? log.messages[next - 1] : undefined;
      if (bytes !== undefined) {
        const position = next;
        next += 1;
        await onMessage({ position, bytes });
        // Messages that wait come in bursts.
        const more = log.messages.length >= next && this.faults.slow.get(guardian) === undefined;
        this.#schedule.after(more ? 0 : this.#delay(guardian), () => void step());
      } else sleep();
    };
    this.#schedule.after(this.#delay(guardian), () => void step());
    return () => {
      isStopped = true;
    };
  }

  host(guardian: number): SequencerHost {
    let close: (() => void) | undefined;
    return {
      open: async (epoch) => {
        close?.();
        let isClosed = false;
        const stops = new Set<() => void>();
        close = () => {
          isClosed = true;
          for (const stop of stops) stop();
        };
        await this.#schedule.pause(this.#chance.integer(5, 300));
        const sequencer: Sequencer = {
          epoch,
          publish: async (bytes, id) => {
            if (isClosed) throw failed();
            return this.#publish(guardian, epoch, bytes, id);
          },
          read: (from, onMessage, onGone) => {
            const stop = this.#read(guardian, epoch, from, onMessage, onGone);
            stops.add(stop);
            return stop;
          },
          forget: async (position) => {
            const needed = this.#needed.get(epoch) ?? new Map<number, number>();
            this.#needed.set(epoch, needed);
            needed.set(guardian, position);
            if (needed.size === this.#count) this.#log(epoch, guardian).first = Math.min(...needed.values());
          },
          close: async () => close?.(),
        };
        return sequencer;
      },
      change: async () => undefined,
      state: () => ({ name: 'ready' }),
      close: async () => close?.(),
    };
  }
}
