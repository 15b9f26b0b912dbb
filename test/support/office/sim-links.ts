// How simulated guardians reach each other outside of the stream: late, and not at all over links that are cut, either way.

import type { GuardianPeers } from '../../../bcdb/guardian/peer-messages.ts';
import { toHex } from '../../../core/bytes.ts';
import type { Node } from './node.ts';
import type { Chance, Schedule } from './schedule.ts';

type Listener = (guardian: Uint8Array, bytes: Uint8Array) => void;

export class SimLinks {
  readonly #nodes: readonly Node[];
  readonly #schedule: Schedule;
  readonly #chance: Chance;
  readonly #listeners = new Map<number, Set<Listener>>();
  /** As `from>to`. */
  readonly #cut = new Set<string>();

  /** `nodes` may still grow. */
  constructor(nodes: readonly Node[], schedule: Schedule, chance: Chance) {
    this.#nodes = nodes;
    this.#schedule = schedule;
    this.#chance = chance;
  }

  peersOf(node: Node): GuardianPeers {
    const listeners = new Set<Listener>();
    this.#listeners.set(node.index, listeners);
    return {
      send: (guardian, bytes) => {
        const to = this.#nodes.find(({ author }) => toHex(author.key) === toHex(guardian));
        if (to === undefined || this.isCut(node.index, to.index)) return;
        this.#schedule.after(this.#chance.integer(5, 60), () => {
          if (this.isCut(node.index, to.index) || to.office === undefined) return;
          for (const listener of this.#listeners.get(to.index) ?? []) listener(node.author.key, bytes);
        });
      },
      onMessage: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  }

  /** It died: nobody listens there any more. */
  forget({ index }: Node): void {
    this.#listeners.get(index)?.clear();
  }

  isCut(from: number, to: number): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  isolate(index: number, how: 'both' | 'deaf' | 'mute'): void {
    for (const { index: other } of this.#nodes) {
      if (how !== 'mute') this.#cut.add(`${other}>${index}`);
      if (how !== 'deaf') this.#cut.add(`${index}>${other}`);
    }
  }

  heal(): void {
    this.#cut.clear();
  }
}
