/** What the handlers of an IPC contract look like: one function a call, typed by its schemas. Types only. */
import type { OutputOf, ParsedInputOf, Topics } from '../../core/ipc/call.ts';

/** One function for each call of a contract; it gets parsed input, and its output is parsed again on the way out. */
export type Handlers<T extends Topics> = {
  readonly [K in keyof T]: {
    readonly [N in keyof T[K]]: (input: ParsedInputOf<T[K][N]>) => OutputOf<T[K][N]> | Promise<OutputOf<T[K][N]>>;
  };
};
