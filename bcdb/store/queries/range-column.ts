/**
 * One number per row, ready for "at least" and for sorted pages. About 1024 boundaries cut the rows into bins, each with the list of
 * its rows; at some of the boundaries, the marks, there also is the set of all rows at or above. A range is the next mark, the
 * lists of a few bins, and a look at the values of one; a page of the sorted list lies in few bins. Values are integers; one that
 * many rows share has a bin of its own. A row that moves to another bin changes two lists and a few bits, so keeping in step
 * with a block is cheap.
 */
import { addTo, type Bits, countUpTo, fillAll, isIn, removeFrom, without, wordsFor } from './bits.ts';
import { grown, type Numbers } from './numbers.ts';

const wantedBins = 1024;
const samples = 8 * wantedBins;
/** At most this part of all rows lies between two marks, unless they are one bin. */
const markedParts = 32;
/** Bins below this size are never worth cutting. */
const smallBin = 4096;

export class RangeColumn {
  /** The value of a row; the owner of the values keeps them. */
  readonly read: (row: number) => number;
  #rows = 0;
  /** Lowest value of each bin, ascending; the first is below everything. No bins: not built yet. */
  #bounds: Float64Array = new Float64Array(0);
  #lists: Uint32Array[] = [];
  #counts = new Int32Array(0);
  /** Of some bins the rows in it and above it; of the first bin that is all rows, and not kept. */
  #marks: (Bits | undefined)[] = [];
  #marked: readonly number[] = [0];
  #largestWhenBuilt = 0;

  constructor(from: Numbers | ((row: number) => number)) {
    this.read = typeof from === 'function' ? from : (row) => from.values[row] ?? 0;
  }

  get isBuilt(): boolean {
    return this.#bounds.length > 0;
  }

  get bins(): number {
    return this.#bounds.length;
  }

  /** Bytes that its lists and sets take. */
  get bytes(): number {
    const sizeOf = (sum: number, each: Uint32Array | undefined): number => sum + (each?.byteLength ?? 0);
    return this.#lists.reduce(sizeOf, 0) + this.#marks.reduce(sizeOf, 0);
  }

  /** True for a bin of one value: its rows are all equal. */
  isSingle(bin: number): boolean {
    return (this.#bounds[bin] ?? 0) + 1 === this.#bounds[bin + 1];
  }

  /** Values wandered away from the boundaries: `build` again when there is time. */
  get isStale(): boolean {
    const most = Math.max(smallBin, 4 * this.#largestWhenBuilt, (8 * this.#rows) / wantedBins);
    return this.#counts.some((count, bin) => count > most && !this.isSingle(bin));
  }

  /** Cuts `rows` rows into bins; all its sets have `words` words. */
  build(rows: number, words: number): void {
    const { read } = this;
    this.#bounds = boundsOf(read, rows);
    this.#rows = rows;
    const bins = this.bins;
    const binOfRow = new Uint16Array(rows);
    const counts = new Int32Array(bins);
    for (let row = 0; row < rows; row++) {
      const bin = this.binOf(read(row));
      binOfRow[row] = bin;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const lists = Array.from(counts, (count) => new Uint32Array(count));
    const filled = new Int32Array(bins);
    for (let row = 0; row < rows; row++) {
      const bin = binOfRow[row] ?? 0;
      const at = filled[bin] ?? 0;
      filled[bin] = at + 1;
      (lists[bin] as Uint32Array)[at] = row;
    }
    this.#counts = counts;
    this.#lists = lists;
    this.#marks = this.#marksOf(words);
    this.#marked = [0, ...this.#marks.keys()].filter((bin, at) => at === 0 || this.#marks[bin] !== undefined);
    this.#largestWhenBuilt = counts.reduce(
      (most, count, bin) => (this.isSingle(bin) ? most : Math.max(most, count)),
      0,
    );
  }

  #marksOf(words: number): (Bits | undefined)[] {
    const most = this.#rows / markedParts;
    let since = 0;
    const isMarked = Array.from(this.#counts, (count, bin) => {
      const isFull = bin > 0 && since + count > most;
      since = isFull ? count : since + count;
      return isFull;
    });
    const above = new Uint32Array(words);
    const marks: (Bits | undefined)[] = [];
    for (let bin = this.bins - 1; bin >= 0; bin--) {
      this.#addBin(bin, above);
      marks[bin] = isMarked[bin] === true ? above.slice() : undefined;
    }
    return marks;
  }

  /** Its sets get room for more rows. */
  grow(words: number): void {
    for (const [bin, before] of this.#marks.entries()) {
      if (before === undefined) continue;
      this.#marks[bin] = grown(before, words);
    }
  }

  /** A row changed its value; `before` undefined: it is new. */
  move(row: number, before: number | undefined, after: number): void {
    if (before === after || !this.isBuilt) return;
    const to = this.binOf(after);
    const from = before === undefined ? -1 : this.binOf(before);
    if (from === to) return;
    if (from < 0) this.#rows = Math.max(this.#rows, row + 1);
    else this.#leave(from, row);
    this.#enter(to, row);
    for (let bin = Math.max(from, 0) + 1; bin <= to; bin++) {
      const mark = this.#marks[bin];
      if (mark !== undefined) addTo(mark, row);
    }
    for (let bin = to + 1; bin <= from; bin++) {
      const mark = this.#marks[bin];
      if (mark !== undefined) removeFrom(mark, row);
    }
  }

