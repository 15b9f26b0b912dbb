// Random histories of several actors: at every step the books balance, nobody is below zero, no node promises more
// than it has; and it makes no difference how a history is cut into blocks.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContractDocument } from '../../../../core/contract.ts';
import { faultsOf } from './invariants.ts';
import { bigNode, person, smallLoad, testPolicy, tft, World } from './world.ts';

const folk = [person('consumer'), person('cosigner-a'), person('cosigner-b'), person('farmer')] as const;
const nodes = [person('node'), person('node-2')] as const;
const results = ['ok', 'ok', 'ok', 'ok', 'ok', 'error', 'paused', 'deleted'] as const;

/** What random histories must have reached for the properties to say anything. */
const everything =
  'transfer lock earning refund topup mint up down rewarded not-rewarded running settled cancelled deployed ' +
  'term-over deploy-deadline workload-error workload-deleted nothing-running deleted-by-quorum';

type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'pay'; readonly from: number; readonly to: number; readonly amount: bigint }
  | { readonly do: 'alive'; readonly node: number }
  | { readonly do: 'resize'; readonly node: number; readonly cruMilli: number }
  | { readonly do: 'contract'; readonly loads: readonly (readonly [number, bigint, number])[]; readonly term: number }
  | { readonly do: 'result'; readonly contract: number; readonly load: number; readonly state: number }
  | { readonly do: 'topup'; readonly contract: number; readonly by: number; readonly amount: bigint }
  | { readonly do: 'cancel'; readonly contract: number };

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
) as fc.Arbitrary<Step>;

const at = <T>(list: readonly T[], position: number): T | undefined => list[position % Math.max(1, list.length)];

/** Plays steps on a fresh grid; `tick` may let time pass in smaller pieces; `check` sees every state. */
function play(
  steps: readonly Step[],
  burnPermille: number,
  tick: (fromMs: number, toMs: number) => readonly number[],
  check: (world: World) => void,
): World {
  const policy = {
    ...testPolicy,
    rewards: { ...testPolicy.rewards, periodMs: 150_000, minUptimePermille: 400 },
    contracts: { ...testPolicy.contracts, burnPermille },
  };
  const world = new World(
    policy,
    folk.map((who) => [who, tft(100)] as const),
  );
  const farm = world.farm(person('farmer'));
  for (const node of nodes) world.node(node, farm, person('farmer'));
  const documents: ContractDocument[] = [];
  for (const each of steps) {
    if (each.do === 'wait') {
      const untilMs = world.nowMs + each.ms;
      for (const ms of [...tick(world.nowMs, untilMs), untilMs]) world.at((ms - 1_700_000_000_000) / 1000);
    } else act(world, farm, documents, each);
    check(world);
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
  if (each.do === 'pay' || each.do === 'alive' || each.do === 'resize' || each.do === 'contract') return;
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

const steps = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' });
const burn = fc.constantFrom(0, 0, 50, 333, 1000);

test('G32 whatever happens, the books balance, no account is negative, no node is over-provisioned', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(steps, burn, (history, burnPermille) => {
      const world = play(
        history,
        burnPermille,
        () => [],
        ({ state }) => expect(faultsOf(state)).toEqual([]),
      );
      for (const { what } of world.state.history) seen.add(what);
      for (const { reason } of world.state.all('contract')) seen.add(reason);
    }),
    { numRuns: 120 },
  );
  expect([...seen]).toEqual(expect.arrayContaining(everything.split(' '))); // histories that miss a rule prove nothing of it
}, 60_000);

test('cutting the same history into other blocks and ticks changes nothing', () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
  fc.assert(
    fc.property(steps, burn, cuts, (history, burnPermille, parts) => {
      const whole = play(history, burnPermille, noTicks, ignore);
      const cut = play(history, burnPermille, (from, to) => ticksAt(parts, from, to), ignore);
      expect(cut.state.all('account')).toEqual(whole.state.all('account'));
      expect(cut.state.all('contract')).toEqual(whole.state.all('contract'));
      expect(cut.state.all('node')).toEqual(whole.state.all('node'));
      expect(cut.state.ledger).toEqual(whole.state.ledger);
      expect(cut.state.history).toEqual(whole.state.history);
    }),
    { numRuns: 50 },
  );
}, 60_000);

const noTicks = () => [];
const ignore = () => undefined;
const ticksAt = (parts: readonly number[], from: number, to: number): readonly number[] =>
  parts.map((part) => Math.floor(from + part * (to - from))).toSorted((a, b) => a - b);
