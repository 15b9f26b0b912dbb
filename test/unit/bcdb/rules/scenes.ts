// Ready-made scenes for tests of the rules: a small grid, a contract just recorded, a verdict that must leave no trace.

import type { Approval, ContractDocument } from '../../../../core/contract.ts';
import type { Policy } from '../../../../core/policy.ts';
import { person, testPolicy, tft, World } from './world.ts';

/** A grid with a farmer, one node that is up, and a consumer with 100 TFT. */
export function smallGrid(policy: Policy = testPolicy): World {
  const world = new World(policy, [[person('consumer'), tft(100)]]);
  const farm = world.farm(person('farmer'));
  world.node(person('node'), farm, person('farmer'));
  return world;
}

/** A small grid on which a contract has just been recorded. */
export function deployed(change: Partial<ContractDocument> = {}, policy = testPolicy): [World, ContractDocument] {
  const world = smallGrid(policy);
  const document = world.document(change);
  const verdict = world.contract(document);
  if (verdict !== 'ok') throw new Error(verdict);
  return [world, document];
}

/** Uptime every 50 s until `end`, so that the node never goes down. */
export function alive(world: World, from: number, end: number): World {
  for (let second = from; second < end; second += 50) world.at(second).uptime(person('node'));
  return world.at(end);
}

/** Where a contract stands, and why. */
export const stateOf = (world: World, document: ContractDocument): string => {
  const { state, reason } = world.contractOf(document);
  return `${state}: ${reason}`;
};

/** The verdict on a contract; 'left a trace' when a refusal changed anything at all. */
export function refusal(world: World, document: ContractDocument, approvals?: readonly Approval[]): string {
  const seen = () => [world.state.all('account'), world.state.all('node'), world.state.all('contract')];
  const before = JSON.stringify([seen(), world.state.history, world.state.ledger], withBigints);
  const verdict = world.contract(document, approvals);
  const after = JSON.stringify([seen(), world.state.history, world.state.ledger], withBigints);
  return before === after ? verdict : `${verdict}: left a trace`;
}

const withBigints = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);

/** A provision by these people, and the farmer’s yes. */
export const approvedBy = (world: World, document: ContractDocument, ...people: Parameters<World['approve']>[2][]) => [
  ...world.approve(document, 'provision', ...people),
  ...world.approve(document, 'accept', person('farmer')),
];
