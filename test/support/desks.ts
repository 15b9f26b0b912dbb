/** Desks of several 3bots in one process, on a replica that only answers what desks ask; Noise is a function call. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Replica, ToldVerdict } from '../../bcdb/replica-api.ts';
import { toHex, zero32 } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { sign, verifyPortable } from '../../core/keys.ts';
import type { CertifiedHead } from '../../core/proofs-history.ts';
import type { ContractView, FarmView, NodeView, OutboxView } from '../../core/views.ts';
import { Desk } from '../../main/desk/desk.ts';
import { Negotiator } from '../../main/desk/negotiator.ts';
import { PacketStore } from '../../main/desk/packet-store.ts';
import { Packets } from '../../main/desk/packets.ts';
import { Reviews } from '../../main/review/reviews.ts';
import { type Person, person, testGrid } from './people.ts';

/** What all replicas of a test agree on. */
export type World = {
  nowMs: number;
  readonly nodes: Map<string, NodeView>;
  readonly farms: Map<string, FarmView>;
  readonly contracts: Map<string, ContractView>;
  readonly bots: Map<string, Bot>;
  /** Addresses that cannot be reached. */
  readonly away: Set<string>;
  /** The certified head that each 3bot's replica has, by address, and what it says of one that it is told of. */
  readonly heads: Map<string, CertifiedHead>;
  judgeHead: (who: string, head: CertifiedHead) => ToldVerdict;
  /** How often anybody asked anybody. */
  requests: number;
};

export type Bot = {
  readonly person: Person;
  readonly packets: Packets;
  readonly desk: Desk;
  readonly negotiator: Negotiator;
  readonly reviews: Reviews;
  readonly submitted: Uint8Array[];
  isLocked: boolean;
  /** Says that it is unlocked and refuses to sign: a lock that comes in between. */
  isLocking: boolean;
  /** Codes of answers that could not be given. */
  readonly troubles: string[];
};

export const makeWorld = (): World => ({
  nowMs: 1000,
  nodes: new Map(),
  farms: new Map(),
  contracts: new Map(),
  bots: new Map(),
  away: new Set(),
  heads: new Map(),
  judgeHead: () => 'same',
  requests: 0,
});

/** A farm with one node that is up and has 4 cores and 8 GB free. */
export function addFarm(world: World, farmer: Person, node: Person, changes: Partial<FarmView> = {}): void {
  const farm: FarmView = {
    id: toHex(person(200).key),
    owner: farmer.address,
    name: 'Kitchen rack',
    country: 'BE',
    city: 'Lochristi',
    prices: { cuHourStroops: 10_000_000n, suHourStroops: 0n },
    payout: farmer.address,
    autoAccept: true,
    minTermSeconds: 60,
    blocked: [],
    nodeCount: 1,
    ...changes,
  };
  const capacity = { cruMilli: 4000, mruBytes: 2 ** 33, sruBytes: 0, hruBytes: 0 };
  world.farms.set(farm.id, farm);
  world.nodes.set(toHex(node.key), {
    id: toHex(node.key),
    farm: farm.id,
    farmName: farm.name,
    farmer: farmer.address,
    country: 'BE',
    city: 'Lochristi',
    status: 'up',
    capacity,
    used: { cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 },
    free: capacity,
    cuMilli: 2000n,
    suMilli: 0n,
    prices: farm.prices,
    features: [],
    agentVersion: '1',
    net: toHex(node.key),
    workloadCount: 0,
    createdMs: 0,
    lastSeenMs: 0,
    upSinceMs: 0,
  });
}

function replicaOf(world: World, me: Person, submitted: Uint8Array[]): Replica {
  const outbox: OutboxView[] = [];
  const answers: Record<string, (input: never) => unknown> = {
    head: () => ({ timeMs: world.nowMs }),
    certifiedHead: () => world.heads.get(me.address),
    node: ({ id }: { id: string }) => world.nodes.get(id) ?? null,
    farm: ({ id }: { id: string }) => world.farms.get(id) ?? null,
    contract: ({ id }: { id: string }) => world.contracts.get(id) ?? null,
    outbox: () => outbox,
    next: () => ({ seq: submitted.length + 1, prev: zero32 }),
    profile: ({ address }: { address: string }) => {
      const bot = world.bots.get(address);
      return bot === undefined ? null : { address, name: 'x', roles: [], net: toHex(bot.person.key) };
    },
    profileByNet: ({ net }: { net: string }) => {
      const bot = [...world.bots.values()].find((other) => toHex(other.person.key) === net);
      return bot === undefined ? null : { address: bot.person.address, name: 'x', roles: [], net };
    },
  };
  const replica: Partial<Replica> = {
    grid: testGrid,
    judgeHead: async (head) => world.judgeHead(me.address, head),
    query: (async (name: string, input: never) => answers[name]?.(input)) as Replica['query'],
    async submit(record) {
      submitted.push(record);
      const view = {
        id: toHex(person(submitted.length).key),
        kind: 'contract',
        author: me.address,
        seq: 1,
        state: 'pending',
        code: null,
        height: null,
        createdMs: 0,
      } as const;
      outbox.push(view);
      return view;
    },
    async request(peer, _method, payload) {
      world.requests += 1;
      const bot = [...world.bots.values()].find((other) => toHex(other.person.key) === toHex(peer));
      if (bot === undefined || world.away.has(bot.person.address)) throw new AppError('net/unreachable');
      return bot.negotiator.handle(me.key, payload);
    },
  };
  return replica as Replica;
}

/** A 3bot's desk with a folder of its own. */
export async function addBot(world: World, who: Person): Promise<Bot> {
  const submitted: Uint8Array[] = [];
  const replica = replicaOf(world, who, submitted);
  const store = await PacketStore.open({
    folder: await mkdtemp(join(tmpdir(), 'desk-')),
    verify: verifyPortable,
    now: () => world.nowMs,
    onDamaged: (path) => {
      throw new Error(`damaged ${path}`);
    },
  });
  let lastId = 0;
  const signWith = (bytes: Uint8Array): Uint8Array => {
    if (bot.isLocked || bot.isLocking) throw new AppError('vault/locked');
    return sign(who.seed, bytes);
  };
  const reviews = new Reviews({ sign: signWith, newId: () => (++lastId).toString(16).padStart(64, '0') });
  const packets = new Packets({
    replica,
    store,
    me: who.key,
    myName: () => 'me',
    nameOf: () => undefined,
    verify: verifyPortable,
    now: () => world.nowMs,
    onChange: () => {},
    onFault: (error) => {
      throw error;
    },
  });
  const desk = new Desk({
    packets,
    replica,
    reviews,
    me: who.key,
    nameOf: () => undefined,
    random: (length) => new Uint8Array(length).fill(++lastId),
  });
  const negotiator = new Negotiator({
    packets,
    replica,
    me: who.key,
    verify: verifyPortable,
    sign: signWith,
    isUnlocked: () => !bot.isLocked || bot.isLocking,
    onTrouble: (_packet, { code }) => bot.troubles.push(code),
  });
  const bot: Bot = {
    person: who,
    packets,
    desk,
    negotiator,
    reviews,
    submitted,
    isLocked: false,
    isLocking: false,
    troubles: [],
  };
  world.bots.set(who.address, bot);
  return bot;
}
