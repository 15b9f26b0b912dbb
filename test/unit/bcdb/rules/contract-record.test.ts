// What it takes to record a contract; every guard refuses, and a refusal moves no money and holds no capacity.

import { describe, expect, test } from 'vitest';
import { toHex } from '../../../../core/bytes.ts';
import { encode } from '../../../../core/cbor.ts';
import { noCapacity } from '../../../../core/units.ts';
import { faultsOf } from './invariants.ts';
import { approvedBy, refusal, smallGrid } from './scenes.ts';
import { bigNode, person, smallLoad, testPolicy, tft } from './world.ts';

const [consumer, a, b, node] = [person('consumer'), person('cosigner-a'), person('cosigner-b'), person('node')];

test('with every quorum met it is recorded, its price locked and its capacity held in one step', () => {
  const world = smallGrid();
  const document = world.document();
  expect(world.contract(document)).toBe('ok');
  const contract = world.contractOf(document);
  expect(contract).toMatchObject({
    state: 'deploying',
    payer: consumer.hex,
    coordinator: consumer.hex,
    parties: [consumer.hex, a.hex, b.hex],
    deployByMs: world.nowMs + 60_000,
    paid: [{ key: consumer.hex, amount: tft(10) }],
    earned: 0n,
    refunded: 0n,
  });
  expect(contract.workloads.map((workload) => workload.state)).toEqual(['waiting']);
  expect([world.balance(consumer), world.locked(consumer)]).toEqual([tft(90), tft(10)]);
  expect(world.nodeOf(node)).toMatchObject({ used: smallLoad, contracts: [contract.id] });
  expect(world.state.ledger.at(-1)).toMatchObject({ reason: 'lock', delta: -tft(10), contract: contract.id });
  expect(faultsOf(world.state)).toEqual([]);
});

describe('the document', () => {
  test('G4 quorums that nobody or everybody meets are refused with their own codes', () => {
    const world = smallGrid();
    const me = { key: consumer.key, weight: 1 };
    const quorums = [
      [{ threshold: 0, signers: [me] }, 'quorum/threshold-zero'],
      [{ threshold: 2, signers: [me] }, 'quorum/unreachable'],
      [{ threshold: 1, signers: [] }, 'quorum/empty'],
      [{ threshold: 1, signers: [me, me] }, 'quorum/duplicate-signer'],
      [{ threshold: 1, signers: [{ key: a.key, weight: 1 }] }, 'quorum/required-not-listed'],
    ] as const;
    for (const [provision, code] of quorums) {
      const document = world.document({ provision: { ...provision, signers: [...provision.signers] } });
      expect(refusal(world, document, approvedBy(world, document, consumer, a))).toBe(code);
    }
  });

  test('G7 a secret in plain text is refused with the field named, not its value', () => {
    const world = smallGrid();
    const workloads = [{ ...world.workload('web', node), env: { DB_PASSWORD: 'hunter2' } }];
    const document = world.document({ workloads });
    const { code, detail } = world.submit(world.record('contract', consumer, world.contractBody(document)));
    expect([code, detail]).toEqual(['contract/secret-in-plain', 'workloads.0.env.DB_PASSWORD']);
  });

  test('garbage, another version, or more than the policy allows is refused', () => {
    const policy = {
      ...testPolicy,
      limits: { ...testPolicy.limits, workloadsPerContract: 1, signersPerQuorum: 3 },
    };
    const world = smallGrid(policy);
    const body = { ...world.contractBody(world.document()), document: Uint8Array.of(0xff) };
    expect(world.say('contract', consumer, body)).toBe('cbor/malformed');
    expect(world.say('contract', consumer, { ...body, document: encode({ v: 1 }) })).toBe('contract/malformed');
    expect(refusal(world, world.document({ version: 2 }))).toBe('contract/wrong-version');
    const two = [world.workload('one', node), world.workload('two', node)];
    expect(refusal(world, world.document({ workloads: two }))).toBe('contract/over-limit');
    expect(refusal(world, world.document({ termSeconds: 100_001 }))).toBe('contract/over-limit');
    expect(refusal(world, world.document({ deployWithinMs: 100_000_001 }))).toBe('contract/over-limit');
    const many = { threshold: 1, signers: ['consumer', 'p', 'q', 'r'].map((n) => ({ key: person(n).key, weight: 1 })) };
    expect(refusal(world, world.document({ provision: many }))).toBe('contract/over-limit');
    expect(refusal(world, world.document({ delete: many }))).toBe('contract/over-limit');
  });

  test('G27 after its deadline, by block time, it can no longer be recorded', () => {
    const world = smallGrid();
    const document = world.document({ signByMs: world.nowMs + 10_000 });
    world.at(10.001);
    expect(refusal(world, document)).toBe('contract/deadline-passed');
    const intime = smallGrid();
    const other = intime.document({ signByMs: intime.nowMs + 10_000 });
    expect(intime.at(10).contract(other)).toBe('ok');
  });

  test('G27 a second time it is refused, whatever became of it, and the refusal says where the money is', () => {
    const world = smallGrid();
    const document = world.document();
    expect(world.contract(document)).toBe('ok');
    const again = () => world.submit(world.record('contract', consumer, world.contractBody(document)));
    expect(again()).toEqual({
      code: 'contract/exists',
      detail: 'deploying: locked 10, earned 0, refunded 0 TFT',
    });
    world.at(60);
    expect(again()).toEqual({ code: 'contract/exists', detail: 'failed: locked 0, earned 0, refunded 10 TFT' });
    expect(world.balance(consumer)).toBe(tft(100));
  });
});

