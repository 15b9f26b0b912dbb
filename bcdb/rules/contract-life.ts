/**
 * The life of a recorded contract: counting what runs, paying for it, moving on, ending. Every change of a contract,
 * by record or by time, goes through `advance` or `moveOn`, so money and state never part.
 *
 * deploying -> running: all workloads `ok` at once. deploying -> failed: one in error or deleted, or the deadline
 *   passed; nothing is earned. running -> ended: every workload has run its whole term. running -> failed: every
 *   workload that has not is deleted; or nothing runs for `deployWithinMs` (all in error or deleted) or for a whole
 *   term (some paused, or on a node that is down). running | deploying -> ending: cancelled. ending -> ended: all
 *   deleted, or `deployWithinMs` passed. Whatever is left when it ends goes back to those who paid.
 */
import type { Contract, Hex, State, WorkloadState } from '../state.ts';
import { policyOf } from './context.ts';
import { earn, type Payout, refund, restOf } from './money.ts';
import { nodeOf, releaseCapacity } from './nodes.ts';

const termMsOf = (contract: Contract): number => contract.termSeconds * 1000;

/** Time that a contract gets to deploy, to recover from errors, and to be deleted. */
export const deployWithinMsOf = (contract: Contract): number => contract.deployByMs - contract.recordedMs;

/** True while nodes are to run it. */
export const isOpen = (contract: Contract): boolean => contract.state === 'deploying' || contract.state === 'running';

/** True when nothing but words can change it. */
export const isOver = (contract: Contract): boolean => contract.state === 'ended' || contract.state === 'failed';

const holdsCapacity = (workload: WorkloadState): boolean => workload.state !== 'deleted';

/** Brings a contract up to `nowMs`, when it still can change. */
export function advance(state: State, id: Hex, nowMs: number): void {
  const contract = state.get('contract', id);
  if (contract === undefined || isOver(contract)) return;
  moveOn(state, countRunning(state, contract, nowMs), nowMs);
}

/** Counts the time for which each workload was `ok` on an up node since it was last counted, at most its term. */
export function countRunning(state: State, contract: Contract, nowMs: number): Contract {
  if (!isOpen(contract)) return contract;
  const termMs = termMsOf(contract);
  const workloads = contract.workloads.map((workload) => {
    const node = nodeOf(state, workload.node);
    const fromMs = Math.max(workload.countedUntilMs, node.upSinceMs);
    const addedMs = workload.state === 'ok' && node.isUp ? Math.max(0, nowMs - fromMs) : 0;
    return { ...workload, runningMs: Math.min(termMs, workload.runningMs + addedMs), countedUntilMs: nowMs };
  });
  return { ...contract, workloads };
}

/**
 * Pays what has been counted and not yet paid. What a workload has earned depends on its running time alone, not on
 * how often it is paid; so does what is burned. A top-up never takes earned money back.
 */
export function payEarned(state: State, contract: Contract): Contract {
  const burnPermille = BigInt(policyOf(state).contracts.burnPermille);
  const burnOf = (earned: bigint): bigint => (earned * burnPermille) / 1000n;
  const termMs = BigInt(termMsOf(contract));
  const payouts = new Map<Hex, Payout>();
  const workloads = contract.workloads.map((workload) => {
    const due = (workload.priceStroops * BigInt(workload.runningMs)) / termMs;
    if (due <= workload.earnedStroops) return workload;
    const to = state.get('farm', nodeOf(state, workload.node).farm)?.payout ?? workload.node;
    const before = payouts.get(to) ?? { to, amount: 0n, burn: 0n };
    payouts.set(to, {
      to,
      amount: before.amount + due - workload.earnedStroops,
      burn: before.burn + burnOf(due) - burnOf(workload.earnedStroops),
    });
    return { ...workload, earnedStroops: due };
  });
  const paid = earn(state, { ...contract, workloads }, [...payouts.values()]);
  if (paid.earned > contract.earned) note(state, contract.id, 'settled', (paid.earned - contract.earned).toString());
  return paid;
}

/** Judges where a counted contract stands at `nowMs`, and saves it with its next due time. */
export function moveOn(state: State, contract: Contract, nowMs: number): void {
  const moved = judge(state, contract, nowMs);
  state.put('contract', moved.id, moved, dueOf(state, moved, nowMs));
}

