// What nodes and people do to a contract that stands: results, cancel, topup.
// The contract of these tests costs 10 TFT for 100 s: 0.1 TFT a second.

import { describe, expect, test } from 'vitest';
import { noCapacity } from '../../../../core/units.ts';
import { faultsOf } from './invariants.ts';
import { alive, deployed, smallGrid, stateOf } from './scenes.ts';
import { person, testPolicy, tft } from './world.ts';

const [consumer, a, b, node] = [person('consumer'), person('cosigner-a'), person('cosigner-b'), person('node')];
const farmer = person('payout of farmer');

describe('results', () => {
  test('G5 each is a new record, the old stays readable; the object shows the latest', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.at(5).result(node, document, 'error', { code: 'agent/workload-failed', detail: 'exit 137' });
    world.at(6).result(node, document, 'ok');
    const { id, workloads } = world.contractOf(document);
    expect(world.life(id).filter((what) => what.startsWith('workload-'))).toEqual([
      'workload-ok',
      'workload-error',
      'workload-ok',
    ]);
    expect(workloads[0]).toMatchObject({ state: 'ok', code: null, detail: null });
  });

  test('G5 by another node, for another version, workload or contract: refused', () => {
    const [world, document] = deployed();
    const farm = Uint8Array.from(Buffer.from(world.nodeOf(node).farm, 'hex'));
    world.node(person('node-2'), farm, person('farmer'));
    expect(world.result(person('node-2'), document, 'ok')).toBe('result/wrong-node');
    expect(world.result(consumer, document, 'ok')).toBe('result/wrong-node');
    expect(world.result(node, document, 'ok', { version: 2 })).toBe('contract/wrong-version');
    expect(world.result(node, document, 'ok', { workload: 'db' })).toBe('contract/unknown-workload');
    expect(world.result(node, world.document(), 'ok')).toBe('contract/unknown');
  });

  test('only what can follow is accepted', () => {
    const [world, document] = deployed();
    expect(world.result(node, document, 'paused')).toBe('result/bad-transition');
    expect(world.result(node, document, 'deleted')).toBe('result/bad-transition');
    expect(world.result(node, document, 'ok')).toBe('ok');
    expect(world.result(node, document, 'ok')).toBe('result/bad-transition');
    expect(world.result(node, document, 'paused')).toBe('ok');
    expect(world.result(node, document, 'paused')).toBe('result/bad-transition');
  });

  test('after the end only a deletion can be told, once, and it moves no money', () => {
    const [world, document] = deployed();
    world.at(60);
    const before = world.state.all('account');
    expect(world.result(node, document, 'ok')).toBe('contract/already-ended');
    expect(world.result(node, document, 'deleted')).toBe('ok');
    expect(world.result(node, document, 'deleted')).toBe('result/bad-transition');
    expect(stateOf(world, document)).toBe('failed: deploy-deadline');
    expect(world.state.all('account')).toEqual(before);
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('a result shows that its node is up', () => {
    const [world, document] = deployed({ deployWithinMs: 500_000 });
    world.at(200);
    expect(world.nodeOf(node).isUp).toBe(false);
    expect(world.result(node, document, 'ok')).toBe('ok');
    expect(world.nodeOf(node)).toMatchObject({ isUp: true, upSinceMs: world.nowMs });
    world.at(210);
    expect(world.balance(farmer)).toBe(tft(1));
  });
});

describe('cancel', () => {
  test('the delete quorum ends it: what ran is paid, the exact rest goes back at once', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.at(33.333);
    expect(world.cancel(document, a, b)).toBe('ok');
    expect(stateOf(world, document)).toBe('ending: deleted-by-quorum');
    expect([world.balance(farmer), world.balance(consumer)]).toEqual([33_333_000n, tft(100) - 33_333_000n]);
    expect(world.nodeOf(node).contracts).toHaveLength(1); // it still runs there
    world.at(40);
    expect(world.balance(farmer)).toBe(33_333_000n);
    expect(world.result(node, document, 'deleted')).toBe('ok');
    expect(stateOf(world, document)).toBe('ended: deleted-by-quorum');
    expect(world.nodeOf(node)).toMatchObject({ used: noCapacity, contracts: [] });
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('a node that never answers holds the capacity no longer than it may take to deploy', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.at(10).cancel(document, consumer, b);
    world.at(69.999);
    expect(stateOf(world, document)).toBe('ending: deleted-by-quorum');
    world.at(70);
    expect(stateOf(world, document)).toBe('ended: deleted-by-quorum');
    expect(world.nodeOf(node).used).toEqual(noCapacity);
  });

  test('G1 G2 by one person twice, by a stranger, for another version, or after the end: refused', () => {
    const [world, document] = deployed();
    expect(world.cancel(document, a, a)).toBe('contract/quorum-not-met');
    expect(world.cancel(document, a, person('stranger'))).toBe('approval/not-a-signer');
    const contract = Uint8Array.from(Buffer.from(world.contractOf(document).id, 'hex'));
    const approvals = [...world.approve(document, 'delete', a, b)];
    expect(world.say('cancel', a, { contract, version: 2, approvals })).toBe('contract/wrong-version');
    expect(world.say('cancel', a, { contract: new Uint8Array(32), version: 1, approvals })).toBe('contract/unknown');
    expect(world.cancel(document, a, b)).toBe('ok');
    expect(world.cancel(document, a, b)).toBe('contract/already-ended');
  });

  test('while deploying, what already ran is paid and the rest goes back', () => {
    const world = smallGrid();
    const document = world.document({ workloads: [world.workload('one', node), world.workload('two', node)] });
    world.contract(document);
    world.result(node, document, 'ok', { workload: 'one' });
    world.at(10).cancel(document, a, b);
    expect([world.balance(farmer), world.balance(consumer)]).toEqual([tft(1), tft(99)]);
    expect(faultsOf(world.state)).toEqual([]);
  });
});

describe('topup', () => {
  test('adds time in proportion, and refunds go to all payers in proportion', () => {
    const [world, document] = deployed();
    world.pay(consumer, a, tft(30));
    world.result(node, document, 'ok');
    world.at(50);
    expect(world.topup(a, document, tft(30))).toBe('ok');
    expect(world.contractOf(document)).toMatchObject({ termSeconds: 400, earned: tft(5) });
    world.uptime(node);
    alive(world, 90, 110); // 0.1 TFT a second still
    expect(world.contractOf(document).earned).toBe(tft(11));
    world.cancel(document, a, b);
    expect([world.balance(a), world.balance(consumer)]).toEqual([tft(21.75), tft(60) + tft(7.25)]);
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('runs on to its longer term', () => {
    const [world, document] = deployed();
    world.result(node, document, 'ok');
    world.topup(consumer, document, tft(10));
    alive(world, 50, 199.999);
    expect(stateOf(world, document)).toBe('running: deployed');
    world.at(200);
    expect(stateOf(world, document)).toBe('ended: term-over');
    expect([world.balance(farmer), world.balance(consumer)]).toEqual([tft(20), tft(80)]);
  });

  test('never takes back what was earned, however its money is spread', () => {
    const world = smallGrid();
    const document = world.document({ workloads: [world.workload('one', node, 1n), world.workload('two', node, 2n)] });
    world.contract(document);
    world.result(node, document, 'ok', { workload: 'one' });
    world.result(node, document, 'ok', { workload: 'two' });
    world.at(10).result(node, document, 'paused', { workload: 'two' });
    world.at(90).uptime(node);
    world.at(100);
    expect(world.contractOf(document).workloads.map((workload) => workload.earnedStroops)).toEqual([1n, 0n]);
    expect(world.topup(consumer, document, 1n)).toBe('ok'); // all of it goes to the second: 33 s more for both
    expect(world.contractOf(document).workloads.map((workload) => workload.earnedStroops)).toEqual([1n, 0n]);
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('for less than a second, over the longest term, without the money, or after the end: refused', () => {
    const [world, document] = deployed();
    expect(world.topup(consumer, document, tft(0.0999999))).toBe('money/bad-amount');
    expect(world.topup(a, document, tft(1))).toBe('money/insufficient');
    const [tight, full] = deployed({}, { ...testPolicy, contracts: { ...testPolicy.contracts, maxTermSeconds: 120 } });
    expect(tight.topup(consumer, full, tft(2.1))).toBe('contract/over-limit');
    expect(tight.topup(consumer, full, tft(2))).toBe('ok');
    const limits = { ...testPolicy.limits, signersPerQuorum: 3 };
    const [few, shared] = deployed({}, { ...testPolicy, limits });
    for (const [index, name] of ['p1', 'p2', 'p3'].entries()) {
      few.pay(consumer, person(name), tft(1));
      expect(few.topup(person(name), shared, tft(1))).toBe(index < 2 ? 'ok' : 'contract/over-limit');
    }
    world.at(60);
    expect(world.topup(consumer, document, tft(1))).toBe('contract/already-ended');
  });
});
