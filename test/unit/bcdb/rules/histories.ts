// Random histories of several actors on one small grid, and how they are played: for the properties of the rules, and for
// the second model that the rules are held against.

import * as fc from 'fast-check';
import type { ContractDocument } from '../../../../core/contract.ts';
import { policyChangeBytes } from '../../../../core/guardian.ts';
import type { Policy } from '../../../../core/policy.ts';
import type { Envelope } from '../../../../core/record.ts';
import { bigNode, person, signBy, smallLoad, startMs, testPolicy, tft, World } from './world.ts';

export const folk = [person('consumer'), person('cosigner-a'), person('cosigner-b'), person('farmer')] as const;
const nodes = [person('node'), person('node-2')] as const;
const results = ['ok', 'ok', 'ok', 'ok', 'ok', 'error', 'paused', 'deleted'] as const;

export type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'pay'; readonly from: number; readonly to: number; readonly amount: bigint }
  | { readonly do: 'alive'; readonly node: number }
  | { readonly do: 'resize'; readonly node: number; readonly cruMilli: number }
  | { readonly do: 'contract'; readonly loads: readonly (readonly [number, bigint, number])[]; readonly term: number }
  | { readonly do: 'result'; readonly contract: number; readonly load: number; readonly state: number }
  | { readonly do: 'topup'; readonly contract: number; readonly by: number; readonly amount: bigint }
  | { readonly do: 'cancel'; readonly contract: number }
  | {
      readonly do: 'policy';
      readonly above: number;
      readonly graceMs: number;
      readonly next: number;
      readonly missing: number;
    };

const index = (most: number) => fc.integer({ min: 0, max: most });
const amount = fc.bigInt({ min: 1n, max: tft(40) });
const stepOf = (name: Step['do'], shape: object) => fc.record({ do: fc.constant(name), ...shape });

const step = fc.oneof(
  { weight: 4, arbitrary: stepOf('wait', { ms: fc.oneof({ weight: 6, arbitrary: index(40_000) }, index(2_500_000)) }) },
  { weight: 1, arbitrary: stepOf('pay', { from: index(3), to: index(3), amount }) },
  { weight: 3, arbitrary: stepOf('alive', { node: index(1) }) },
  { weight: 1, arbitrary: stepOf('resize', { node: index(1), cruMilli: index(9000) }) },
  {
    weight: 2,
    arbitrary: stepOf('contract', {
      loads: fc.array(fc.tuple(index(1), amount, index(5000)), { minLength: 1, maxLength: 3 }),
      term: fc.integer({ min: 1, max: 300 }),
    }),
  },
  { weight: 8, arbitrary: stepOf('result', { contract: index(2), load: index(2), state: index(7) }) },
  { weight: 1, arbitrary: stepOf('topup', { contract: index(2), by: index(3), amount }) },
  { weight: 1, arbitrary: stepOf('cancel', { contract: index(2) }) },
  {
    weight: 1,
    arbitrary: stepOf('policy', {
      above: fc.constantFrom(1, 1, 1, 1, 0, 2),
      graceMs: fc.constantFrom(50_000, 100_000, 150_000),
      next: index(6),
      missing: index(9),
    }),
  },
) as fc.Arbitrary<Step>;

const at = <T>(list: readonly T[], position: number): T | undefined => list[position % Math.max(1, list.length)];

/** Short periods, so that random histories reach rewards. */
export const historyPolicy = (burnPermille: number): Policy => ({
  ...testPolicy,
  rewards: { ...testPolicy.rewards, periodMs: 150_000, minUptimePermille: 400 },
  contracts: { ...testPolicy.contracts, burnPermille },
});

export type PlayOptions = {
  readonly policy: Policy;
  /** Moments at which time passes on the way from one to another. */
  readonly ticks: (fromMs: number, toMs: number) => readonly number[];
  readonly check: (world: World) => void;
  readonly onTime?: (ms: number) => void;
  readonly onRecord?: (record: Envelope, verdict: string, grid: Uint8Array) => void;
};

/** A world that tells of each record and of each moment to which time passed. */
class ToldWorld extends World {
  readonly #told: PlayOptions;

  constructor(told: PlayOptions) {
    super(
      told.policy,
      folk.map((who) => [who, tft(100)] as const),
    );
    this.#told = told;
  }