function judge(state: State, contract: Contract, nowMs: number): Contract {
  const isLate = contract.waitUntilMs !== null && contract.waitUntilMs <= nowMs;
  if (contract.state === 'deploying') {
    const failed = contract.workloads.find((workload) => workload.state === 'error' || workload.state === 'deleted');
    if (failed !== undefined) return close(state, contract, 'failed', `workload-${failed.state}`);
    if (isLate) return close(state, contract, 'failed', 'deploy-deadline');
    if (contract.workloads.some((workload) => workload.state !== 'ok')) return contract;
    note(state, contract.id, 'running', null);
    return judge(state, { ...contract, state: 'running', reason: 'deployed', waitUntilMs: null }, nowMs);
  }
  if (contract.state === 'running') return judgeRunning(state, payEarned(state, contract), nowMs, isLate);
  if (contract.state === 'ending' && (isLate || !contract.workloads.some(holdsCapacity))) {
    return close(state, contract, 'ended', contract.reason);
  }
  return contract;
}

function judgeRunning(state: State, contract: Contract, nowMs: number, isLate: boolean): Contract {
  const termMs = termMsOf(contract);
  const unfinished = contract.workloads.filter((workload) => workload.runningMs < termMs);
  if (unfinished.length === 0) return close(state, contract, 'ended', 'term-over');
  if (unfinished.every((workload) => workload.state === 'deleted')) {
    return close(state, contract, 'failed', 'workload-deleted');
  }
  if (unfinished.some((workload) => isRunning(state, workload))) return { ...contract, waitUntilMs: null };
  if (isLate) return close(state, contract, 'failed', 'nothing-running');
  const canComeBack = unfinished.some((workload) => workload.state === 'ok' || workload.state === 'paused');
  const waitUntilMs = nowMs + (canComeBack ? termMs : deployWithinMsOf(contract));
  return { ...contract, waitUntilMs: Math.min(contract.waitUntilMs ?? waitUntilMs, waitUntilMs) };
}

const isRunning = (state: State, workload: WorkloadState): boolean =>
  workload.state === 'ok' && nodeOf(state, workload.node).isUp;

/** The end of a contract: the rest goes back, the capacity is free. */
function close(state: State, contract: Contract, how: 'ended' | 'failed', reason: string): Contract {
  const refunded = giveBack(state, contract);
  const holding = contract.workloads.filter(holdsCapacity);
  for (const [index, held] of holding.entries()) release(state, contract.id, held, holding.slice(index + 1));
  note(state, contract.id, how, reason);
  return { ...refunded, state: how, reason, waitUntilMs: null };
}

/** Gives back the capacity of one workload; `others` are those of the contract that go on holding theirs. */
export function release(state: State, contract: Hex, held: WorkloadState, others: readonly WorkloadState[]): void {
  const isLast = !others.some((other) => other.node === held.node && holdsCapacity(other));
  releaseCapacity(state, held.node, contract, held.capacity, isLast);
}

/** Refunds all that is left. */
export function giveBack(state: State, contract: Contract): Contract {
  const rest = restOf(contract);
  if (rest > 0n) note(state, contract.id, 'refunded', rest.toString());
  return refund(state, contract);
}

/** When time changes a contract next: the end of a wait, a settlement, or the end of a workload's term. */
function dueOf(state: State, contract: Contract, nowMs: number): number | null {
  const { settleMs } = policyOf(state).contracts;
  const running =
    contract.state === 'running' ? contract.workloads.filter((workload) => isRunning(state, workload)) : [];
  const leftMs = running.map((workload) => termMsOf(contract) - workload.runningMs).filter((left) => left > 0);
  const dueMs = Math.min(
    contract.waitUntilMs ?? Number.POSITIVE_INFINITY,
    ...leftMs.map((left) => nowMs + Math.min(left, settleMs)),
  );
  return Number.isFinite(dueMs) ? dueMs : null;
}

/** One line of a contract's life. */
export const note = (state: State, id: Hex, what: string, detail: string | null): void =>
  state.addHistory({ object: 'contract', id, what, detail });
