/**
 * What this 3bot watches for its owner: money that is about to run out, promises that failed, signatures that somebody
 * waits for, a node that is not up. Pure: judged anew from what stands, so that nothing is shown that is settled.
 */
import type { FarmStateView, NoticeView, PacketView } from '../../core/ipc/views.ts';
import type { ContractView, OutboxView, ReplicaView } from '../../core/views.ts';

/** What there is to look at. */
export type Seen = {
  readonly contracts: readonly ContractView[];
  readonly packets: readonly PacketView[];
  readonly outbox: readonly OutboxView[];
  readonly farm: FarmStateView;
  /** Block time; people's clocks may be wrong (G21). */
  readonly blockMs: number;
  /** The clock, for what never reached a block. */
  readonly nowMs: number;
};

const dayMs = 86_400_000;

/** A contract that ran out of time is news for this long. */
const newsMs = 7 * dayMs;

/** A running contract ends soon in the last tenth of its term, or in its last day when that is longer. */
function endsSoon(contract: ContractView, blockMs: number): boolean {
  if (contract.state !== 'running' || contract.runsUntilMs === null) return false;
  const termMs = contract.termSeconds * 1000;
  return contract.runsUntilMs - blockMs < Math.min(Math.max(termMs / 10, dayMs), termMs / 2);
}

function ofContract(contract: ContractView, seen: Seen): readonly NoticeView[] {
  const base = { about: contract.id, title: contract.title };
  if (endsSoon(contract, seen.blockMs)) {
    return [{ ...base, kind: 'contract-ends-soon', reason: null, atMs: contract.runsUntilMs ?? seen.blockMs }];
  }
  if (contract.state === 'failed' && seen.blockMs - contract.recordedMs < newsMs) {
    const code = contract.workloads.find((workload) => workload.code !== null)?.code;
    return [{ ...base, kind: 'contract-failed', reason: code ?? contract.reason, atMs: contract.recordedMs }];
  }
  return [];
}

function ofFarm({ isFarming, node, agent }: FarmStateView, nowMs: number): readonly NoticeView[] {
  if (!isFarming || node === null) return [];
  if (agent.state === 'gave-up') {
    return [{ kind: 'agent-stopped', about: node.id, title: null, reason: agent.problem?.code ?? null, atMs: nowMs }];
  }
  if (node.status === 'up') return [];
  return [{ kind: 'node-down', about: node.id, title: null, reason: null, atMs: node.lastSeenMs }];
}

const urgency: Readonly<Record<NoticeView['kind'], number>> = {
  'agent-stopped': 0,
  'node-down': 1,
  'contract-ends-soon': 2,
  'cosign-waits': 3,
  'contract-failed': 4,
  'record-rejected': 5,
  'database-healed': 6,
};

/** What happened to the database of the grid `about`. */
export function ofDatabase(about: string, healed: ReplicaView['healed'], nowMs: number): NoticeView[] {
  if (healed === null || nowMs - healed.atMs >= newsMs) return [];
  return [{ kind: 'database-healed', about, title: null, reason: healed.code, atMs: healed.atMs }];
}

/** All notices, most urgent first, then by time. */
export function noticesOf(seen: Seen): NoticeView[] {
  const { packets, contracts, outbox, farm, nowMs } = seen;
  const notices: readonly NoticeView[] = [
    ...ofFarm(farm, nowMs),
    ...contracts.flatMap((contract) => ofContract(contract, seen)),
    ...packets
      .filter((packet) => packet.canISign && packet.state === 'signing')
      .map(
        ({ id, title, signByMs }): NoticeView => ({
          kind: 'cosign-waits',
          about: id,
          title,
          reason: null,
          atMs: signByMs,
        }),
      ),
    ...outbox
      .filter((item) => item.state === 'rejected' && nowMs - item.createdMs < dayMs)
      .map(
        ({ id, code, createdMs }): NoticeView => ({
          kind: 'record-rejected',
          about: id,
          title: null,
          reason: code,
          atMs: createdMs,
        }),
      ),
  ];
  return notices.toSorted((a, b) => urgency[a.kind] - urgency[b.kind] || a.atMs - b.atMs);
}
