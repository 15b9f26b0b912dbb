/**
 * Cuts one block from the stream (docs/BCDB.md, "Cutting"): given the messages behind the block before, in order, the
 * same block for everybody, however they arrive. Pure; no clock but the guardians' signed ones.
 */
import { certificateQuorum } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { decodeTick } from '../../core/guardian.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import { type Message, mostBlockBytes } from './messages.ts';

export type CutterOptions = {
  readonly grid: Uint8Array;
  readonly epoch: number;
  readonly height: number;
  /** Of `height`. */
  readonly guardians: readonly PublicKey[];
  readonly verify: Verify;
  /** Block time of the block before. */
  readonly lastTimeMs: number;
  readonly recordsPerBlock: number;
};

/** What a block takes. `position`: of the last message that counts for it; the next block begins behind. */
export type Cut = { readonly records: readonly Uint8Array[]; readonly position: number; readonly timeMs: number };

/** Of times in any order the middle one, of two the lower: liars, fewer than half, cannot move it out of the others' range. */
export function lowerMedian(timesMs: readonly number[]): number {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

export class Cutter {
  readonly #options: CutterOptions;
  readonly #quorum: number;
  readonly #ticks = new Map<string, number>();
  readonly #records: Uint8Array[] = [];
  #bytes = 0;
  /** Where it stopped taking records. */
  #fullAt: number | undefined;
  #cut: Cut | undefined;

  constructor(options: CutterOptions) {
    this.#options = options;
    this.#quorum = certificateQuorum(options.guardians.length);
  }

  /** The block, once it is closed. */
  get cut(): Cut | undefined {
    return this.#cut;
  }

  /** Records wait for a tick. */
  get hasRecords(): boolean {
    return this.#records.length > 0;
  }

  /** Who ticked for this block, as hexadecimal keys. */
  get ticked(): ReadonlySet<string> {
    return new Set(this.#ticks.keys());
  }

  /** Takes the message at `position`. Positions rise; what comes after the closing tick changes nothing. */
  take(position: number, message: Message): void {
    if (this.#cut !== undefined) return;
    if (message.kind === 'records') this.#takeRecords(position, message.records);
    if (message.kind === 'tick') this.#takeTick(position, message.signed);
  }

  #takeRecords(position: number, records: readonly Uint8Array[]): void {
    if (this.#fullAt !== undefined) return;
    this.#records.push(...records);
    for (const { length } of records) this.#bytes += length;
    const isFull = this.#records.length >= this.#options.recordsPerBlock || this.#bytes >= mostBlockBytes;
    if (isFull) this.#fullAt = position;
  }

  #takeTick(position: number, signed: Uint8Array): void {
    const tick = this.#tickOf(signed);
    if (tick === undefined) return;
    this.#ticks.set(tick.guardian, tick.timeMs);
    if (this.#ticks.size < this.#quorum) return;
    const timeMs = Math.max(this.#options.lastTimeMs, lowerMedian([...this.#ticks.values()]));
    this.#cut = { records: this.#records, position: this.#fullAt ?? position, timeMs };
  }

  /** Undefined for what is no tick for this block by one of its guardians. */
  #tickOf(signed: Uint8Array): { readonly guardian: string; readonly timeMs: number } | undefined {
    const { grid, epoch, height, guardians, verify } = this.#options;
    try {
      const { said, guardian } = decodeTick(signed, { guardians, verify });
      if (said.height !== height || said.epoch !== epoch || !equalBytes(said.grid, grid)) return undefined;
      return { guardian: toHex(guardian), timeMs: said.timeMs };
    } catch {
      return undefined; // whatever is wrong with it: everybody skips it alike
    }
  }
}
