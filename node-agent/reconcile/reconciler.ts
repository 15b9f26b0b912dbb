// Brings what runs here in line with what the records want, again and again. Every step may be cut off by a crash and is
// safe to repeat: what runs is asked of the engine, what was said is asked of the replica.
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, codeOf, toErrorData } from '../../core/errors.ts';
import type { AgentStatusView } from '../../core/ipc/views.ts';
import type { ContractView, WorkloadView } from '../../core/views.ts';
import type { WorkloadInstance, WorkloadKey, WorkloadRuntime } from '../runtime/runtime.ts';
import { afterFailure, waitMs } from './back-off.ts';
import type { Journal } from './journal.ts';
import { type Cause, type Fact, isOpen, keyText, type Plan, resultFor, workloadOf } from './plan.ts';
import type { Reporter } from './reporter.ts';
import { requestOf } from './request-of.ts';
import type { Job } from './verify-contract.ts';

/** What a reconciler works with. `wake` asks for another round soon. */
export interface ReconcilerParts {
  readonly node: string;
  readonly runtime: WorkloadRuntime;
  readonly journal: Journal;
  readonly reporter: Reporter;
  readonly now: () => number;
  readonly wake: (afterMs: number) => void;
  readonly log: (line: string) => void;
}

export interface Reconciler {
  /** One round. Long work (an image, a start) goes on behind it; `wake` is called when it ends. */
  round(contracts: readonly ContractView[], plan: Plan): Promise<void>;
  /** How the workloads stood at the end of the last round, for the status. */
  workloads(): AgentStatusView['workloads'];
  /** Waits for work under way to end. */
  quiet(): Promise<void>;
  /** Reports every running workload as paused and removes all containers of this node. */
  drain(contracts: readonly ContractView[], jobs: readonly Job[]): Promise<void>;
}

/** Workloads started or removed at the same time. */
const MOST_AT_ONCE = 4;
const STOP_GRACE_MS = 5000;
/** After this long without a failure the earlier ones are forgotten. */
const HEALTHY_MS = 60_000;
const DRAIN_MS = 3000;

export function createReconciler(parts: ReconcilerParts): Reconciler {
  const { runtime, journal, reporter } = parts;
  const busy = new Map<string, Promise<void>>();
  const startedMs = new Map<string, number>();
  let shown: AgentStatusView['workloads'] = [];

  const say = (contract: ContractView, name: string, fact: Fact, cause?: Cause): void => {
    const recorded = workloadOf(contract, name);
    const state = recorded?.node === parts.node ? resultFor(fact, recorded.state) : undefined;
    if (state === undefined) return;
    const key = { contract: contract.id, workload: name };
    reporter.report({ key, version: contract.version, state, ...(cause === undefined ? {} : { cause }) });
  };

  /** Runs one piece of work for one workload behind the round. */
  const behind = (key: WorkloadKey, work: () => Promise<void>): void => {
    const name = keyText(key);
    if (busy.has(name)) return;
    if (busy.size >= MOST_AT_ONCE) {
      parts.wake(100);
      return;
    }
    const done = work()
      .catch((error: unknown) => parts.log(`${name}: ${toErrorData(error).detail}`))
      .finally(() => {
        busy.delete(name);
        parts.wake(0);
      });
    busy.set(name, done);
  };

  const fail = async (key: WorkloadKey, error: unknown): Promise<void> => {
    const reason =
      error instanceof AppError ? error : new AppError('agent/engine-failed', String(error), { retry: true });
    parts.log(`${keyText(key)}: ${reason.message}`);
    const entry = afterFailure(journal.get(keyText(key)), reason, parts.now());
    await journal.set(keyText(key), entry);
    parts.wake(waitMs(entry, parts.now()));
  };

  const bringUp = async (job: Job, key: WorkloadKey): Promise<void> => {
    try {
      const imageId = await runtime.ensureImage(job.workload.image);
      await runtime.start(requestOf(job, imageId));
      await untilSteady(runtime, key);
      startedMs.set(keyText(key), parts.now());
    } catch (error) {
      if (codeOf(error) === 'agent/workload-failed') await runtime.remove(key, 0);
      await fail(key, error);
    }
  };

  /** It ended by itself: its last words are the reason, then its place is cleared for another try. */
  const bury = async (contract: ContractView, key: WorkloadKey): Promise<void> => {
    const cause = await causeOfDeath(runtime, key);
    say(contract, key.workload, 'down', cause);
    await runtime.remove(key, 0);
    await fail(key, new AppError(cause.code, cause.detail, { retry: true }));
  };

  const tend = async (contract: ContractView, job: Job, held: WorkloadInstance | undefined): Promise<void> => {
    const key = { contract: job.contract, workload: job.workload.name };
    const name = keyText(key);
    if (busy.has(name)) return;
    const entry = journal.get(name);
    if (entry?.givenUp !== undefined) {
      say(contract, key.workload, 'given-up', entry.givenUp);
      if (held !== undefined) behind(key, () => runtime.remove(key, 0));
    } else if (held?.state === 'running' && held.specHash === job.specHash) {
      say(contract, key.workload, 'running');
      const isHealthy = parts.now() - (startedMs.get(name) ?? 0) > HEALTHY_MS;
      if (entry !== undefined && isHealthy) await journal.set(name, undefined);
    } else if (held?.state === 'failed') {
      behind(key, () => bury(contract, key));
    } else {
      // Not there: never started, or lost with the engine's storage.
      if (held === undefined) say(contract, key.workload, 'down', lost);
      const pauseMs = waitMs(entry, parts.now());
      if (pauseMs > 0) parts.wake(pauseMs);
      else behind(key, () => bringUp(job, key));
    }
  };

  /** Nothing wants it any more. */
  const retire = (key: WorkloadKey): void =>
    behind(key, async () => {
      await runtime.remove(key, STOP_GRACE_MS);
      startedMs.delete(keyText(key));
      await journal.set(keyText(key), undefined);
    });

  return {
    round: async (contracts, { jobs, refusals }) => {
      const byId = new Map(contracts.map((contract) => [contract.id, contract]));
      const held = new Map((await runtime.list()).map((instance) => [keyText(instance.key), instance]));
      const wanted = new Set<string>();
      for (const job of jobs) {
        const name = keyText({ contract: job.contract, workload: job.workload.name });
        wanted.add(name);
        const contract = byId.get(job.contract);
        if (contract !== undefined) await tend(contract, job, held.get(name));
      }
      for (const { key, cause } of refusals) {
        const contract = byId.get(key.contract);
        if (contract !== undefined) say(contract, key.workload, 'given-up', cause);
      }
      for (const [name, { key }] of held) if (!wanted.has(name)) retire(key);
      for (const contract of contracts.filter((each) => !isOpen(each))) {
        for (const workload of contract.workloads) sayGone(contract, workload, held);
      }
      // Never in the way of the workloads: what could not be removed now is tried again in the next round.
      await runtime.keepImages(wantedImages(jobs, journal)).catch((error: unknown) => {
        parts.log(`images: ${toErrorData(error).detail}`);
      });
      shown = jobs.map((job) => standing(job, held, busy, journal));
      for (const name of journal.keys()) {
        const contract = byId.get(name.split('/')[0] ?? '');
        if (contract === undefined && !held.has(name)) await journal.set(name, undefined);
      }
    },

    workloads: () => shown,

    quiet: async () => {
      await Promise.all(busy.values());
    },

    drain: async (contracts, jobs) => {
      const cause = { code: 'agent/not-farming', detail: 'the farmer stopped lending this machine' } as const;
      for (const job of jobs) {
        const contract = contracts.find((each) => each.id === job.contract);
        if (contract !== undefined) say(contract, job.workload.name, 'down', cause);
      }
      await reporter.settle(DRAIN_MS);
      await Promise.all((await runtime.list()).map(({ key }) => runtime.remove(key, STOP_GRACE_MS)));
    },
  };

  /** Said only when the container is really gone: the capacity is free from then on. */
  function sayGone(contract: ContractView, workload: WorkloadView, held: ReadonlyMap<string, WorkloadInstance>): void {
    const name = keyText({ contract: contract.id, workload: workload.name });
    if (!held.has(name) && !busy.has(name)) say(contract, workload.name, 'gone');
  }
}

