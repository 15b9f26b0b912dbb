// Farms, nodes, uptime and rewards.

import { describe, expect, test } from 'vitest';
import { rewardOf } from '../../../../bcdb/rules/rewards.ts';
import { toHex, zero32 } from '../../../../core/bytes.ts';
import { defaultPolicy, monthMs } from '../../../../core/policy.ts';
import { bytesPerGb } from '../../../../core/units.ts';
import { faultsOf } from './invariants.ts';
import { smallGrid } from './scenes.ts';
import { bigNode, person, signBy, smallLoad, testPolicy, tft, World } from './world.ts';

const [farmer, stranger, node] = [person('farmer'), person('stranger'), person('node')];

describe('farm', () => {
  test('is registered under its record id and changed by its owner only', () => {
    const world = new World();
    const farm = world.farm(farmer);
    const body = { ...world.farmBody(farmer), farm, name: 'renamed' };
    expect(world.say('farm', stranger, body)).toBe('farm/not-owner');
    expect(world.say('farm', farmer, body)).toBe('ok');
    expect(world.state.get('farm', toHex(farm))).toMatchObject({ owner: farmer.hex, name: 'renamed', nodeCount: 0 });
    expect(world.say('farm', farmer, { ...body, farm: zero32 })).toBe('farm/unknown');
    expect(world.life(toHex(farm))).toEqual(['registered', 'changed']);
  });
});

