/**
 * What stops a store. A proof of another history stops it for good, across restarts; a divergence until the next start,
 * which may bring newer rules; a full disk until there is room.
 */

import { decode, encode } from '../../core/cbor.ts';
import { codeOf, type ErrorCode, type ErrorData, fromErrorData, isErrorCode, toErrorData } from '../../core/errors.ts';
import type { Meta } from './meta.ts';

const kept: ReadonlySet<ErrorCode> = new Set(['replica/forked-head']);
const final: ReadonlySet<ErrorCode> = new Set([
  'replica/forked-head',
  'replica/diverged',
  'replica/outdated',
  'replica/corrupt',
]);
const passing: ReadonlySet<ErrorCode> = new Set(['replica/disk-full']);

export class Alarm {
  readonly #meta: Meta;
  readonly #tell: (alarm: ErrorData | null) => void;
  #raised: ErrorData | null;

  constructor(meta: Meta, tell: (alarm: ErrorData | null) => void) {
    this.#meta = meta;
    this.#tell = tell;
    this.#raised = keptAlarm(meta);
  }

  get raised(): ErrorData | null {
    return this.#raised;
  }

  get isFinal(): boolean {
    return this.#raised !== null && final.has(this.#raised.code);
  }

  /** Throws the alarm that stopped the store. */
  check(): void {
    if (this.#raised !== null && this.isFinal) throw fromErrorData(this.#raised);
  }

  /** Raises an alarm if the error is one; answers the error, to be thrown on. */
  consider(error: unknown): unknown {
    const code = codeOf(error);
    if (code !== undefined && (final.has(code) || passing.has(code))) this.#raise(toErrorData(error));
    return error;
  }

  /** Something was committed: what may pass has passed. */
  pass(): void {
    if (this.#raised === null || this.isFinal) return;
    this.#raised = null;
    this.#tell(null);
  }

  #raise(alarm: ErrorData): void {
    if (this.#raised?.code === alarm.code) return;
    this.#raised = alarm;
    if (kept.has(alarm.code)) this.#meta.set('alarm', encode([alarm.code, alarm.detail]));
    this.#tell(alarm);
  }
}

function keptAlarm(meta: Meta): ErrorData | null {
  const bytes = meta.get('alarm');
  if (bytes === undefined) return null;
  const [code, detail] = decode(bytes) as [string, string];
  return isErrorCode(code) ? { code, detail, retry: false } : null;
}