  override submit(record: Envelope): ReturnType<World['submit']> {
    const outcome = super.submit(record);
    this.#told.onRecord?.(record, outcome.code, this.grid);
    return outcome;
  }

  override at(seconds: number): this {
    super.at(seconds);
    this.#told.onTime?.(this.nowMs);
    return this;
  }
}

const guards = ['guardian', 'guardian-b', 'guardian-c', 'guardian-d', 'guardian-e'].map(person);
/** Guardians that a policy may name, by their places; some of them it may not. */
const councils = [[0], [0, 1, 2], [0, 1, 2, 3], [1, 2, 3, 4], [0, 1, 2, 3, 4], [0, 1], [0, 1, 1]] as const;

/** A change of what is in force, signed by all who must, but for one who may be missing. */
function changePolicy(world: World, { above, graceMs, next, missing }: Extract<Step, { do: 'policy' }>): void {
  const inForce = world.state.get('policy', 'grid');
  if (inForce === undefined) return;
  const { guardians: before, name: _name, seats: _seats, epoch: _epoch, ...rest } = inForce;
  const council = (councils[next] ?? [0]).flatMap((place) => guards[place] ?? []);
  const said = {
    policy: { ...rest, version: rest.version + above, uptimeGraceMs: graceMs },
    guardians: council.map(({ key }) => key),
    seats:
      council.length === 1 ? [] : council.map((_, place) => ({ name: `seat ${place}`, route: `10.0.0.${place}:1` })),
  };
  const message = policyChangeBytes({ grid: world.grid, ...said });
  const signers = guards.filter((one, place) => {
    return place !== missing && (council.includes(one) || before.includes(one.hex));
  });
  const signatures = signers.map((one) => ({ guardian: one.key, signature: signBy(one, message) }));
  world.say('policy', person('anybody'), { ...said, signatures });
}

/** Plays steps on a fresh grid; `check` sees every state. */
export function play(steps: readonly Step[], options: PlayOptions): World {
  const world = new ToldWorld(options);
  const farm = world.farm(person('farmer'));
  for (const node of nodes) world.node(node, farm, person('farmer'));
  const documents: ContractDocument[] = [];
  for (const each of steps) {
    if (each.do === 'wait') {
      const untilMs = world.nowMs + each.ms;
      for (const ms of [...options.ticks(world.nowMs, untilMs), untilMs]) world.at((ms - startMs) / 1000);
    } else act(world, farm, documents, each);
    options.check(world);
  }
  return world;
}

function act(world: World, farm: Uint8Array, documents: ContractDocument[], each: Exclude<Step, { do: 'wait' }>): void {
  if (each.do === 'pay') world.pay(folk[each.from] ?? folk[0], folk[each.to] ?? folk[0], each.amount);
  if (each.do === 'alive') world.uptime(nodes[each.node] ?? nodes[0]);
  if (each.do === 'resize') {
    const capacity = { ...bigNode, cruMilli: each.cruMilli };
    world.node(nodes[each.node] ?? nodes[0], farm, person('farmer'), capacity);
  }
  if (each.do === 'contract') {
    const workloads = each.loads.map(([node, price, cruMilli], position) =>
      world.workload(`load-${position}`, nodes[node] ?? nodes[0], price, { ...smallLoad, cruMilli }),
    );
    const document = world.document({ workloads, termSeconds: each.term });
    if (world.contract(document) === 'ok') documents.unshift(document);
  }
  if (each.do === 'policy') changePolicy(world, each);
  if (each.do !== 'cancel' && each.do !== 'topup' && each.do !== 'result') return;
  const document = at(documents, each.contract);
  if (document === undefined) return;
  if (each.do === 'cancel') world.cancel(document, person('cosigner-a'), person('cosigner-b'));
  if (each.do === 'topup') world.topup(folk[each.by] ?? folk[0], document, each.amount);
  if (each.do === 'result') {
    const load = at(document.workloads, each.load);
    const node = nodes.find((candidate) => load !== undefined && candidate.key === load.node);
    const state = at(results, each.state) ?? 'ok';
    if (load !== undefined && node !== undefined) world.result(node, document, state, { workload: load.name });
  }
}

export const histories = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' });
export const burns = fc.constantFrom(0, 0, 50, 333, 1000);
