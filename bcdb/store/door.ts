/**
 * The guardian's door: what cannot be valid is refused here, before it costs disk. Holds the accepted records in memory,
 * each author's in order, until a block takes them; whoever handed one in keeps it until it is final.
 */

import { isRecordKind } from '../../core/bodies.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { Envelope } from '../../core/record.ts';
import { type ChainEnd, judgeChain, type Refusal } from './authors.ts';
import { hexOf } from './database.ts';
import { type ExecutorParts, type Incoming, incomingOf, judgeEnvelope, verifyAll } from './executor.ts';

/** Bounds of what waits. */
export type DoorLimits = {
  readonly pending: number;
  readonly pendingPerAuthor: number;
  readonly pendingBytes: number;
};

export const doorLimits: DoorLimits = { pending: 50_000, pendingPerAuthor: 5000, pendingBytes: 128 * 1024 * 1024 };

export type DoorOptions = Pick<ExecutorParts, 'grid' | 'verify' | 'verifyMany' | 'authors'> & {
  readonly limits: DoorLimits;
  /** The policy's limit on one record. */
  readonly recordBytes: () => number;
};

/** A record that can be read. */
type Read = { readonly incoming: Incoming; readonly envelope: Envelope };
const isRefusal = (one: object): one is Refusal => 'code' in one;

/** Size, shape and kind. */
function read(bytes: Uint8Array, mostBytes: number): Read | Refusal {
  if (bytes.length > mostBytes) return { code: 'record/too-large', detail: `${bytes.length} of ${mostBytes} bytes` };
  const incoming = incomingOf(bytes);
  const { envelope } = incoming;
  if (envelope === undefined) return incoming.refusal ?? { code: 'record/malformed', detail: '' };
  return isRecordKind(envelope.kind) ? { incoming, envelope } : { code: 'record/unknown-kind', detail: envelope.kind };
}

/** Grid and signature of each, all signatures in one go. */
function verified(records: readonly Read[], parts: Checks): readonly (Read | Refusal)[] {
  const marked = verifyAll(
    records.map(({ incoming }) => incoming),
    parts,
  );
  return records.map(({ envelope }, index) => {
    const incoming = marked[index];
    if (incoming === undefined) return { code: 'record/malformed', detail: '' };
    const refusal = judgeEnvelope({ envelope, isVerified: incoming.isVerified }, parts);
    return refusal ?? { envelope, incoming: { ...incoming, isVerified: true } };
  });
}

type Checks = Pick<DoorOptions, 'grid' | 'verify' | 'verifyMany' | 'recordBytes'>;

/** All that can be said of records by themselves: size, shape, kind, grid, signature. `Known` ones are not verified. */
export function judgeAlone<Known>(
  records: readonly Uint8Array[],
  checks: Checks,
  knownOf: (envelope: Envelope) => Known | undefined,
): readonly (Read | Refusal | Known)[] {
  const outcomes: (Read | Refusal | Known)[] = [];
  const open: Read[] = [];
  const places: number[] = [];
  for (const [index, bytes] of records.entries()) {
    const one = read(bytes, checks.recordBytes());
    const known = isRefusal(one) ? undefined : knownOf(one.envelope);
    outcomes.push(known ?? one);
    if (isRefusal(one) || known !== undefined) continue;
    open.push(one);
    places.push(index);
  }
  for (const [index, outcome] of verified(open, checks).entries()) outcomes[places[index] ?? 0] = outcome;
  return outcomes;
}

/** What the door says: accepted, already here (which is as good), or refused. */
export type Answer = 'accepted' | 'known' | Refusal;

const busy: Refusal = { code: 'record/rate-limited', detail: 'the guardian is busy' };

export class Door {
  readonly #options: DoorOptions;
  #queue: Incoming[] = [];
  #bytes = 0;
  readonly #ends = new Map<string, ChainEnd & { readonly count: number }>();
  readonly #ids = new Map<string, Uint8Array>();

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#queue.length;
  }

  /** Judges records by their bytes and queues those that are good. */
  admit(records: readonly Uint8Array[]): readonly Answer[] {
    if (this.#isFull(0)) return records.map(() => busy);
    // What is here already, as when its sender asks again, costs no signature check.
    const isKnown = (envelope: Envelope) => (this.#judgePlace(envelope) === 'known' ? 'known' : undefined);
    return judgeAlone(records, this.#options, isKnown).map((outcome) =>
      typeof outcome === 'string' || isRefusal(outcome) ? outcome : this.enqueue(outcome.incoming),
    );
  }

  /** Whether a record waits here for an author's seq. */
  holds(author: string, seq: number): boolean {
    return this.#ids.has(`${author}:${seq}`);
  }

  #isFull(size: number): boolean {
    const { pending, pendingBytes } = this.#options.limits;
    return this.#queue.length >= pending || this.#bytes + size > pendingBytes;
  }

  #idAt(author: string, seq: number): Uint8Array | undefined {
    return this.#ids.get(`${author}:${seq}`) ?? this.#options.authors.idAt(author, seq);
  }

  #judgePlace(envelope: Envelope): 'known' | Refusal | undefined {
    const author = hexOf(envelope.author);
    const end = this.#ends.get(author) ?? this.#options.authors.end(author);
    const refusal = judgeChain(end, envelope, (seq) => this.#idAt(author, seq));
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
    this.#ids.set(`${author}:${envelope.seq}`, envelope.id);
    this.#queue.push(incoming);
    this.#bytes += bytes.length;
    return 'accepted';
  }

  /** The oldest records that fit into one block. They stay in the queue until `taken`. */
  peek(mostRecords: number, mostBytes: number): readonly Incoming[] {
    let size = 0;
    let count = 0;
    for (const { bytes } of this.#queue) {
      size += bytes.length;
      if (count >= mostRecords || (count > 0 && size > mostBytes)) break;
      count += 1;
    }
    return this.#queue.slice(0, count);
  }

  /** Throws a record out, and all later ones of its author, which cannot follow any more. */
  drop(id: Uint8Array): void {
    const at = this.#queue.findIndex((incoming) => equalBytes(incoming.id, id));
    const author = this.#queue[at]?.envelope?.author;
    if (author === undefined) return;
    const kept = this.#queue.filter(
      ({ envelope }, index) => index < at || envelope === undefined || !equalBytes(envelope.author, author),
    );
    this.#queue = [];
    this.#bytes = 0;
    this.#ends.clear();
    this.#ids.clear();
    for (const incoming of kept) this.enqueue(incoming);
  }

  /** The first `count` of the queue stand in a committed block. */
  taken(count: number): void {
    for (const { envelope, bytes } of this.#queue.slice(0, count)) {
      this.#bytes -= bytes.length;
      if (envelope === undefined) continue;
      const author = hexOf(envelope.author);
      this.#ids.delete(`${author}:${envelope.seq}`);
      const end = this.#ends.get(author);
      if (end === undefined) continue;
      if (end.count === 1) this.#ends.delete(author);
      else this.#ends.set(author, { ...end, count: end.count - 1 });
    }
    this.#queue = this.#queue.slice(count);
  }
}
