// What this node should be doing, from the records alone: the workloads to run, and those that it refuses and why. And
// what there is to say about a workload, from what was said before. Pure.
import { codeOf, type ErrorCode, toErrorData } from '../../core/errors.ts';
import { addCapacity, type Capacity, fitsCapacity, noCapacity } from '../../core/units.ts';
import type { ContractView, WorkloadView } from '../../core/views.ts';
import type { WorkloadKey } from '../runtime/runtime.ts';
import { type Job, type Judge, verifyContract } from './verify-contract.ts';

/** Why a workload does not run, as it is reported. */
export type Cause = { readonly code: ErrorCode; readonly detail: string };

/** A workload that stands in an open contract and will not run here. */
export type Refusal = { readonly key: WorkloadKey; readonly cause: Cause };

export type Plan = { readonly jobs: readonly Job[]; readonly refusals: readonly Refusal[] };

/** True while nodes are to run it. */
export const isOpen = (contract: ContractView): boolean =>
  contract.state === 'deploying' || contract.state === 'running';

/** One text for one workload, for maps and sets. */
export const keyText = ({ contract, workload }: WorkloadKey): string => `${contract}/${workload}`;

/**
 * The jobs of all open contracts, oldest contract first, as far as `capacity` (what the node has announced) goes. A workload
 * that the node has given up (`error`) or deleted is no job any more; one whose time to deploy is over never becomes one.
 */
export function planWork(
  contracts: readonly ContractView[],
  judge: Judge,
  capacity: Capacity,
  headTimeMs: number,
): Plan {
  const jobs: Job[] = [];
  const refusals: Refusal[] = [];
  let used = noCapacity;
  const oldestFirst = contracts
    .filter(isOpen)
    .toSorted((a, b) => a.recordedMs - b.recordedMs || (a.id < b.id ? -1 : 1));
  for (const contract of oldestFirst) {
    const verdict = judgeContract(contract, judge);
    if ('cause' in verdict) {
      refusals.push(...verdict.keys.map((key) => ({ key, cause: verdict.cause })));
      continue;
    }
    for (const job of verdict.jobs) {
      const recorded = workloadOf(contract, job.workload.name);
      if (recorded === undefined || recorded.state === 'error' || recorded.state === 'deleted') continue;
      if (recorded.state === 'waiting' && headTimeMs > contract.deployByMs) continue;
      const sum = addCapacity(used, job.workload.capacity);
      if (fitsCapacity(sum, capacity)) {
        used = sum;
        jobs.push(job);
      } else {
        const cause = { code: 'node/no-capacity', detail: 'more than this node has announced' } as const;
        refusals.push({ key: { contract: job.contract, workload: job.workload.name }, cause });
      }
    }
  }
  return { jobs, refusals };
}

type Verdict = { readonly jobs: readonly Job[] } | { readonly cause: Cause; readonly keys: readonly WorkloadKey[] };

function judgeContract(contract: ContractView, judge: Judge): Verdict {
  try {
    return { jobs: verifyContract(contract, judge) };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const keys = contract.workloads.map((workload) => ({ contract: contract.id, workload: workload.name }));
    return { cause: { code, detail: toErrorData(error).detail }, keys };
  }
}

export const workloadOf = (contract: ContractView, name: string): WorkloadView | undefined =>
  contract.workloads.find((workload) => workload.name === name);

/** How a workload stands here: it runs; it is down but may come back; it was given up; it was removed for good. */
export type Fact = 'running' | 'down' | 'given-up' | 'gone';

/** The result to record for a fact, or undefined when the records say so already or do not care. */
export function resultFor(
  fact: Fact,
  recorded: WorkloadView['state'],
): 'ok' | 'paused' | 'error' | 'deleted' | undefined {
  switch (fact) {
    case 'running':
      return recorded === 'ok' || recorded === 'deleted' ? undefined : 'ok';
    case 'down':
      return recorded === 'ok' ? 'paused' : undefined;
    case 'given-up':
      return recorded === 'error' || recorded === 'deleted' ? undefined : 'error';
    case 'gone':
      return recorded === 'deleted' ? undefined : 'deleted';
    default:
      return fact satisfies never;
  }
}
