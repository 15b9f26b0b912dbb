/** What a farmer's 3bot says to a contract by itself: each workload by the rules of the farm that it stands on. */
import { beforeEach, expect, it } from 'vitest';
import { toHex } from '../../../core/bytes.ts';
import type { ContractDocument } from '../../../core/contract.ts';
import type { FarmView } from '../../../core/views.ts';
import { judgeProposal, longestSigningMs } from '../../../main/desk/accept-rules.ts';
import { addFarm, makeWorld, type World } from '../../support/desks.ts';
import { documentOf, person } from '../../support/people.ts';

const [payer, signer, coordinator, farmer, node, otherNode] = [1, 2, 3, 4, 5, 6].map(person) as [
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
];
const cheap = { cuHourStroops: 1n, suHourStroops: 0n };

let world: World;
beforeEach(() => {
  world = makeWorld();
});

const judge = (changes: Partial<ContractDocument> = {}) =>
  judgeProposal({
    document: documentOf({ payer, signers: [payer, signer], threshold: 1, node, changes }),
    coordinator: coordinator.key,
    nodes: world.nodes,
    farms: world.farms,
    nowMs: 1000,
  });

it('takes what meets the rules', () => {
  addFarm(world, farmer, node);
  expect(judge()).toBe('yes');
});

it.each([
  ['payer', payer],
  ['signer', signer],
  ['coordinator', coordinator],
])('declines what a blocked %s has a part in, even where a person decides', (_part, who) => {
  addFarm(world, farmer, node, { blocked: [person(77).address, who.address], autoAccept: false });
  expect(judge()).toMatchObject({ code: 'contract/declined' });
});

it('declines when only the quorum for the end has a blocked signer', () => {
  addFarm(world, farmer, node, { blocked: [person(9).address] });
  const ending = { threshold: 1, signers: [{ key: person(9).key, weight: 1 }] };
  expect(judge({ delete: ending })).toMatchObject({ code: 'contract/declined' });
});

it('gives nobody an option on today’s price: beyond a week to sign a person decides', () => {
  addFarm(world, farmer, node);
  expect(judge({ signByMs: 1000 + longestSigningMs })).toBe('yes');
  expect(judge({ signByMs: 1001 + longestSigningMs })).toBe('wait');
  expect(judge({ signByMs: 253_402_300_799_999 })).toBe('wait');
});

it('judges each workload by its own farm, in either order', () => {
  const second = (rules: Partial<FarmView>): void =>
    addFarm(world, farmer, otherNode, { id: toHex(person(201).key), ...rules });
  const { workloads } = documentOf({ payer, signers: [payer], threshold: 1, node });
  const both = [...workloads, ...workloads.map((workload) => ({ ...workload, name: 'b', node: otherNode.key }))];
  const price = 1_000_000n;
  const outcomes = (): unknown[] =>
    [both, both.toReversed()].map((list) => {
      const answer = judge({ workloads: list.map((workload) => ({ ...workload, priceStroops: price })) });
      return typeof answer === 'string' ? answer : answer.code;
    });
  addFarm(world, farmer, node, { prices: cheap });
  second({ prices: cheap });
  expect(outcomes()).toEqual(['yes', 'yes']);
  second({ prices: { cuHourStroops: 10_000_000_000n, suHourStroops: 0n } });
  expect(outcomes()).toEqual(['contract/price-below-asking', 'contract/price-below-asking']);
  second({ prices: cheap, minTermSeconds: 7200 });
  expect(outcomes()).toEqual(['contract/declined', 'contract/declined']);
  second({ prices: cheap, blocked: [payer.address] });
  expect(outcomes()).toEqual(['contract/declined', 'contract/declined']);
  second({ prices: cheap, autoAccept: false });
  expect(outcomes()).toEqual(['wait', 'wait']);
});
