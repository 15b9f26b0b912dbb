/** What a subcommand of `threebot` is, and what it gets to work with. */

/** The person at the other end, or the service manager. */
export type Terminal = {
  /** A line on standard output. */
  readonly say: (line: string) => void;
  /** A line on standard error: advice and progress, not the answer. */
  readonly advise: (line: string) => void;
  /** A person can be asked. */
  readonly isInteractive: boolean;
  /** Asks for a secret, which is not shown. Only where `isInteractive`. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Waits for Enter. Only where `isInteractive`. */
  readonly pause: (line: string) => Promise<void>;
  /** Settles at the first signal to stop. */
  readonly untilStopped: () => Promise<void>;
};

export type Command = {
  /** One line for the list of commands. */
  readonly summary: string;
  /** All of `--help`. */
  readonly help: string;
  /** Runs it; answers the exit code. Throws AppError, or TypeError/RangeError for what was typed. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
};
