// The agent's work once replica and engine are there: at each new block, and every few seconds, compare what the records want
// of this node with what runs on it, and act.
import type { Replica } from '../bcdb/replica-api.ts';
import type { Verify } from '../core/keys.ts';
import type { Capacity } from '../core/units.ts';
import type { ContractView, NodeView } from '../core/views.ts';
import { openJournal } from './reconcile/journal.ts';
import { isOpen, planWork } from './reconcile/plan.ts';
import { createReconciler } from './reconcile/reconciler.ts';
import { createReporter } from './reconcile/reporter.ts';
import type { Job, Judge } from './reconcile/verify-contract.ts';
import type { Author } from './records/author.ts';
import type { NodeKey } from './records/node-key.ts';
import { sumCapacity } from './records/uptime.ts';
import { createRounds } from './rounds.ts';
import type { WorkloadRuntime } from './runtime/runtime.ts';
import type { StatusBoard } from './status.ts';

/** What farming needs. */
export interface FarmingParts {
  readonly replica: Replica;
  readonly runtime: WorkloadRuntime;
  readonly key: NodeKey;
  readonly author: Author;
  readonly verify: Verify;
  readonly folder: string;
  readonly board: StatusBoard;
  readonly log: (line: string) => void;
}

export interface Farming {
  wake(afterMs: number): void;
  /** Capacity of what the records want to run here now. */
  used(): Capacity;
  /** Ends the work; with `drain` every workload is reported as paused and stopped. */
  stop(drain: boolean): Promise<void>;
}

/** A dead container is noticed within this time. */
const IDLE_MS = 3000;
const ENGINE_PAUSE_MS = 5000;
const QUIET_MS = 5000;
const SETTLE_MS = 3000;

export async function openFarming(parts: FarmingParts): Promise<Farming> {
  const { replica, runtime, key, board, log } = parts;
  let contracts: readonly ContractView[] = [];
  let jobs: readonly Job[] = [];
  // Contracts that were open, or still have a container: until their end has been said.
  const unsaid = new Set<string>();
  let hasFailed = false;

  const round = async (): Promise<void> => {
    const node = await replica.query('node', { id: key.id });
    if (node === null || replica.state().state === 'stopped') return;
    const head = await replica.query('head', null);
    contracts = await contractsOfNode(replica, node, await heldContracts(runtime), unsaid);
    const judge: Judge = { grid: replica.grid, node: key.publicKey, farmer: node.farmer, verify: parts.verify };
    const plan = planWork(contracts, judge, node.capacity, head.timeMs);
    jobs = plan.jobs;
    await reconciler.round(contracts, plan);
    // Only a problem of its own: others may show one of theirs.
    board.set({ state: 'running', workloads: [...reconciler.workloads()], ...(hasFailed ? { problem: null } : {}) });
    hasFailed = false;
  };
  const rounds = createRounds(round, IDLE_MS, (error) => {
    hasFailed = true;
    board.fail(error);
    log(`round: ${error instanceof Error ? error.message : String(error)}`);
    rounds.wake(ENGINE_PAUSE_MS);
  });
  const onSettled = (): void => rounds.wake(0);
  const now = (): number => performance.now();
  const reporter = await createReporter({ replica, log, author: parts.author, address: key.address, onSettled, now });
  const journal = await openJournal(parts.folder, Date.now());
  const { wake } = rounds;
  const reconciler = createReconciler({ node: key.id, runtime, journal, reporter, now: Date.now, wake, log });
  const off = replica.on('head', () => rounds.wake(0));
  rounds.wake(0);

  return {
    wake,
    used: () => sumCapacity(jobs.map((job) => job.workload.capacity)),
    stop: async (drain) => {
      off();
      await rounds.stop();
      const patience = new Promise<void>((resolve) => {
        setTimeout(resolve, QUIET_MS).unref();
      });
      await Promise.race([reconciler.quiet(), patience]);
      if (!drain) return;
      // What was just said must stand in the records before it can be taken back.
      await reporter.settle(SETTLE_MS);
      const node = await replica.query('node', { id: key.id });
      const current = node === null ? [] : await contractsOfNode(replica, node, new Set(), unsaid);
      await reconciler.drain(current, jobs);
    },
  };
}

async function heldContracts(runtime: WorkloadRuntime): Promise<ReadonlySet<string>> {
  return new Set((await runtime.list()).map(({ key }) => key.contract));
}

/** Open and ending contracts of this node, and those over of which something is still to be removed or said. */
async function contractsOfNode(
  replica: Pick<Replica, 'query'>,
  node: NodeView,
  held: ReadonlySet<string>,
  unsaid: Set<string>,
): Promise<readonly ContractView[]> {
  const states = ['deploying', 'running', 'ending'] as const;
  const current = await replica.query('contracts', { node: node.id, states, limit: 1000 });
  const ids = new Set(current.map((contract) => contract.id));
  const over: ContractView[] = [];
  for (const id of new Set([...held, ...unsaid])) {
    const contract = ids.has(id) ? null : await replica.query('contract', { id });
    const isSaid = contract?.workloads.every((each) => each.node !== node.id || each.state === 'deleted') ?? true;
    if (isSaid) unsaid.delete(id);
    else unsaid.add(id);
    if (!isSaid && contract !== null && !isOpen(contract)) over.push(contract);
  }
  for (const id of ids) unsaid.add(id);
  return [...current, ...over];
}
