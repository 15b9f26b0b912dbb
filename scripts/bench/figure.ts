// What a bench is and what it tells: figures, each with a baseline that was measured in the same run. Types, and the one
// shape in which a figure leaves as JSON.

/** One measured number. Its ratio is `value / baseline`; both have the same unit. */
export type Figure = {
  /** `bench/what`, the same from run to run. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Measured in the same run, on the same machine, under the same load. */
  readonly baseline: number;
  /** What the baseline is, in a few words. */
  readonly against: string;
  /** Lowest and highest of the runs whose median the value is. */
  readonly spread?: { readonly low: number; readonly high: number } | undefined;
};

/** What a bench gets: a folder of its own on a real disk, removed afterwards, and a way to tell how far it is. */
export type BenchContext = {
  readonly folder: string;
  readonly say: (line: string) => void;
  /** How many records to measure with, where a bench lets one choose. */
  readonly records?: number | undefined;
};

/** One idea, measured. */
export type Bench = {
  readonly name: string;
  readonly title: string;
  /** What is measured and how, for the reader of the figures. */
  readonly how: string;
  /** Why it cannot run on this machine; undefined when it can. */
  readonly lacks: () => string | undefined;
  /** It starts whole 3bots, which keep keys in a keychain. */
  readonly startsBots?: boolean;
  readonly run: (context: BenchContext) => Promise<readonly Figure[]>;
};

/** What came of a bench. */
export type Outcome =
  | { readonly kind: 'measured'; readonly figures: readonly Figure[] }
  | { readonly kind: 'skipped' | 'failed'; readonly why: string };

/** A count as people read it: thousands apart. */
export const counted = (count: number): string => count.toLocaleString('en-US');

/** Four significant digits: more would only be noise. */
export const rounded = (value: number): number => Number(value.toPrecision(4));

/** How many of the baseline the value is; 0 for a baseline of nothing. */
export const ratioOf = ({ value, baseline }: Pick<Figure, 'value' | 'baseline'>): number =>
  baseline === 0 ? 0 : value / baseline;

/** A figure as one line of JSON. */
export const figureJson = (figure: Figure): string =>
  JSON.stringify({
    name: figure.name,
    value: rounded(figure.value),
    unit: figure.unit,
    baseline: rounded(figure.baseline),
    ratio: rounded(ratioOf(figure)),
  });
