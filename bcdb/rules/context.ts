/** What a rule may know beside the state and the record: the grid, the block's time, how to verify a signature. */
import { AppError } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import type { Objects, State } from '../state.ts';

export type Context = {
  readonly grid: Uint8Array;
  /** The block's time. Rules know no other. */
  readonly timeMs: number;
  readonly verify: Verify;
  /** The epoch that this record begins, if it is the first of a block whose header is of that epoch. */
  readonly begins?: number | undefined;
  /** A record before it in its block was a policy that came into force. */
  readonly hasPolicy?: boolean | undefined;
};

/** Key of the objects of which a grid has one: totals and policy. */
export const gridKey = 'grid';

/** The policy in force. Throws `grid/none` before the genesis. */
export function policyOf(state: State): Objects['policy'] {
  const policy = state.get('policy', gridKey);
  if (policy === undefined) throw new AppError('grid/none');
  return policy;
}
