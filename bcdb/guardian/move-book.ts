/** The latest move of each guardian, as far as it can be verified: bounded, whatever is told. */
import { decodeHeader } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { decodeMove } from '../../core/guardian.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';

export type KnownMove = {
  /** Hexadecimal key. */
  readonly guardian: string;
  readonly bytes: Uint8Array;
  readonly epoch: number;
  /** Of the certified header that it tells. */
  readonly height: number;
};

export class MoveBook {
  readonly #grid: Uint8Array;
  readonly #verify: Verify;
  readonly #moves = new Map<string, KnownMove>();

  constructor({ grid, verify }: { readonly grid: Uint8Array; readonly verify: Verify }) {
    this.#grid = grid;
    this.#verify = verify;
  }

  /** Takes signed moves; answers those that are of `guardians`, new or not. */
  take(signed: readonly Uint8Array[], guardians: readonly PublicKey[]): readonly KnownMove[] {
    const read = signed.flatMap((bytes) => this.#read(bytes, guardians) ?? []);
    for (const move of read) {
      const before = this.#moves.get(move.guardian);
      const isNewer = before === undefined || move.epoch > before.epoch;
      const isFresher = move.epoch === before?.epoch && move.height > before.height;
      if (isNewer || isFresher) this.#moves.set(move.guardian, move);
    }
    return read;
  }

  #read(bytes: Uint8Array, guardians: readonly PublicKey[]): KnownMove | undefined {
    try {
      const { said, guardian } = decodeMove(bytes, { guardians, verify: this.#verify });
      if (!equalBytes(said.grid, this.#grid)) return undefined;
      const { height } = decodeHeader(said.header, 'guardian/bad-statement');
      return { bytes, epoch: said.epoch, height, guardian: toHex(guardian) };
    } catch {
      return undefined; // no move of a guardian: nothing was said
    }
  }

  of(guardian: string): KnownMove | undefined {
    return this.#moves.get(guardian);
  }

  /** All moves to an epoch. */
  to(epoch: number): readonly Uint8Array[] {
    return [...this.#moves.values()].filter((move) => move.epoch === epoch).map(({ bytes }) => bytes);
  }
}
