/**
 * Nodes in time: up as long as their records keep coming, rewarded for each period in which they were up enough.
 * Up and down also move the contracts on a node, because only what runs on an up node earns.
 */
import type { Policy } from '../../core/policy.ts';
import type { GridNode, Hex, State } from '../state.ts';
import { policyOf } from './context.ts';
import { advance } from './contract-life.ts';
import { mint } from './money.ts';
import { nodeOf, putNode } from './nodes.ts';
import { isRewarded, rewardOf } from './rewards.ts';

/** Time up in the present period until `nowMs`. */
const upMsOf = (node: GridNode, nowMs: number): number =>
  node.periodUpMs + (node.isUp ? nowMs - Math.max(node.upSinceMs, node.periodStartMs) : 0);

/** Jumps over periods that passed while a node was down: however many, none of them is rewarded. */
function periodAt(node: GridNode, nowMs: number, { periodMs }: Policy['rewards']): Partial<GridNode> {
  const passed = Math.floor((nowMs - node.periodStartMs) / periodMs);
  return passed === 0 ? {} : { periodStartMs: node.periodStartMs + passed * periodMs, periodUpMs: 0 };
}

/** A record of the node stands in the block of `nowMs`: it is up for the policy's grace from now. */
export function seeNode(state: State, node: GridNode, nowMs: number): void {
  const { uptimeGraceMs, rewards } = policyOf(state);
  const seen = { ...node, lastSeenMs: nowMs, upUntilMs: nowMs + uptimeGraceMs };
  if (node.isUp) {
    putNode(state, seen);
    return;
  }
  putNode(state, { ...seen, ...periodAt(node, nowMs, rewards), isUp: true, upSinceMs: nowMs });
  note(state, node.id, 'up', null);
  for (const contract of node.contracts) advance(state, contract, nowMs);
}

/** What time does to a node at its due time: it goes down, its reward period ends, or both. */
export function passNodeTime(state: State, id: Hex, nowMs: number): void {
  const node = nodeOf(state, id);
  if (node.isUp && node.upUntilMs <= nowMs) takeDown(state, node, nowMs);
  const { periodMs } = policyOf(state).rewards;
  if (nodeOf(state, id).periodStartMs + periodMs <= nowMs) endPeriod(state, nodeOf(state, id), nowMs);
}

function takeDown(state: State, node: GridNode, nowMs: number): void {
  for (const contract of node.contracts) advance(state, contract, nowMs); // pays up to now, while it is still up
  const current = nodeOf(state, node.id);
  putNode(state, { ...current, isUp: false, periodUpMs: upMsOf(current, nowMs) });
  note(state, node.id, 'down', null);
  for (const contract of current.contracts) advance(state, contract, nowMs); // from here on they wait
}

function endPeriod(state: State, node: GridNode, nowMs: number): void {
  const { rewards } = policyOf(state);
  const upMs = upMsOf(node, nowMs);
  putNode(state, { ...node, periodStartMs: nowMs, periodUpMs: 0 });
  if (!isRewarded(upMs, rewards)) {
    note(state, node.id, 'not-rewarded', `up ${upMs} of ${rewards.periodMs} ms`);
    return;
  }
  const to = state.get('farm', node.farm)?.payout ?? node.id;
  const minted = mint(state, to, rewardOf(node.capacity, rewards), 'mint');
  note(state, node.id, 'rewarded', minted.toString());
}

const note = (state: State, id: Hex, what: string, detail: string | null): void =>
  state.addHistory({ object: 'node', id, what, detail });
