/** What the 3bot watches for its owner: said when it matters, gone when it is settled. */
import { describe, expect, it } from 'vitest';
import type { FarmStateView, PacketView } from '../../../core/ipc/views.ts';
import type { ContractView, NodeView, OutboxView } from '../../../core/views.ts';
import { noticesOf, ofDatabase, type Seen } from '../../../main/watch/notices.ts';

const dayMs = 86_400_000;
const blockMs = 100 * dayMs;
const id = 'ab'.repeat(32);

const contract = (changes: Partial<ContractView>): ContractView =>
  ({
    id,
    title: 'A page',
    state: 'running',
    reason: 'deployed',
    workloads: [],
    termSeconds: 30 * 86_400,
    recordedMs: blockMs - 20 * dayMs,
    runsUntilMs: blockMs + 10 * dayMs,
    ...changes,
  }) as ContractView;

const farm = (changes: Partial<FarmStateView>): FarmStateView =>
  ({ isFarming: false, node: null, agent: { state: 'running', problem: null }, ...changes }) as FarmStateView;

const seen = (changes: Partial<Seen>): Seen => ({
  contracts: [],
  packets: [],
  outbox: [],
  farm: farm({}),
  blockMs,
  nowMs: blockMs,
  ...changes,
});
const kinds = (changes: Partial<Seen>): readonly string[] => noticesOf(seen(changes)).map(({ kind }) => kind);

describe('the watch', () => {
  it('is silent while all is well', () => {
    expect(noticesOf(seen({ contracts: [contract({}), contract({ state: 'ended', runsUntilMs: null })] }))).toEqual([]);
  });

  it('warns in the last tenth of a long term, and says until when', () => {
    const soon = contract({ runsUntilMs: blockMs + 2 * dayMs });
    expect(noticesOf(seen({ contracts: [soon] }))).toEqual([
      { kind: 'contract-ends-soon', about: id, title: 'A page', reason: null, atMs: blockMs + 2 * dayMs },
    ]);
  });

  it('does not warn of a short term right from its start, but in its second half', () => {
    const hour = { termSeconds: 3600 };
    expect(kinds({ contracts: [contract({ ...hour, runsUntilMs: blockMs + 3_500_000 })] })).toEqual([]);
    expect(kinds({ contracts: [contract({ ...hour, runsUntilMs: blockMs + 1_700_000 })] })).toEqual([
      'contract-ends-soon',
    ]);
  });

  it('tells of a failed contract with its cause, for a week', () => {
    const failed = contract({
      state: 'failed',
      reason: 'workload-error',
      recordedMs: blockMs - dayMs,
      workloads: [{ code: 'agent/image-unavailable' } as ContractView['workloads'][number]],
    });
    expect(noticesOf(seen({ contracts: [failed] }))).toMatchObject([
      { kind: 'contract-failed', reason: 'agent/image-unavailable' },
    ]);
    expect(kinds({ contracts: [{ ...failed, recordedMs: blockMs - 8 * dayMs }] })).toEqual([]);
  });

  it('waits for a signature only while it can be given', () => {
    const packet = { id, title: 'A page', canISign: true, state: 'signing', signByMs: blockMs + 1 } as PacketView;
    expect(kinds({ packets: [packet] })).toEqual(['cosign-waits']);
    expect(kinds({ packets: [{ ...packet, canISign: false }] })).toEqual([]);
    expect(kinds({ packets: [{ ...packet, state: 'expired' }] })).toEqual([]);
  });

  it('tells of a refused record for a day, by the clock of this machine', () => {
    const rejected = { id, state: 'rejected', code: 'money/insufficient', createdMs: blockMs } as OutboxView;
    expect(kinds({ outbox: [rejected] })).toEqual(['record-rejected']);
    expect(kinds({ outbox: [rejected], nowMs: blockMs + 2 * dayMs })).toEqual([]);
    expect(kinds({ outbox: [{ ...rejected, state: 'final' }] })).toEqual([]);
  });

  it('a farm’s trouble comes first: a node that was left off, or is down', () => {
    const node = { id, status: 'down', lastSeenMs: 5 } as NodeView;
    const contracts = [contract({ runsUntilMs: blockMs + 1 })];
    expect(kinds({ contracts, farm: farm({ isFarming: true, node }) })).toEqual(['node-down', 'contract-ends-soon']);
    const gaveUp = { state: 'gave-up', problem: { code: 'agent/crashed', detail: '' } } as FarmStateView['agent'];
    expect(noticesOf(seen({ farm: farm({ isFarming: true, node, agent: gaveUp }) }))).toMatchObject([
      { kind: 'agent-stopped', reason: 'agent/crashed' },
    ]);
    expect(kinds({ farm: farm({ isFarming: false, node }) })).toEqual([]);
  });

  it('says for a week that the database was damaged, with its code', () => {
    const healed = { code: 'replica/outbox-lost', detail: '', atMs: blockMs } as const;
    expect(ofDatabase(id, healed, blockMs + 6 * dayMs)).toEqual([
      { kind: 'database-healed', about: id, title: null, reason: 'replica/outbox-lost', atMs: blockMs },
    ]);
    expect(ofDatabase(id, healed, blockMs + 7 * dayMs)).toEqual([]);
    expect(ofDatabase(id, null, blockMs)).toEqual([]);
  });
});
