/** Nodes as they stand in the state: when time changes them next, and the capacity that contracts hold on them. */

import { AppError } from '../../core/errors.ts';
import { addCapacity, type Capacity, fitsCapacity } from '../../core/units.ts';
import type { GridNode, Hex, State } from '../state.ts';
import { policyOf } from './context.ts';

/** The node, or `node/unknown`. */
export function nodeOf(state: State, id: Hex): GridNode {
  const node = state.get('node', id);
  if (node === undefined) throw new AppError('node/unknown', id);
  return node;
}

/**
 * Puts a node with its due time: the end of its being up, or of its reward period. A node that is down and was not up
 * in the present period has none: periods that cannot be rewarded pass unseen.
 */
export function putNode(state: State, node: GridNode): void {
  const periodEndMs = node.periodStartMs + policyOf(state).rewards.periodMs;
  const whenDownMs = node.periodUpMs > 0 ? periodEndMs : null;
  state.put('node', node.id, node, node.isUp ? Math.min(node.upUntilMs, periodEndMs) : whenDownMs);
}

/** What is neither promised nor used. */
export const freeOf = (node: GridNode): Capacity => addCapacity(node.capacity, node.used, -1);

/** Promises capacity to a contract. Throws `node/no-capacity`: a node is never over-provisioned, nor overrun. */
export function holdCapacity(state: State, id: Hex, contract: Hex, wanted: Capacity): void {
  const node = nodeOf(state, id);
  if (!fitsCapacity(wanted, freeOf(node))) throw new AppError('node/no-capacity', id);
  const contracts = node.contracts.includes(contract) ? node.contracts : [...node.contracts, contract];
  const most = policyOf(state).limits.contractsPerNode;
  if (contracts.length > most) throw new AppError('node/no-capacity', `contracts: at most ${most}`);
  putNode(state, { ...node, used: addCapacity(node.used, wanted), contracts });
}

/** Gives promised capacity back; `isLast`: the contract holds nothing else on this node. */
export function releaseCapacity(state: State, id: Hex, contract: Hex, held: Capacity, isLast: boolean): void {
  const node = nodeOf(state, id);
  const contracts = isLast ? node.contracts.filter((other) => other !== contract) : node.contracts;
  putNode(state, { ...node, used: addCapacity(node.used, held, -1), contracts });
}
