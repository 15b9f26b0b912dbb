// From recorded to ended: who earns what and when, what is refunded, when capacity is free.
// The contract of these tests costs 10 TFT for 100 s: 0.1 TFT a second.

import { describe, expect, test } from 'vitest';
import { noCapacity } from '../../../../core/units.ts';
import { faultsOf } from './invariants.ts';
import { alive, deployed, smallGrid, stateOf } from './scenes.ts';
import { person, testPolicy, tft } from './world.ts';

const [consumer, a, node] = [person('consumer'), person('cosigner-a'), person('node')];
const farmer = person('payout of farmer');

describe('deploying', () => {
  test('nothing is earned before it runs; then each second earns its share, settled by the policy’s clock', () => {
    const [world, document] = deployed();
    world.at(20);
    expect(world.balance(farmer)).toBe(0n);
    expect(world.result(node, document, 'ok')).toBe('ok');
    expect(stateOf(world, document)).toBe('running: deployed');
    world.at(29.999);
    expect(world.balance(farmer)).toBe(0n);
    world.at(30);
    expect(world.balance(farmer)).toBe(tft(1));
    expect(world.contractOf(document)).toMatchObject({ earned: tft(1), refunded: 0n });
    expect(world.locked(consumer)).toBe(tft(9));
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('G27 a deadline that passes fails it with a full refund and frees the capacity', () => {
    const [world, document] = deployed();
    world.at(59.999);
    expect(stateOf(world, document)).toBe('deploying: recorded');
    world.at(60);
    expect(stateOf(world, document)).toBe('failed: deploy-deadline');
    expect([world.balance(consumer), world.locked(consumer)]).toEqual([tft(100), 0n]);
    expect(world.nodeOf(node)).toMatchObject({ used: noCapacity, contracts: [] });
    expect(world.life(world.contractOf(document).id)).toEqual(['recorded', 'refunded', 'failed']);
  });

  test('a failed start never costs money, also when another workload ran already', () => {
    const world = smallGrid();
    const workloads = [world.workload('one', node), world.workload('two', node)];
    const document = world.document({ workloads });
    world.contract(document);
    world.at(10).result(node, document, 'ok', { workload: 'one' });
    world.at(50);
    expect(world.result(node, document, 'error', { workload: 'two', code: 'agent/image-unavailable' })).toBe('ok');
    expect(stateOf(world, document)).toBe('failed: workload-error');
    expect(world.balance(consumer)).toBe(tft(100));
    expect(world.contractOf(document).workloads[1]).toMatchObject({ state: 'error', code: 'agent/image-unavailable' });
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('once all workloads run, each is paid from its own first ok', () => {
    const world = smallGrid();
    const document = world.document({ workloads: [world.workload('one', node), world.workload('two', node)] });
    world.contract(document);
    world.at(10).result(node, document, 'ok', { workload: 'one' });
    world.at(30).result(node, document, 'ok', { workload: 'two' });
    expect(world.balance(farmer)).toBe(tft(2)); // 20 s of the one
    world.at(40);
    expect(world.balance(farmer)).toBe(tft(4)); // 10 s more of both
  });
});

describe('running', () => {
  test('at the end of its term all is earned, to the last stroop, and the capacity is free', () => {
    const world = smallGrid();
    const document = world.document({ workloads: [world.workload('web', node, 9_999_999n)], termSeconds: 97 });
    world.contract(document);
    world.result(node, document, 'ok');
    alive(world, 50, 97);
    expect(stateOf(world, document)).toBe('ended: term-over');
    expect(world.balance(farmer)).toBe(9_999_999n);
    expect(world.contractOf(document)).toMatchObject({ earned: 9_999_999n, refunded: 0n });
    expect(world.nodeOf(node).used).toEqual(noCapacity);
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('what is earned depends on the time run, not on how often it is settled', () => {
    for (const settleMs of [1000, 7000, 60_000]) {
      const policy = { ...testPolicy, contracts: { ...testPolicy.contracts, settleMs, burnPermille: 77 } };
      const world = smallGrid(policy);
      const document = world.document({ workloads: [world.workload('web', node, 1_000_003n)], termSeconds: 91 });
      world.contract(document);
      world.result(node, document, 'ok');
      world.at(71.234).cancel(document, consumer, a);
      const earned = (1_000_003n * 71_234n) / 91_000n;
      const burned = (earned * 77n) / 1000n;
      expect(world.contractOf(document)).toMatchObject({ earned, refunded: 1_000_003n - earned });
      expect([world.balance(farmer), world.state.get('totals', 'grid')?.burned]).toEqual([earned - burned, burned]);
      expect(faultsOf(world.state)).toEqual([]);
    }
  });

  test('paused or in error it earns nothing, and earns again once it runs again', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.at(20).result(node, document, 'paused', { code: 'limits/schedule' });
    world.at(40).result(node, document, 'ok');
    world.at(50).result(node, document, 'error', { code: 'agent/workload-failed' });
    expect(world.balance(farmer)).toBe(tft(3)); // 20 s + 10 s
    world.at(55).result(node, document, 'ok');
    world.at(65);
    expect(world.balance(farmer)).toBe(tft(4));
  });

  test('while its node is down the clock stands still, and goes on when it is back', () => {
    const [world, document] = deployed({ termSeconds: 1000 }); // 0.01 TFT a second
    world.result(node, document, 'ok');
    world.at(100);
    expect(world.balance(farmer)).toBe(tft(1));
    world.at(500);
    expect(world.balance(farmer)).toBe(tft(1));
    expect(stateOf(world, document)).toBe('running: deployed');
    world.uptime(node);
    world.at(510);
    expect(world.balance(farmer)).toBe(tft(1.1));
    expect(world.contractOf(document).workloads[0]).toMatchObject({ runningMs: 110_000 });
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('what ran until its node went down is paid to the millisecond, and from there the wait counts', () => {
    const [world, document] = deployed({ termSeconds: 300 });
    world.result(node, document, 'ok');
    world.at(3.456).uptime(node);
    world.at(250); // down since 103.456
    expect(world.contractOf(document).earned).toBe((tft(10) * 103_456n) / 300_000n);
    world.at(403.455);
    expect(stateOf(world, document)).toBe('running: deployed');
    world.at(403.456);
    expect(stateOf(world, document)).toBe('failed: nothing-running');
  });

  test('when its node is back, its term ends to the millisecond', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.at(5).uptime(node);
    world.at(20).result(node, document, 'paused');
    world.at(30).result(node, document, 'ok'); // up until 130: 120 s of which 100 are its term
    world.at(109.999);
    expect(stateOf(world, document)).toBe('running: deployed');
    world.at(110);
    expect(stateOf(world, document)).toBe('ended: term-over');
    const [late, other] = deployed({ termSeconds: 105 });
    late.result(node, other, 'ok');
    late.at(200).uptime(node); // 100 s ran; 5 s are left
    late.at(204.999);
    expect(stateOf(late, other)).toBe('running: deployed');
    late.at(205);
    expect(stateOf(late, other)).toBe('ended: term-over');
  });

  test('in error for longer than it may take to deploy, it fails and the rest goes back', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.at(20).result(node, document, 'error');
    world.at(70).result(node, document, 'error', { code: 'agent/engine-failed' }); // does not buy time
    world.at(79.999);
    expect(stateOf(world, document)).toBe('running: deployed');
    world.at(80);
    expect(stateOf(world, document)).toBe('failed: nothing-running');
    expect([world.balance(consumer), world.balance(farmer)]).toEqual([tft(98), tft(2)]);
  });

  test('with nothing running for as long as its whole term, it fails and the rest goes back', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.at(20).result(node, document, 'paused');
    world.at(119.999);
    expect(stateOf(world, document)).toBe('running: deployed');
    world.at(120);
    expect(stateOf(world, document)).toBe('failed: nothing-running');
    expect(world.balance(consumer)).toBe(tft(98));
  });

  test('deleted by its node it fails at once and the rest goes back', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.at(20).result(node, document, 'deleted');
    expect(stateOf(world, document)).toBe('failed: workload-deleted');
    expect([world.balance(consumer), world.nodeOf(node).used]).toEqual([tft(98), noCapacity]);
  });

  test('a gap of years is settled in a bounded number of steps', () => {
    const [world, document] = deployed({ termSeconds: 100_000 });
    world.result(node, document, 'ok');
    world.at(20 * 365 * 86_400);
    expect(stateOf(world, document)).toBe('failed: nothing-running');
    expect(world.contractOf(document).earned).toBe(tft(0.01)); // the 100 s of grace
    expect(world.state.history.length).toBeLessThan(60);
  });
});

test('G32 usage, contracts, payments and burns agree to the last unit through a whole life', () => {
  const policy = { ...testPolicy, contracts: { ...testPolicy.contracts, burnPermille: 333 } };
  const [world, document] = deployed({ termSeconds: 77 }, policy);
  world.at(3.217).result(node, document, 'ok');
  for (let step = 1; step <= 40; step++) {
    world.at(3.217 + step * 1.777);
    expect(faultsOf(world.state)).toEqual([]);
    const { earned, workloads } = world.contractOf(document);
    expect(earned).toBe((tft(10) * BigInt(workloads[0]?.runningMs ?? 0)) / 77_000n);
    expect(world.balance(farmer)).toBe(earned - (earned * 333n) / 1000n);
  }
});
