// Turns what the engine's client throws into codes of ours.
import { AppError } from '../../core/errors.ts';

/** The HTTP status of an answer of the engine that was an error; undefined when no answer came at all. */
export function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/**
 * Runs a call of the engine. An error of ours passes; 507 and "no space left" become `agent/disk-full`, a request that the
 * engine refuses as wrong (4xx) `agent/workload-failed`, the rest `agent/engine-failed`, worth another try.
 */
export async function engineCall<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const words = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`.slice(0, 400);
    const status = statusOf(cause);
    if (/no space left|disk quota exceeded/i.test(words))
      throw new AppError('agent/disk-full', words, { cause, retry: true });
    if (status === 400 || status === 422) throw new AppError('agent/workload-failed', words, { cause });
    throw new AppError('agent/engine-failed', words, { cause, retry: true });
  }
}

/** As `engineCall`, but "there is no such thing" (404) and "it is so already" (304) are answers: undefined. */
export async function engineCallOrNothing<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
  return engineCall(what, async () => {
    try {
      return await call();
    } catch (cause) {
      const status = statusOf(cause);
      if (status === 404 || status === 304) return undefined;
      throw cause;
    }
  });
}