  #leave(bin: number, row: number): void {
    const list = this.#lists[bin] as Uint32Array;
    const last = (this.#counts[bin] ?? 0) - 1;
    list[list.indexOf(row)] = list[last] ?? 0;
    this.#counts[bin] = last;
  }

  #enter(bin: number, row: number): void {
    const count = this.#counts[bin] ?? 0;
    let list = this.#lists[bin] as Uint32Array;
    if (count === list.length) {
      list = grown(list, Math.max(16, Math.ceil(count * 1.25)));
      this.#lists[bin] = list;
    }
    list[count] = row;
    this.#counts[bin] = count + 1;
  }

  /** The bin that a value belongs to. */
  binOf(value: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((bounds[middle] ?? 0) <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Fills `into` with the rows whose value is at least `value`. */
  atLeast(value: number, into: Bits): Bits {
    const bin = this.binOf(value);
    const isWhole = value <= (this.#bounds[bin] ?? 0);
    this.#fromBin(isWhole ? bin : bin + 1, into);
    if (isWhole) return into;
    const { read } = this;
    const list = this.#lists[bin] as Uint32Array;
    const count = this.#counts[bin] ?? 0;
    for (let at = 0; at < count; at++) {
      const row = list[at] ?? 0;
      const bit = read(row) >= value ? 1 : 0;
      into[row >>> 5] = (into[row >>> 5] ?? 0) | (bit << (row & 31));
    }
    return into;
  }

  /** Adds the rows whose value is `value` to `into`. */
  addEqual(value: number, into: Bits): Bits {
    const bin = this.binOf(value);
    if (this.isSingle(bin)) {
      if (this.#bounds[bin] === value) this.#addBin(bin, into);
      return into;
    }
    const { read } = this;
    const list = this.#lists[bin] as Uint32Array;
    const count = this.#counts[bin] ?? 0;
    for (let at = 0; at < count; at++) {
      const row = list[at] ?? 0;
      if (read(row) === value) addTo(into, row);
    }
    return into;
  }

  /** The rows of a bin and of those above it. */
  #fromBin(first: number, into: Bits): void {
    const marked = this.#markFrom(first);
    if (marked === 0) fillAll(into, this.#rows);
    else if (marked < this.bins) into.set(this.#marks[marked] as Bits);
    else into.fill(0);
    for (let bin = first; bin < marked; bin++) this.#addBin(bin, into);
  }

  /** The first bin at or above `bin` whose set is kept; all rows for the first, none behind the last. */
  #markFrom(bin: number): number {
    let marked = bin;
    while (marked > 0 && marked < this.bins && this.#marks[marked] === undefined) marked += 1;
    return marked;
  }

  #addBin(bin: number, into: Bits): void {
    const list = this.#lists[bin] as Uint32Array;
    const count = this.#counts[bin] ?? 0;
    for (let at = 0; at < count; at++) {
      const row = list[at] ?? 0;
      into[row >>> 5] = (into[row >>> 5] ?? 0) | (1 << (row & 31));
    }
  }

  /** The bins whose sets are kept, ascending, the first of all with them: between two of them are few rows. */
  get marked(): readonly number[] {
    return this.#marked;
  }

  /** How many of `bits` are in a marked bin or above it; any number above `most` when there are more. Not for the first bin. */
  countFrom(marked: number, bits: Bits, most: number): number {
    return countUpTo(bits, this.#marks[marked] as Bits, true, most);
  }

  /** How many of `bits` are below a marked bin; any number above `most` when there are more. Not for the first bin. */
  countBelow(marked: number, bits: Bits, most: number): number {
    return countUpTo(bits, this.#marks[marked] as Bits, false, most);
  }

  /** Those of `bits` that are in `bin`. */
  rowsIn(bin: number, bits: Bits): Uint32Array {
    const list = this.#lists[bin] as Uint32Array;
    const count = this.#counts[bin] ?? 0;
    const found = new Uint32Array(count);
    let size = 0;
    for (let at = 0; at < count; at++) {
      const row = list[at] ?? 0;
      found[size] = row;
      if (isIn(bits, row)) size += 1;
    }
    return found.subarray(0, size);
  }

  /** True for a bin so large that its rows are better had as a set. */
  isLarge(bin: number): boolean {
    return (this.#counts[bin] ?? 0) > smallBin && this.isSingle(bin);
  }

  /** Those of `bits` that are in `bin`, as a set in `into`. */
  setIn(bin: number, bits: Bits, into: Bits, above: Bits): Bits {
    this.#fromBin(bin, into);
    this.#fromBin(bin + 1, above);
    without(into, into, above);
    for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) & (bits[at] ?? 0);
    return into;
  }
}

/** Boundaries by the quantiles of a sample; a value that fills more than one quantile stands alone. */
function boundsOf(read: (row: number) => number, rows: number): Float64Array {
  const taken = Math.min(rows, samples);
  const sample = Float64Array.from({ length: taken }, (_, at) => read(Math.floor((at * rows) / taken))).sort();
  const bounds = new Set<number>();
  let last: number | undefined;
  for (let bin = 1; bin < wantedBins && taken > 0; bin++) {
    const value = sample[Math.floor((bin * taken) / wantedBins)] ?? 0;
    bounds.add(value);
    if (value === last) bounds.add(value + 1);
    last = value;
  }
  return Float64Array.from([Number.NEGATIVE_INFINITY, ...[...bounds].sort((a, b) => a - b)]);
}

/** Words that an index of `rows` rows starts with: some room to grow. */
export const wordsWithRoom = (rows: number): number => wordsFor(Math.max(1024, Math.ceil(rows * 1.125)));