describe('nodes and money', () => {
  test('a node that is unknown, down, or too small is refused', () => {
    const world = smallGrid();
    const unknown = world.document({ workloads: [world.workload('web', person('nobody'))] });
    expect(refusal(world, unknown, world.approve(unknown, 'provision', consumer, a))).toBe('node/unknown');
    const big = { ...smallLoad, mruBytes: bigNode.mruBytes + 1 };
    expect(refusal(world, world.document({ workloads: [world.workload('web', node, 1n, big)] }))).toBe(
      'node/no-capacity',
    );
    world.at(100);
    expect(refusal(world, world.document())).toBe('node/down');
  });

  test('several workloads on one node are counted together: never more than is free', () => {
    const world = smallGrid();
    const half = { ...bigNode, cruMilli: bigNode.cruMilli / 2, sruBytes: 0, mruBytes: 0 };
    const loads = ['one', 'two', 'three'].map((name) => world.workload(name, node, 1n, half));
    expect(refusal(world, world.document({ workloads: loads }))).toBe('node/no-capacity');
    expect(world.contract(world.document({ workloads: loads.slice(0, 2) }))).toBe('ok');
    expect(world.contract(world.document({ workloads: loads.slice(0, 1) }))).toBe('node/no-capacity');
    expect(world.nodeOf(node).contracts).toHaveLength(1);
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('contracts that hold nothing still count: a node carries only so many', () => {
    const world = smallGrid({ ...testPolicy, limits: { ...testPolicy.limits, contractsPerNode: 2 } });
    const empty = () => world.document({ workloads: [world.workload('web', node, 1n, noCapacity)] });
    const [first, second] = [empty(), empty()];
    expect([first, second].map((document) => world.contract(document))).toEqual(['ok', 'ok']);
    expect(refusal(world, empty())).toBe('node/no-capacity');
    expect(world.result(node, first, 'error')).toBe('ok');
    expect(world.contract(empty())).toBe('ok');
  });

  test('a payer short of money is refused with what is missing; with the money it goes through', () => {
    const world = smallGrid();
    const document = world.document({ workloads: [world.workload('web', node, tft(100.5))] });
    expect(refusal(world, document)).toBe('contract/unfunded');
    const record = world.record('contract', consumer, world.contractBody(document));
    expect(world.submit(record).detail).toBe('0.5 TFT missing');
    world.pay(person('consumer'), person('cosigner-a'), tft(100));
    expect(refusal(world, document)).toBe('contract/unfunded');
    world.pay(person('cosigner-a'), person('consumer'), tft(100));
    expect(world.contract(world.document())).toBe('ok');
  });

  test('anybody may hand it in: the coordinator needs no say in it', () => {
    const world = smallGrid();
    const document = world.document();
    expect(world.say('contract', person('coordinator'), world.contractBody(document))).toBe('ok');
    expect(world.contractOf(document).coordinator).toBe(toHex(person('coordinator').key));
  });
});
