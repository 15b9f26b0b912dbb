// What a story is to the program that tells it.

/** What a step tells: one line each, and facts for `--json`. */
export type Told = { readonly lines: readonly string[]; readonly facts: Readonly<Record<string, unknown>> };

/** A story: its steps, each of which throws when something does not hold, and its last word. */
export type Teller = {
  readonly steps: readonly { readonly title: string; readonly run: () => Promise<Told> }[];
  readonly stop: () => Promise<void>;
  /** The end of the last line. */
  readonly summary: () => string;
  readonly isGood: () => boolean;
};
