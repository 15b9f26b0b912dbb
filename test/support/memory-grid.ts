// A whole grid in one process's memory, over the real rules of bcdb: for tests of what stands on a replica. No network, no
// disk, no certificates: those have tests of their own.
import type { Replica, ReplicaEvents } from '../../bcdb/replica-api.ts';
import { executeRecord } from '../../bcdb/rules/execute.ts';
import { executeGenesis } from '../../bcdb/rules/genesis.ts';
import { MemoryState } from '../../bcdb/rules/memory-state.ts';
import { restOf } from '../../bcdb/rules/money.ts';
import { freeOf } from '../../bcdb/rules/nodes.ts';
import { passTime } from '../../bcdb/rules/time.ts';
import type { Contract, GridNode } from '../../bcdb/state.ts';
import type { Bodies, RecordKind } from '../../core/bodies.ts';
import { fromHex, toHex, zero32 } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import { addressOf, keyOf, publicKeyOf, sign, verifyPortable } from '../../core/keys.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { checkEnvelope, decodeRecord, draftBytes, type Envelope, recordId, sealRecord } from '../../core/record.ts';
import { computeUnitsMilli, storageUnitsMilli } from '../../core/units.ts';
import type { ContractView, NodeView, OutboxView } from '../../core/views.ts';

const strkey = (hex: string): string => addressOf(fromHex(hex));

