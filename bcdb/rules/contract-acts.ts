/** What people and nodes do to a contract that stands: `topup`, `cancel`, `result`. */
import type { Bodies } from '../../core/bodies.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { maxStroops } from '../../core/money.ts';
import { signersOf } from '../../core/quorum.ts';
import type { Contract, Hex, State, WorkloadState } from '../state.ts';
import { approvers, checkQuorumMet } from './approvals.ts';
import { type Context, policyOf } from './context.ts';
import {
  countRunning,
  deployWithinMsOf,
  giveBack,
  isOpen,
  isOver,
  moveOn,
  note,
  payEarned,
  release,
} from './contract-life.ts';
import { lock } from './money.ts';
import { nodeOf } from './nodes.ts';
import { seeNode } from './presence.ts';

function contractOf(state: State, id: Uint8Array): Contract {
  const contract = state.get('contract', toHex(id));
  if (contract === undefined) throw new AppError('contract/unknown', toHex(id));
  return contract;
}

function checkOpen(contract: Contract): void {
  if (!isOpen(contract)) throw new AppError('contract/already-ended', `${contract.state}: ${contract.reason}`);
}

/**
 * More money, more time, by anyone. The term grows by `floor(term x amount / price)` seconds, which must be one at
 * least; the money is spread over the workloads in proportion to their prices, so the price of a second stays what it
 * was but for that rounding in the farmer's favour. From then on all locked money belongs to all payers in proportion
 * to what they paid. Throws `contract/unknown | already-ended | over-limit`, `money/bad-amount`, `money/insufficient`.
 */
export function executeTopup(state: State, author: Hex, body: Bodies['topup'], nowMs: number): void {
  const { contracts, limits } = policyOf(state);
  const before = contractOf(state, body.contract);
  checkOpen(before);
  const amount = body.amountStroops;
  const price = before.workloads.reduce((sum, workload) => sum + workload.priceStroops, 0n);
  const extraSeconds = (BigInt(before.termSeconds) * amount) / price;
  if (extraSeconds < 1n) throw new AppError('money/bad-amount', 'less than one second of running');
  const termSeconds = BigInt(before.termSeconds) + extraSeconds;
  if (termSeconds > BigInt(contracts.maxTermSeconds)) {
    throw new AppError('contract/over-limit', `termSeconds: at most ${contracts.maxTermSeconds}`);
  }
  if (price + amount > maxStroops) throw new AppError('contract/over-limit', 'more than can exist');
  const isNewPayer = !before.paid.some((part) => part.key === author);
  if (isNewPayer && before.paid.length >= limits.signersPerQuorum) {
    throw new AppError('contract/over-limit', `payers: at most ${limits.signersPerQuorum}`);
  }
  const funded = lock(state, countRunning(state, before, nowMs), author, amount, 'topup');
  note(state, before.id, 'topped-up', amount.toString());
  const workloads = spread(funded.workloads, amount, price);
  moveOn(state, { ...funded, workloads, termSeconds: Number(termSeconds) }, nowMs);
}

/** Adds `amount` to the workloads' prices in proportion to them, to the last stroop. */
function spread(workloads: readonly WorkloadState[], amount: bigint, price: bigint): readonly WorkloadState[] {
  let upTo = 0n;
  return workloads.map((workload) => {
    const from = (amount * upTo) / price;
    upTo += workload.priceStroops;
    return { ...workload, priceStroops: workload.priceStroops + (amount * upTo) / price - from };
  });
}

/**
 * The delete quorum ends a contract: what ran is paid, the rest goes back at once; the capacity is free when the
 * nodes say so. Throws `contract/unknown | already-ended | wrong-version | quorum-not-met`, `approval/*`.
 */
export function executeCancel(state: State, body: Bodies['cancel'], context: Context): void {
  const before = contractOf(state, body.contract);
  checkOpen(before);
  if (body.version !== before.version) throw new AppError('contract/wrong-version', `it is ${before.version}`);
  const subject = { document: fromHex(before.id), version: before.version };
  const allowed = { delete: new Set(signersOf(before.deleteQuorum).map(toHex)) };
  checkQuorumMet(before.deleteQuorum, approvers(subject, body.approvals, allowed, context)('delete'));
  const { timeMs } = context;
  const paid = payEarned(state, countRunning(state, before, timeMs));
  note(state, before.id, 'cancelled', null);
  const refunded = giveBack(state, paid);
  const waitUntilMs = timeMs + deployWithinMsOf(before);
  moveOn(state, { ...refunded, state: 'ending', reason: 'deleted-by-quorum', waitUntilMs }, timeMs);
}

type WorkloadWord = WorkloadState['state'];

/** What a node may say next of a workload while its contract is open. */
const nextStates: Readonly<Record<WorkloadWord, readonly WorkloadWord[]>> = {
  waiting: ['ok', 'error'],
  ok: ['error', 'paused', 'deleted'],
  paused: ['ok', 'error', 'deleted'],
  error: ['ok', 'error', 'deleted'],
  deleted: [],
};

/**
 * A node's word on a workload of its own; each is a new record, the earlier ones stay readable (G5). Once a contract
 * is over nothing but `deleted` is left to say. Throws `contract/unknown | wrong-version | unknown-workload |
 * already-ended`, `result/wrong-node | bad-transition`.
 */
export function executeResult(state: State, author: Hex, body: Bodies['result'], nowMs: number): void {
  const known = contractOf(state, body.contract);
  if (body.version !== known.version) throw new AppError('contract/wrong-version', `it is ${known.version}`);
  const workload = known.workloads.find((each) => each.name === body.workload);
  if (workload === undefined) throw new AppError('contract/unknown-workload', body.workload);
  if (workload.node !== author) throw new AppError('result/wrong-node', author);
  if (body.state !== 'deleted') checkOpen(known);
  const isAllowed = isOpen(known)
    ? nextStates[workload.state].includes(body.state)
    : body.state === 'deleted' && workload.state !== 'deleted';
  if (!isAllowed) throw new AppError('result/bad-transition', `${workload.state} -> ${body.state}`);
  seeNode(state, nodeOf(state, author), nowMs);
  const reason = body.code === undefined ? body.workload : `${body.workload}: ${body.code}`;
  note(state, known.id, `workload-${body.state}`, reason);
  const contract = countRunning(state, contractOf(state, body.contract), nowMs);
  const said = { state: body.state, code: body.code ?? null, detail: body.detail ?? null };
  const workloads = contract.workloads.map((each) => (each.name === body.workload ? { ...each, ...said } : each));
  if (body.state === 'deleted' && !isOver(contract)) release(state, contract.id, workload, workloads);
  moveOn(state, { ...contract, workloads }, nowMs);
}
