/** What is in force for the next block, read from the state at the head: policy, guardians, epoch. */
import { fromHex } from '../../core/bytes.ts';
import type { Seat } from '../../core/guardian.ts';
import type { PublicKey } from '../../core/keys.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { Objects, State } from '../state.ts';

type Reads = Pick<State, 'get'>;

const standing = (state: Reads): Objects['policy'] | undefined => state.get('policy', 'grid');

export const policyIn = (state: Reads): Policy => standing(state) ?? defaultPolicy;

/** Who signs the next block; undefined before the genesis. */
export const guardiansIn = (state: Reads): readonly PublicKey[] | undefined => standing(state)?.guardians.map(fromHex);

/** Where they are, in their order; undefined before the genesis. */
export function seatsIn(state: Reads): readonly Seat[] | undefined {
  const policy = standing(state);
  return policy === undefined ? undefined : (policy.seats ?? []);
}

/** The epoch of the last header that began one. */
export const epochOf = (state: Reads): number => standing(state)?.epoch ?? 0;
