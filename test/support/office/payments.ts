// Payments in a simulated grid: handed in at any guardians, some twice and in any order, again and again until they are final.

import { addressOf } from '../../../core/keys.ts';
import { Author } from '../bcdb-grid.ts';
import type { Node } from './node.ts';
import type { Chance } from './schedule.ts';

export class Payments {
  readonly #grid: Uint8Array;
  readonly #payer: Author;
  readonly #payee = new Author('bob');
  readonly #waiting: { readonly seq: number; readonly record: Uint8Array }[] = [];
  readonly #others: Uint8Array[] = [];

  constructor(grid: Uint8Array, payer: Author) {
    this.#grid = grid;
    this.#payer = payer;
  }

  pay(count: number): void {
    for (let index = 0; index < count; index++) {
      const record = this.#payer.transfer(this.#grid, this.#payee.key, 1n);
      this.#waiting.push({ seq: this.#payer.seq, record });
    }
  }

  submit(record: Uint8Array): void {
    this.#others.push(record);
  }

  /** How many of the payer's records are final on a node. */
  finalOn({ store }: Node): number {
    return store.query('next', { author: addressOf(this.#payer.key) }).seq - 1;
  }

  handIn(nodes: readonly Node[], chance: Chance): void {
    const alive = nodes.filter(({ office, store }) => office !== undefined && store.info().isGuardian);
    for (const node of chance.next() < 0.5 ? alive : alive.slice(0, 1)) {
      const final = this.finalOn(node);
      const open = this.#waiting.filter(({ seq }) => seq > final).map(({ record }) => record);
      const records = [...this.#others, ...(chance.next() < 0.2 ? open.toReversed() : open)].slice(0, 256);
      if (records.length === 0) continue;
      try {
        node.store.admit(records);
        node.office?.admitted();
      } catch {
        // a guardian that cannot take records now: they are handed in again
      }
    }
  }
}
