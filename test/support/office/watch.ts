// Watches a simulated grid for what must never happen: two headers certified at one height, a guardian that says two things.

import { decodeMessage } from '../../../bcdb/guardian/messages.ts';
import { decodeHeader, headerHash } from '../../../core/block.ts';
import { toHex } from '../../../core/bytes.ts';
import { addressOf } from '../../../core/keys.ts';
import type { Contrary } from '../../../core/two-statements.ts';

export class Watch {
  readonly violations: string[] = [];
  /** Addresses of those who lie on purpose. */
  readonly liars = new Set<string>();
  readonly #certified = new Map<number, string>();
  readonly #said = new Map<string, string>();

  /** A node committed this header. */
  certified(height: number, headerBytes: Uint8Array): void {
    const hash = toHex(headerHash(headerBytes));
    const before = this.#certified.get(height);
    if (before !== undefined && before !== hash) this.violations.push(`two certified headers at height ${height}`);
    this.#certified.set(height, hash);
  }

  /** A guardian published this. */
  said(by: number, epoch: number, bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message?.kind !== 'prepare' && message?.kind !== 'commit') return;
    const { height } = decodeHeader(message.headerBytes);
    const key = `${message.kind} ${by} ${epoch} ${height}`;
    const hash = toHex(headerHash(message.headerBytes));
    const before = this.#said.get(key);
    if (before !== undefined && before !== hash) this.violations.push(`said twice: ${key}`);
    this.#said.set(key, hash);
  }

  /** A guardian found that another one signed two statements. */
  accused(by: number, { guardian, detail }: Contrary): void {
    const address = addressOf(guardian);
    if (!this.liars.has(address)) this.violations.push(`${by} accuses ${address}: ${detail}`);
  }
}