describe('node', () => {
  test('joins a farm with its farmer’s countersignature and is up', () => {
    const world = smallGrid();
    const known = world.nodeOf(node);
    expect(known).toMatchObject({ capacity: bigNode, isUp: true, upSinceMs: world.nowMs, contracts: [] });
    expect(known.upUntilMs).toBe(world.nowMs + testPolicy.uptimeGraceMs);
    expect(world.state.get('farm', known.farm)?.nodeCount).toBe(1);
    expect(world.life(node.hex)).toEqual(['joined', 'up']);
  });

  test('without the farmer’s word, or with another capacity, node, or grid in it, is refused', () => {
    const world = new World();
    const farm = world.farm(farmer);
    const good = world.nodeBody(node, farm, farmer);
    expect(world.say('node', node, world.nodeBody(node, farm, stranger))).toBe('node/not-countersigned');
    expect(world.say('node', node, world.nodeBody(node, farm, node))).toBe('node/not-countersigned');
    expect(world.say('node', stranger, good)).toBe('node/not-countersigned');
    const bigger = { ...good, capacity: { ...bigNode, cruMilli: bigNode.cruMilli + 1 } };
    expect(world.say('node', node, bigger)).toBe('node/not-countersigned');
    const elsewhere = new World({ ...testPolicy, version: 2 });
    expect(elsewhere.say('node', node, { ...good, farm: elsewhere.farm(farmer) })).toBe('node/not-countersigned');
    expect(world.say('node', node, { ...good, farm: zero32 })).toBe('farm/unknown');
    expect(world.say('node', node, good)).toBe('ok');
  });

  test('never leaves its farm by itself', () => {
    const world = smallGrid();
    const other = world.farm(stranger);
    expect(world.node(node, other, stranger)).toBe('node/farm-changed');
  });

  test('tells anew what it has, but not less than it has promised', () => {
    const world = smallGrid();
    const farm = Uint8Array.from(Buffer.from(world.nodeOf(node).farm, 'hex'));
    expect(world.contract(world.document())).toBe('ok');
    expect(world.node(node, farm, farmer, smallLoad)).toBe('ok');
    expect(world.node(node, farm, farmer, { ...smallLoad, cruMilli: 999 })).toBe('node/no-capacity');
    expect(world.state.get('farm', toHex(farm))?.nodeCount).toBe(1);
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('an uptime record by a key that is no node is refused', () => {
    expect(smallGrid().uptime(stranger)).toBe('node/unknown');
  });
});

describe('up and down', () => {
  test('a node is down when its grace has passed, to the millisecond, and up again with its next record', () => {
    const world = smallGrid().at(99.999);
    expect(world.nodeOf(node).isUp).toBe(true);
    world.at(100);
    expect(world.nodeOf(node)).toMatchObject({ isUp: false, periodUpMs: 100_000 });
    world.at(150);
    expect(world.uptime(node)).toBe('ok');
    expect(world.nodeOf(node)).toMatchObject({ isUp: true, upSinceMs: world.nowMs, periodUpMs: 100_000 });
    expect(world.life(node.hex)).toEqual(['joined', 'up', 'down', 'uptime', 'up']);
  });

  test('records before the grace is over keep it up without a break', () => {
    const world = smallGrid();
    const since = world.nowMs;
    for (const seconds of [50, 149, 248]) world.at(seconds).uptime(node);
    expect(world.nodeOf(node)).toMatchObject({ isUp: true, upSinceMs: since });
  });
});

describe('rewards', () => {
  const gb = bytesPerGb;
  /** 10 CU (20 cores, 40 GB) and 10 SU (2000 GB of SSD). */
  const tenUnits = { cruMilli: 20_000, mruBytes: 40 * gb, sruBytes: 2000 * gb, hruBytes: 0 };

  test('10 CU and 10 SU are 34 USD, 425 TFT, a month', () => {
    expect(rewardOf(tenUnits, { ...defaultPolicy.rewards, periodMs: monthMs })).toBe(tft(425));
  });

  test('a day is a thirtieth of a month, rounded down once', () => {
    expect(rewardOf(tenUnits, defaultPolicy.rewards)).toBe(tft(425) / 30n);
    const crumb = { cruMilli: 0, mruBytes: 0, sruBytes: gb, hruBytes: 0 };
    expect(rewardOf(crumb, { ...defaultPolicy.rewards, periodMs: 10_000 })).toBe(2n); // 5 milli-SU for 10 s: 2.4
  });

  /** A node that sends uptime every 90 s, except in the seconds from `from` to `to`. */
  const lived = (from: number, to: number, end: number): World => {
    const world = smallGrid();
    for (let second = 90; second <= end; second += 90) {
      world.at(second);
      if (second < from || second >= to) world.uptime(node);
    }
    return world.at(end);
  };
  const reward = rewardOf(bigNode, testPolicy.rewards);
  const payout = person('payout of farmer');

  test('a node that was up is rewarded at the end of each period, to its farm’s payout', () => {
    const world = lived(0, 0, 2000);
    expect(world.balance(payout)).toBe(2n * reward);
    expect(world.state.get('totals', 'grid')?.minted).toBe(tft(100) + 2n * reward);
    expect(world.life(node.hex).filter((what) => what === 'rewarded')).toHaveLength(2);
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('95% is enough, less is nothing, and the why is written down', () => {
    // down from 460 (360 + 100) to 540: 80 s of 1000 are 92%
    const world = lived(450, 540, 1000);
    expect(world.balance(payout)).toBe(0n);
    expect(world.state.history.at(-1)).toEqual({
      object: 'node',
      id: node.hex,
      what: 'not-rewarded',
      detail: 'up 920000 of 1000000 ms',
    });
    const enough = smallGrid({ ...testPolicy, rewards: { ...testPolicy.rewards, minUptimePermille: 100 } }).at(1000);
    expect(enough.balance(payout)).toBe(reward); // up for exactly 100 s of 1000
    const missed = smallGrid({ ...testPolicy, rewards: { ...testPolicy.rewards, minUptimePermille: 101 } }).at(1000);
    expect(missed.balance(payout)).toBe(0n);
  });

  test('a node that is gone for years costs nothing and is off the timer', () => {
    const world = smallGrid().at(1000);
    const lines = world.state.history.length;
    expect(world.state.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    world.at(10 * 365 * 86_400 + 12.345);
    expect(world.state.history).toHaveLength(lines);
    world.uptime(node);
    expect(world.nodeOf(node)).toMatchObject({ periodUpMs: 0, isUp: true });
    const { periodStartMs } = world.nodeOf(node);
    expect(world.nowMs - periodStartMs).toBeLessThan(testPolicy.rewards.periodMs);
    expect((periodStartMs - world.nodeOf(node).createdMs) % testPolicy.rewards.periodMs).toBe(0);
  });

  test('a period without any time up is never rewarded, whatever the policy asks', () => {
    const world = smallGrid({ ...testPolicy, rewards: { ...testPolicy.rewards, minUptimePermille: 0 } }).at(5000);
    expect(world.balance(payout)).toBe(reward);
  });
});

test('a countersignature is for one statement: signBy another text is worth nothing', () => {
  const world = new World();
  const farm = world.farm(farmer);
  const body = { ...world.nodeBody(node, farm, farmer), countersignature: signBy(farmer, farm) };
  expect(world.say('node', node, body)).toBe('node/not-countersigned');
});
