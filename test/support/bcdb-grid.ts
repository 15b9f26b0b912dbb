// Builds grids and signed records for tests of the blockchain database: real keys, real signatures, nothing faked.

import { createHash } from 'node:crypto';
import { signSodium } from '../../bcdb/verify.ts';
import type { Bodies, RecordKind } from '../../core/bodies.ts';
import { zero32 } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/keys.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { draftBytes, recordId, sealRecord } from '../../core/record.ts';

/** A seed that is the same for the same name. */
export const seedOf = (name: string): Uint8Array => new Uint8Array(createHash('sha256').update(name).digest());

/** Somebody with a key who writes records one after the other. */
export class Author {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
  seq = 0;
  last: Uint8Array = zero32;

  constructor(name: string) {
    this.seed = seedOf(name);
    this.key = publicKeyOf(this.seed);
  }

  /** The next record of this author's chain. */
  write<K extends RecordKind>(grid: Uint8Array, kind: K, body: Bodies[K]): Uint8Array {
    const signed = draftBytes({ grid, kind, author: this.key, seq: this.seq + 1, prev: this.last, body });
    this.seq += 1;
    this.last = recordId(signed);
    return sealRecord(signed, signSodium(this.seed, signed));
  }

  /** A record at any place of the chain, which does not move. */
  writeAt<K extends RecordKind>(
    at: { readonly grid: Uint8Array; readonly seq: number; readonly prev: Uint8Array },
    kind: K,
    body: Bodies[K],
  ): Uint8Array {
    const signed = draftBytes({ ...at, kind, author: this.key, body });
    return sealRecord(signed, signSodium(this.seed, signed));
  }

  transfer(grid: Uint8Array, to: Uint8Array, amountStroops: bigint, memo?: string): Uint8Array {
    return this.write(grid, 'transfer', { to, amountStroops, memo });
  }
}

export type Founding = {
  readonly guardian: Author;
  readonly genesis: Uint8Array;
  readonly grid: Uint8Array;
};

/** A signed genesis that names `guardian` alone and gives money to some. */
export function foundGrid(
  allocations: readonly (readonly [Author, bigint])[],
  options: { readonly createdMs?: number; readonly policy?: Policy; readonly name?: string } = {},
): Founding {
  const name = options.name ?? 'test grid';
  const guardian = new Author(`guardian of ${name}`);
  const genesis = guardian.write(zero32, 'genesis', {
    name,
    createdMs: options.createdMs ?? 1_700_000_000_000,
    guardians: [guardian.key],
    policy: options.policy ?? defaultPolicy,
    allocations: allocations.map(([author, amountStroops]) => ({ to: author.key, amountStroops })),
  });
  return { guardian, genesis, grid: guardian.last };
}
