/** Work that is done one thing after the other: what fails is told, and something is tried again a little later. */
import { AppError, codeOf } from '../../core/errors.ts';
import type { Timers } from './office-parts.ts';

/** After something failed. */
const retryMs = 1000;
/** What goes wrong again and again is told so often at most. */
const toldAgainMs = 60_000;

export type SerialWorkOptions = {
  readonly timers: Timers;
  /** Follows every piece of work. */
  readonly afterEach: () => Promise<void>;
  /** Done a while after something failed. */
  readonly onRetry: () => Promise<void>;
  /** Told of every failure, also of the same again. */
  readonly onFailed: (error: unknown) => void;
  readonly onError: (error: AppError) => void;
};

export class SerialWork {
  readonly #options: SerialWorkOptions;
  readonly #stops: (() => void)[] = [];
  #work: Promise<void> = Promise.resolve();
  #cancelRetry: (() => void) | undefined;
  #told: { readonly text: string; readonly atMs: number } | undefined;
  #isClosed = false;

  constructor(options: SerialWorkOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Something failed a moment ago, and will be tried again. */
  get isRetrying(): boolean {
    return this.#cancelRetry !== undefined;
  }

  /** Resolves when it was done, or failed. */
  run(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#isClosed) return;
      try {
        await work();
        await this.#options.afterEach();
      } catch (error) {
        this.#fail(error);
      }
    });
    return this.#work;
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#options.onFailed(error);
    this.tell(error);
    this.#cancelRetry ??= this.#options.timers.after(retryMs, () => {
      this.#cancelRetry = undefined;
      void this.run(this.#options.onRetry);
    });
  }

  tell(error: unknown): void {
    if (this.#isClosed) return;
    const nowMs = this.#options.timers.nowMs();
    const text = String(error);
    if (this.#told?.text === text && nowMs - this.#told.atMs < toldAgainMs) return;
    this.#told = { text, atMs: nowMs };
    const isOurs = error instanceof AppError;
    this.#options.onError(isOurs ? error : new AppError(codeOf(error) ?? 'ipc/internal', text, { cause: error }));
  }

  /** Calls `work` again and again. */
  every(ms: number, work: () => void): void {
    const index = this.#stops.push(() => undefined) - 1;
    const next = (): void => {
      this.#stops[index] = this.#options.timers.after(ms, () => {
        if (this.#isClosed) return;
        next();
        work();
      });
    };
    next();
  }

  /** Calls `stop` when it closes. */
  until(stop: () => void): void {
    this.#stops.push(stop);
  }

  /** Nothing begins any more; resolves when what was under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#cancelRetry?.();
    await this.#work;
  }
}
