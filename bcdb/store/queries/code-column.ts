/**
 * One of few values per row, as a small code: agent versions, sets of features. A filter is judged once for each value
 * that there is, then one pass over the codes finds the rows. Grows with the values that stand in the state, no further.
 */
import { addTo, type Bits, removeFrom, wordsFor } from './bits.ts';
import { grown } from './numbers.ts';

/** Outcomes that are kept until a row changes its value: people scroll, and change one filter at a time. */
const keptOutcomes = 8;

/** Fills `into` with the rows below `rows` whose code has a 1 in `passes`. */
export function fillCoded(into: Bits, codes: Uint32Array, passes: Uint8Array, rows: number): Bits {
  into.fill(0, wordsFor(rows));
  for (let at = 0, row = 0; row < rows; at++) {
    const end = Math.min(row + 32, rows);
    let word = 0;
    for (let bit = 0; row < end; row++, bit++) word |= (passes[codes[row] ?? 0] ?? 0) << bit;
    into[at] = word;
  }
  return into;
}

export class CodeColumn {
  #codes = new Uint32Array(1024);
  readonly #values: string[] = [];
  readonly #byValue = new Map<string, number>();
  readonly #kept = new Map<string, { readonly bits: Bits; readonly judge: (value: string) => boolean }>();

  get bytes(): number {
    return this.#codes.byteLength;
  }

  reserve(rows: number): void {
    if (rows <= this.#codes.length) return;
    this.#codes = grown(this.#codes, rows);
    this.#kept.clear();
  }

  put(row: number, value: string, isNew: boolean): void {
    const known = this.#byValue.get(value);
    const code = known ?? this.#values.length;
    if (known === undefined) {
      this.#values.push(value);
      this.#byValue.set(value, code);
    }
    if (!isNew && this.#codes[row] === code) return;
    this.#codes[row] = code;
    for (const { bits, judge } of this.#kept.values()) (judge(value) ? addTo : removeFrom)(bits, row);
  }

  valueOf(row: number): string {
    return this.#values[this.#codes[row] ?? 0] ?? '';
  }

  /** The rows below `rows` whose value passes. `name` says which filter this is, values included. Not to be changed. */
  passing(name: string, judge: (value: string) => boolean, rows: number, words: number): Bits {
    const kept = this.#kept.get(name);
    if (kept?.bits.length === words) return kept.bits;
    const passes = Uint8Array.from(this.#values, (value) => (judge(value) ? 1 : 0));
    const bits = fillCoded(new Uint32Array(words), this.#codes, passes, rows);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= keptOutcomes && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(name, { bits, judge });
    return bits;
  }
}
