// Random schedules of faults over simulated grids. Always: nobody says two things, no height is certified twice, replicas
// agree. After healing: what was handed in becomes final. Many more in `npm run chaos`.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cluster } from '../../../support/office/cluster.ts';
import { rounds } from '../../../support/rounds.ts';

const runs = rounds(4, 200);
const minuteMs = 60_000;

const faultOf = fc.oneof(
  fc.record({ what: fc.constant('kill' as const), who: fc.nat(6), forMs: fc.integer({ min: 0, max: 40_000 }) }),
  fc.record({
    what: fc.constant('die' as const),
    who: fc.nat(6),
    act: fc.constantFrom('propose', 'prepare', 'lock', 'certify', 'tick', 'move'),
  }),
  fc.record({ what: fc.constant('cut' as const), who: fc.nat(6), how: fc.constantFrom('both', 'deaf', 'mute') }),
  fc.record({ what: fc.constant('slow' as const), who: fc.nat(6), byMs: fc.integer({ min: 10, max: 4000 }) }),
  fc.record({ what: fc.constant('acks' as const), lost: fc.double({ min: 0, max: 0.6, noNaN: true }) }),
  fc.record({ what: fc.constant('lose' as const) }),
  fc.record({
    what: fc.constant('skew' as const),
    who: fc.nat(6),
    byMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  }),
  fc.record({ what: fc.constant('heal' as const) }),
);
type Fault = typeof faultOf extends fc.Arbitrary<infer T> ? T : never;

function apply(grid: Cluster, fault: Fault): void {
  const { faults } = grid.sequencers;
  const who = 'who' in fault ? fault.who % grid.nodes.length : 0;
  const node = grid.node(who);
  const epoch = Math.max(...grid.nodes.map(({ state }) => state?.epoch ?? 0));
  switch (fault.what) {
    case 'kill':
      grid.kill(who);
      grid.schedule.after(fault.forMs, () => grid.restart(who));
      break;
    case 'die':
      node.dieAfter = fault.act;
      grid.schedule.after(8000, () => node.office === undefined && grid.restart(who));
      break;
    case 'cut':
      grid.isolate(who, fault.how);
      break;
    case 'slow':
      faults.slow.set(who, fault.byMs);
      break;
    case 'acks':
      faults.lostAcks = fault.lost;
      break;
    case 'lose':
      faults.lost.add(epoch);
      break;
    case 'skew':
      node.skewMs = fault.byMs;
      break;
    case 'heal':
      grid.heal();
  }
}

const story = fc.record({
  guardians: fc.constantFrom(3, 4, 5),
  seed: fc.nat(1_000_000),
  liesInFirst: fc.boolean(),
  steps: fc.array(fc.tuple(faultOf, fc.integer({ min: 100, max: 20_000 }), fc.nat(20)), { maxLength: 8 }),
});

test(
  'whatever fails and in whatever order, guardians stay together, and go on when it is over',
  async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ guardians, seed, liesInFirst, steps }) => {
        const grid = new Cluster({ guardians, seed });
        try {
          if (liesInFirst) grid.sequencers.faults.equivocating.add(0);
          grid.startAll();
          // A grid exists from its first block on.
          await grid.schedule.run(minuteMs, () => grid.heights().every((height) => height >= 0));
          for (const [fault, pauseMs, payments] of steps) {
            apply(grid, fault);
            grid.pay(payments);
            await grid.schedule.run(pauseMs);
          }
          grid.heal();
          await grid.schedule.run(minuteMs);
          for (const { index, office } of grid.nodes) if (office === undefined) grid.restart(index);
          grid.pay(1);
          const isOver = await grid.untilFinal(20 * minuteMs);
          expect(grid.violations).toEqual([]);
          expect(grid.nodes.filter(({ alarm }) => alarm !== null)).toEqual([]);
          expect({ isOver, heights: grid.heights() }).toMatchObject({ isOver: true });
        } finally {
          grid.end();
        }
      }),
      { numRuns: runs, endOnFailure: true },
    );
  },
  runs * 60_000,
);
