/**
 * Carries records from this guardian's door into the stream, in order, and no more at once than blocks take. What was
 * published stays here until it is behind the head: a new epoch's stream gets it again.
 */
import { toHex } from '../../core/bytes.ts';
import { encodeMessage, recordsMessage } from './messages.ts';
import type { OfficeStore, Timers } from './office-parts.ts';
import type { StreamWriter } from './stream-writer.ts';

/** On their way at once, before any block has taken them. */
const most = { messages: 16, bytes: 4 * 1024 * 1024 } as const;

type Batch = { readonly bytes: Uint8Array; readonly id: string; position: number | undefined };

export class RecordPublisher {
  readonly #store: Pick<OfficeStore, 'takeAdmitted'>;
  readonly #timers: Timers;
  readonly #onError: (error: unknown) => void;
  /** Sets this run's batches apart from those of the one before, in the stream's memory of ids. */
  readonly #run: string;
  #count = 0;
  #batches: Batch[] = [];
  #writer: StreamWriter | undefined;
  #isPumping = false;
  #isWanted = false;
  #waitsSinceMs: number | null = null;

  constructor(options: {
    readonly store: Pick<OfficeStore, 'takeAdmitted'>;
    readonly timers: Timers;
    /** Of this run. */
    readonly run: Uint8Array;
    readonly onError: (error: unknown) => void;
  }) {
    this.#store = options.store;
    this.#timers = options.timers;
    this.#run = toHex(options.run);
    this.#onError = options.onError;
  }

  /** Since when the stream does not take what it is given; null: it does. */
  get waitsSinceMs(): number | null {
    return this.#waitsSinceMs;
  }

  /** Goes on in another stream, or pauses. */
  use(writer: StreamWriter | undefined): void {
    if (writer === this.#writer) return;
    this.#writer = writer;
    for (const batch of this.#batches) batch.position = undefined;
    this.wake();
  }

  /** The head has taken all up to `position` from the present stream. */
  reached(position: number): void {
    this.#batches = this.#batches.filter((batch) => batch.position === undefined || batch.position > position);
    this.wake();
  }

  /** There may be something to publish. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.#publishAll();
      }
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#isPumping = false;
    }
  }

  async #publishAll(): Promise<void> {
    for (let writer = this.#writer; writer !== undefined; writer = this.#writer) {
      const batch = this.#batches.find(({ position }) => position === undefined) ?? (await this.#take());
      if (batch === undefined) return;
      this.#waitsSinceMs = this.#timers.nowMs();
      const position = await writer.put(batch.bytes, batch.id);
      this.#waitsSinceMs = null;
      if (writer !== this.#writer) continue;
      if (position === undefined) return; // the writer was stopped
      batch.position = position;
    }
  }

  async #take(): Promise<Batch | undefined> {
    const bytesOut = this.#batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (this.#batches.length >= most.messages || bytesOut >= most.bytes) return undefined;
    const records = await this.#store.takeAdmitted(recordsMessage.mostRecords, recordsMessage.mostBytes);
    if (records.length === 0) return undefined;
    this.#count += 1;
    const bytes = encodeMessage({ kind: 'records', records });
    const batch: Batch = { bytes, id: `${this.#run}-${this.#count}`, position: undefined };
    this.#batches.push(batch);
    return batch;
  }
}
