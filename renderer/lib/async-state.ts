// The one shape of work that takes time, for every store and screen.

/** Why work failed: a code (see words.ts for its sentence), what the code was about, and the id under which main logged it. */
export interface Failure {
  readonly code: string;
  readonly detail: string;
  readonly id?: string;
}

/** Work in one of its four states. */
export type Async<T> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Nothing asked yet. */
export const idle = { kind: 'idle' } as const satisfies Async<never>;
/** Asked, no answer yet. */
export const loading = { kind: 'loading' } as const satisfies Async<never>;
/** Answered. */
export const ready = <T>(value: T): Async<T> => ({ kind: 'ready', value });
/** Refused or broken. */
export const failed = (failure: Failure): Async<never> => ({ kind: 'failed', failure });
/** The value when it is there. */
export const valueIn = <T>(state: Async<T>): T | undefined => (state.kind === 'ready' ? state.value : undefined);
