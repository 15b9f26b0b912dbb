/**
 * The guardian's door: what cannot be valid is refused here, before it costs disk. Holds the accepted records in memory,
 * each author's in order, until they stand in a block; whoever handed one in keeps it until it is final.
 */
import { equalBytes } from '../../core/bytes.ts';
import type { Envelope } from '../../core/record.ts';
import { type ChainEnd, judgeChain, type Refusal } from './authors.ts';
import { hexOf } from './database.ts';
import { isRefusal, judgeAlone } from './door-checks.ts';
import { type DoorRateLimits, DoorRates, doorRates } from './door-rates.ts';
import type { Executed, ExecutorParts, Incoming } from './executor.ts';

/** Bounds of what waits. */
export type DoorLimits = {
  readonly pending: number;
  readonly pendingPerAuthor: number;
  readonly pendingBytes: number;
  readonly rates: DoorRateLimits;
};

export const doorLimits: DoorLimits = {
  pending: 50_000,
  pendingPerAuthor: 5000,
  pendingBytes: 128 * 1024 * 1024,
  rates: doorRates,
};

export type DoorOptions = Pick<ExecutorParts, 'grid' | 'verify' | 'verifyMany' | 'authors'> & {
  readonly limits: DoorLimits;
  readonly clock: () => number;
  /** The policy's limit on one record. */
  readonly recordBytes: () => number;
  /** Another record for a seq that has one, with the one that was here first if it still waits. */
  readonly onFork: (envelope: Envelope, standing: Incoming | undefined) => void;
};

/** What the door says: accepted, already here (which is as good), or refused. */
export type Answer = 'accepted' | 'known' | Refusal;

const busy: Refusal = { code: 'record/rate-limited', detail: 'the guardian is busy' };

/** What got lost on its way to a block is offered again after this time. */
const offerAgainMs = 10_000;

type Entry = { readonly incoming: Incoming; readonly envelope: Envelope; offeredMs: number | undefined };

const placeOf = (author: string, seq: number): string => `${author}:${seq}`;

export class Door {
  readonly #options: DoorOptions;
  readonly #rates: DoorRates;
  /** By author and seq, in the order in which they came. */
  #entries = new Map<string, Entry>();
  #bytes = 0;
  readonly #ends = new Map<string, ChainEnd & { readonly count: number }>();
  /** When something may have to be offered again. */
  #lookAgainMs = 0;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#rates = new DoorRates(options.limits.rates);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Judges records by their bytes, which threads begin with; the answer is called to queue those that are good. */
  admit(records: readonly Uint8Array[]): () => readonly Answer[] {
    if (this.#isFull(0)) return () => records.map(() => busy);
    // What is here already, as when its sender asks again, costs no signature check.
    const isKnown = (envelope: Envelope) => (this.#judgePlace(envelope) === 'known' ? 'known' : undefined);
    const judged = judgeAlone(records, this.#options, isKnown);
    return () =>
      judged().map((outcome) =>
        typeof outcome === 'string' || isRefusal(outcome)
          ? outcome
          : this.#admitGood(outcome.incoming, outcome.envelope),
      );
  }

  /** Only what its author signed counts against his rate, and only what continues his chain. */
  #admitGood(incoming: Incoming, envelope: Envelope): Answer {
    const place = this.#judgePlace(envelope);
    if (place !== undefined) {
      if (place !== 'known' && place.code === 'record/forked') this.#options.onFork(envelope, this.#standing(envelope));
      return place;
    }
    const { authors, clock } = this.#options;
    const author = hexOf(envelope.author);
    const isNewcomer = authors.end(author).seq === 0;
    if (!this.#rates.spend(author, isNewcomer, clock())) {
      return { code: 'record/rate-limited', detail: 'too many records by one author, or by newcomers' };
    }
    return this.enqueue(incoming);
  }

  #standing({ author, seq }: Envelope): Incoming | undefined {
    return this.#entries.get(placeOf(hexOf(author), seq))?.incoming;
  }

  /** Whether a record waits here for an author's seq. */
  holds(author: string, seq: number): boolean {
    return this.#entries.has(placeOf(author, seq));
  }

  /** The record with its signature's outcome, if exactly these bytes were verified here. */
  known(incoming: Incoming): Incoming {
    const held = incoming.envelope === undefined ? undefined : this.#standing(incoming.envelope);
    return held !== undefined && equalBytes(held.bytes, incoming.bytes) ? held : incoming;
  }

  #isFull(size: number): boolean {
    const { pending, pendingBytes } = this.#options.limits;
    return this.#entries.size >= pending || this.#bytes + size > pendingBytes;
  }