/** The images of all that runs here or will be tried again. */
const wantedImages = (jobs: readonly Job[], journal: Journal): ReadonlySet<string> =>
  new Set(
    jobs
      .filter(
        ({ contract, workload }) => journal.get(keyText({ contract, workload: workload.name }))?.givenUp === undefined,
      )
      .map(({ workload }) => workload.image),
  );

/** A workload for the status: its state here, and the last reason why it did not run. */
function standing(
  job: Job,
  held: ReadonlyMap<string, WorkloadInstance>,
  busy: ReadonlyMap<string, unknown>,
  journal: Journal,
): AgentStatusView['workloads'][number] {
  const name = keyText({ contract: job.contract, workload: job.workload.name });
  const givenUp = journal.get(name)?.givenUp;
  const isUp = held.get(name)?.state === 'running';
  const state = givenUp !== undefined ? 'failed' : isUp ? 'running' : busy.has(name) ? 'starting' : 'waiting';
  return { contract: job.contract, name: job.workload.name, state, detail: givenUp?.detail ?? null };
}

const lost: Cause = { code: 'agent/workload-failed', detail: 'its container is gone' };

/**
 * Waits until the workload serves, or has run for a while without serving: not everything serves HTTP. Throws
 * `agent/workload-failed` (retry) when it ends meanwhile.
 */
async function untilSteady(runtime: WorkloadRuntime, key: WorkloadKey): Promise<void> {
  const untilMs = performance.now() + 1500;
  for (let tries = 0; performance.now() < untilMs; tries++) {
    const socket = await runtime.connect(key).catch((error: unknown) => {
      if (codeOf(error) === 'agent/workload-unreachable') return undefined;
      throw error;
    });
    if (socket !== undefined) {
      socket.destroy();
      return;
    }
    // Asking the engine costs more than trying the socket.
    if (tries % 8 === 7 && (await runtime.inspect(key))?.state !== 'running') await failWithLastWords(runtime, key);
    await sleep(20);
  }
  if ((await runtime.inspect(key))?.state !== 'running') await failWithLastWords(runtime, key);
}

async function failWithLastWords(runtime: WorkloadRuntime, key: WorkloadKey): Promise<never> {
  const { code, detail } = await causeOfDeath(runtime, key);
  throw new AppError(code, detail, { retry: true });
}

async function causeOfDeath(runtime: WorkloadRuntime, key: WorkloadKey): Promise<Cause> {
  const exitCode = (await runtime.inspect(key))?.exitCode;
  const hint = exitCode === 137 ? ' (killed, most often for memory)' : '';
  const words = (await runtime.logs(key, 5)).trim().slice(-300);
  return {
    code: 'agent/workload-failed',
    detail: `exit code ${exitCode ?? 'unknown'}${hint}${words === '' ? '' : `: ${words}`}`,
  };
}