/** A grid whose genesis gives `allocations`. A block is cut a few milliseconds after a record came in. */
export function createMemoryGrid(allocations: Bodies['genesis']['allocations'], change: Partial<Policy> = {}) {
  const guardian = new Uint8Array(32).fill(9);
  const genesis = draftBytes({
    grid: zero32,
    kind: 'genesis',
    author: publicKeyOf(guardian),
    seq: 1,
    prev: zero32,
    body: {
      name: 'memory',
      createdMs: Date.now(),
      guardians: [publicKeyOf(guardian)],
      policy: { ...defaultPolicy, ...change },
      allocations,
    },
  });
  const grid = recordId(genesis);
  const state = new MemoryState();
  executeGenesis(state, decodeRecord(sealRecord(genesis, sign(guardian, genesis))), Date.now());
  let height = 0;
  let timeMs = Date.now();
  let isCutting = true;
  const chains = new Map<string, { seq: number; prev: Uint8Array }>();
  const outbox = new Map<string, OutboxView>();
  const results: {
    author: string;
    state: string;
    workload: string;
    code: string | undefined;
    detail: string | undefined;
  }[] = [];
  const waiting: Envelope[] = [];
  const listeners = new Set<readonly [string, (value: never) => void]>();
  const emit = <E extends keyof ReplicaEvents>(event: E, value: ReplicaEvents[E]): void => {
    for (const [name, listener] of listeners)
      if (name === event) (listener as (value: ReplicaEvents[E]) => void)(value);
  };
  const head = () => ({
    grid: toHex(grid),
    gridName: 'memory',
    height,
    timeMs,
    headerHash: '0'.repeat(64),
    execHash: '0'.repeat(64),
    recordCount: outbox.size,
    signers: [],
  });

  const execute = (record: Envelope): OutboxView['code'] => {
    state.begin();
    try {
      executeRecord(state, record, { grid, timeMs, verify: verifyPortable });
      state.commit();
      return null;
    } catch (error) {
      state.undo();
      const code = codeOf(error);
      if (code === undefined) throw error;
      return code;
    }
  };

  /** Everything that waits becomes final or rejected, at the present time. */
  const cut = (atMs = Date.now()): void => {
    if (!isCutting) return;
    height += 1;
    timeMs = Math.max(timeMs, atMs);
    passTime(state, timeMs);
    for (const record of waiting.splice(0)) {
      const code = execute(record);
      const before = outbox.get(toHex(record.id));
      if (before === undefined) continue;
      const view: OutboxView = { ...before, state: code === null ? 'final' : 'rejected', code, height };
      outbox.set(view.id, view);
      if (record.kind === 'result' && code === null) {
        const body = record.body as Bodies['result'];
        results.push({
          author: toHex(record.author),
          workload: body.workload,
          state: body.state,
          code: body.code,
          detail: body.detail,
        });
      }
      emit('outbox', view);
    }
    emit('head', head());
  };

  const next = (author: string) => chains.get(author) ?? { seq: 1, prev: zero32 };

  const submit = async (bytes: Uint8Array): Promise<OutboxView> => {
    const record = decodeRecord(bytes);
    checkEnvelope(record, grid, verifyPortable);
    const author = addressOf(record.author);
    if (record.seq !== next(author).seq) throw new AppError('record/gap', `${record.seq}`);
    chains.set(author, { seq: record.seq + 1, prev: record.id });
    const view: OutboxView = {
      id: toHex(record.id),
      kind: record.kind,
      author,
      seq: record.seq,
      state: 'pending',
      code: null,
      height: null,
      createdMs: Date.now(),
    };
    outbox.set(view.id, view);
    waiting.push(record);
    setTimeout(cut, 5);
    return view;
  };

  const contractView = (contract: Contract): ContractView => ({
    id: contract.id,
    title: contract.title,
    payer: strkey(contract.payer),
    coordinator: strkey(contract.coordinator),
    parties: contract.parties.map(strkey),
    state: contract.state,
    reason: contract.reason,
    version: contract.version,
    workloads: contract.workloads.map((each) => ({
      name: each.name,
      node: each.node,
      image: each.image,
      capacity: each.capacity,
      price: each.priceStroops,
      state: each.state,
      code: each.code,
      detail: each.detail,
      earned: each.earnedStroops,
      runningMs: each.runningMs,
    })),
    price: contract.workloads.reduce((sum, each) => sum + each.priceStroops, 0n),
    paidIn: contract.paid.reduce((sum, each) => sum + each.amount, 0n),
    locked: restOf(contract),
    earned: contract.earned,
    refunded: contract.refunded,
    termSeconds: contract.termSeconds,
    recordedMs: contract.recordedMs,
    deployByMs: contract.deployByMs,
    runsUntilMs: null,
    documentBytes: contract.document,
    approvals: contract.approvals.map((each) => ({ ...each, signer: addressOf(each.signer) })),
  });

  const nodeView = (node: GridNode): NodeView | null => {
    const farm = state.get('farm', node.farm);
    if (farm === undefined) return null;
    const { contracts, isUp, upUntilMs: _until, periodStartMs: _start, periodUpMs: _up, ...rest } = node;
    return {
      ...rest,
      features: [...node.features],
      farmName: farm.name,
      farmer: strkey(farm.owner),
      country: farm.country,
      city: farm.city,
      status: isUp ? 'up' : 'down',
      free: freeOf(node),
      cuMilli: computeUnitsMilli(node.capacity),
      suMilli: storageUnitsMilli(node.capacity),
      prices: farm.prices,
      workloadCount: contracts.length,
    };
  };

  const query = async (name: string, input: Record<string, unknown> | null): Promise<unknown> => {
    const key = String(input?.id ?? '');
    switch (name) {
      case 'head':
        return head();
      case 'policy':
        return state.get('policy', 'grid');
      case 'next':
        return next(String(input?.author));
      case 'outbox':
        return [...outbox.values()].filter((view) => view.author === input?.author).toReversed();
      case 'node': {
        const node = state.get('node', key);
        return node === undefined ? null : nodeView(node);
      }
      case 'farm': {
        const farm = state.get('farm', key);
        return farm === undefined ? null : { ...farm, owner: strkey(farm.owner), payout: strkey(farm.payout) };
      }
      case 'profile': {
        const profile = state.get('profile', toHex(keyOf(String(input?.address))));
        return profile === undefined ? null : { ...profile, address: strkey(profile.key) };
      }
      case 'contract': {
        const contract = state.get('contract', key);
        return contract === undefined ? null : contractView(contract);
      }
      case 'contracts': {
        const states = input?.states as readonly string[];
        return state
          .all('contract')
          .filter((each) => each.workloads.some((workload) => workload.node === input?.node))
          .filter((each) => states.includes(each.state))
          .map(contractView);
      }
      default:
        throw new AppError('replica/not-found', name);
    }
  };

  const settled = async (id: string, withinMs: number): Promise<OutboxView> => {
    const untilMs = Date.now() + withinMs;
    for (;;) {
      const view = outbox.get(id);
      if (view !== undefined && view.state !== 'pending') return view;
      if (Date.now() > untilMs) throw new AppError('net/timeout', id, { retry: true });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  return {
    id: grid,
    state,
    /** Results that became final, in order. */
    results,
    cut,
    contract: (id: string) => {
      const contract = state.get('contract', id);
      return contract === undefined ? undefined : contractView(contract);
    },
    /** False: nothing becomes final any more, as when the guardians cannot be reached. */
    setCutting: (value: boolean): void => {
      isCutting = value;
      if (value) cut();
    },
    /** Writes a record of somebody and waits until it is final or rejected. */
    write: async <K extends RecordKind>(seed: Uint8Array, kind: K, body: Bodies[K]): Promise<OutboxView> => {
      const author = publicKeyOf(seed);
      const bytes = draftBytes({ grid, kind, author, ...next(addressOf(author)), body });
      return settled((await submit(sealRecord(bytes, sign(seed, bytes)))).id, 5000);
    },
    /** A replica of this grid, and the door through which peers reach its handlers. */
    open: (net: Uint8Array) => {
      const handlers = new Map<string, (peer: Uint8Array, payload: Uint8Array) => Promise<Uint8Array>>();
      const replica = {
        grid,
        net,
        state: () => ({ state: 'live' }),
        query,
        submit,
        settled,
        request: () => Promise.reject(new AppError('net/offline')),
        handle: (method: string, handler: (peer: Uint8Array, payload: Uint8Array) => Promise<Uint8Array>) => {
          handlers.set(method, handler);
        },
        on: (event: string, listener: (value: never) => void) => {
          const entry = [event, listener] as const;
          listeners.add(entry);
          return () => listeners.delete(entry);
        },
        close: async () => undefined,
      } as unknown as Replica;
      const ask = (method: string, peer: Uint8Array, payload: Uint8Array): Promise<Uint8Array> =>
        handlers.get(method)?.(peer, payload) ?? Promise.reject(new AppError('net/unknown-method', method));
      return { replica, ask };
    },
  };
}