  #judgePlace(envelope: Envelope): 'known' | Refusal | undefined {
    const author = hexOf(envelope.author);
    const { authors } = this.#options;
    const end = this.#ends.get(author) ?? authors.end(author);
    const refusal = judgeChain(
      end,
      envelope,
      (seq) => this.#entries.get(placeOf(author, seq))?.incoming.id ?? authors.idAt(author, seq),
    );
    return refusal?.code === 'record/replayed' ? 'known' : refusal;
  }

  /** Queues what was found good by itself, if it continues its author's chain. */
  enqueue(incoming: Incoming): Answer {
    const { envelope, bytes } = incoming;
    if (envelope === undefined) return { code: 'record/malformed', detail: '' };
    const place = this.#judgePlace(envelope);
    if (place !== undefined) return place;
    if (this.#isFull(bytes.length)) return busy;
    const author = hexOf(envelope.author);
    const count = (this.#ends.get(author)?.count ?? 0) + 1;
    const { pendingPerAuthor } = this.#options.limits;
    if (count > pendingPerAuthor) {
      return { code: 'record/rate-limited', detail: `${pendingPerAuthor} records of one author wait` };
    }
    this.#ends.set(author, { seq: envelope.seq, last: envelope.id, count });
    this.#entries.set(placeOf(author, envelope.seq), { incoming, envelope, offeredMs: undefined });
    this.#bytes += bytes.length;
    return 'accepted';
  }

  /** The oldest records that fit into one block. They stay here until they stand in one. */
  peek(mostRecords: number, mostBytes: number): readonly Incoming[] {
    return this.#fitting(mostRecords, mostBytes, () => true).map(({ incoming }) => incoming);
  }

  /**
   * Records to be put into the order, each once; again when that was long ago and no block has it, and with it all later
   * ones of its author, which cannot stand before it.
   */
  take(mostRecords: number, mostBytes: number): readonly Uint8Array[] {
    const nowMs = this.#options.clock();
    if (nowMs >= this.#lookAgainMs || nowMs < this.#lookAgainMs - offerAgainMs) this.#offerAgain(nowMs);
    const taken = this.#fitting(mostRecords, mostBytes, ({ offeredMs }) => offeredMs === undefined);
    for (const entry of taken) entry.offeredMs = nowMs;
    return taken.map(({ incoming }) => incoming.bytes);
  }

  #offerAgain(nowMs: number): void {
    this.#lookAgainMs = nowMs + offerAgainMs / 10;
    const again = new Set<string>();
    for (const entry of this.#entries.values()) {
      if (entry.offeredMs === undefined) continue;
      const author = hexOf(entry.envelope.author);
      // A clock that was set back must not hold anything up.
      const isLost = Math.abs(nowMs - entry.offeredMs) >= offerAgainMs;
      if (!isLost && !again.has(author)) continue;
      again.add(author);
      entry.offeredMs = undefined;
    }
  }

  #fitting(mostRecords: number, mostBytes: number, isWanted: (entry: Entry) => boolean): readonly Entry[] {
    const fitting: Entry[] = [];
    let size = 0;
    for (const entry of this.#entries.values()) {
      if (fitting.length >= mostRecords) break;
      if (!isWanted(entry)) continue;
      size += entry.incoming.bytes.length;
      if (fitting.length > 0 && size > mostBytes) break;
      fitting.push(entry);
    }
    return fitting;
  }

  /** Throws a record out, and all later ones of its author, which cannot follow any more. */
  drop(id: Uint8Array): void {
    for (const { incoming, envelope } of this.#entries.values()) {
      if (!equalBytes(incoming.id, id)) continue;
      this.#dropFrom(hexOf(envelope.author), envelope.seq);
      return;
    }
  }

  #dropFrom(author: string, first: number): void {
    const last = this.#ends.get(author)?.seq ?? 0;
    for (let seq = first; seq <= last; seq++) this.#remove(author, seq);
    const count = this.#ends.get(author)?.count ?? 0;
    const before = this.#entries.get(placeOf(author, first - 1));
    if (before !== undefined) this.#ends.set(author, { seq: first - 1, last: before.incoming.id, count });
  }

  #remove(author: string, seq: number): void {
    const place = placeOf(author, seq);
    const entry = this.#entries.get(place);
    const end = this.#ends.get(author);
    if (entry === undefined || end === undefined) return;
    this.#entries.delete(place);
    this.#bytes -= entry.incoming.bytes.length;
    if (end.count === 1) this.#ends.delete(author);
    else this.#ends.set(author, { ...end, count: end.count - 1 });
  }

  /** Records that stand in a committed block leave, whoever brought them; so does what cannot follow them. */
  settled(records: readonly Executed[]): void {
    for (const { incoming, isCounted } of records) {
      const { envelope, id } = incoming;
      if (!isCounted || envelope === undefined) continue;
      const author = hexOf(envelope.author);
      const held = this.#entries.get(placeOf(author, envelope.seq));
      if (held === undefined) continue;
      if (equalBytes(held.incoming.id, id)) this.#remove(author, envelope.seq);
      else this.#dropFrom(author, envelope.seq);
    }
  }

  /** Out of office: whoever handed something in keeps it, and asks another guardian. */
  clear(): void {
    this.#entries = new Map();
    this.#bytes = 0;
    this.#ends.clear();
  }
}
