// Errors that came over the line, and what a screen shows of anything thrown.
import * as v from 'valibot';
import { AppError, codeOf, type ErrorCode, isErrorCode } from '../core/errors.ts';
import type { Failure } from './lib/async-state.ts';

/** An error that crossed from main keeps the id under which main logged it. */
export class CallError extends AppError {
  readonly id: string | undefined;

  constructor(code: ErrorCode, detail: string, retry: boolean, id: string | undefined) {
    super(code, detail, { retry });
    this.id = id;
  }
}

const wireError = v.looseObject({
  code: v.string(),
  detail: v.optional(v.string(), ''),
  retry: v.optional(v.boolean(), false),
  id: v.optional(v.string()),
});

/** What main answered with instead of an output, as an error to throw. A code of a newer main becomes `ipc/internal`. */
export const readError = (value: unknown): CallError => {
  const parsed = v.safeParse(wireError, value);
  if (!parsed.success) return new CallError('ipc/bad-output', 'unreadable error', false, undefined);
  const { code, detail, retry, id } = parsed.output;
  return new CallError(isErrorCode(code) ? code : 'ipc/internal', detail, retry, id);
};

/** What a screen shows of anything thrown. */
export const failureOf = (error: unknown): Failure => ({
  code: codeOf(error) ?? 'ipc/internal',
  detail: error instanceof AppError ? error.detail : String(error),
  ...(error instanceof CallError && error.id !== undefined ? { id: error.id } : {}),
});
