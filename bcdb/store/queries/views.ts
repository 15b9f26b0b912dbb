/** From state objects to what screens show (core/views): keys of people become addresses. Pure. */
import { addressOf } from '../../../core/keys.ts';
import { addCapacity, computeUnitsMilli, storageUnitsMilli } from '../../../core/units.ts';
import type { ContractView, FarmView, NodeView, ProfileView } from '../../../core/views.ts';
import type { Contract, Farm, GridNode, Profile } from '../../state.ts';
import { blob } from '../database.ts';

/** Address of a hex key. */
const addressOfHex = (hex: string): string => addressOf(blob(hex));

export const profileViewOf = ({ key, name, roles, net }: Profile): ProfileView => ({
  address: addressOfHex(key),
  name,
  roles: [...roles],
  net,
});

export const farmViewOf = (farm: Farm): FarmView => ({
  id: farm.id,
  owner: addressOfHex(farm.owner),
  name: farm.name,
  country: farm.country,
  city: farm.city,
  prices: farm.prices,
  payout: addressOfHex(farm.payout),
  autoAccept: farm.accept.auto,
  minTermSeconds: farm.accept.minTermSeconds,
  blocked: farm.accept.blocked.map(addressOf),
  nodeCount: farm.nodeCount,
});

export const nodeViewOf = (node: GridNode, farm: Farm, workloadCount: number): NodeView => ({
  id: node.id,
  farm: node.farm,
  farmName: farm.name,
  farmer: addressOfHex(farm.owner),
  country: farm.country,
  city: farm.city,
  status: node.isUp ? 'up' : 'down',
  capacity: node.capacity,
  used: node.used,
  free: addCapacity(node.capacity, node.used, -1),
  cuMilli: computeUnitsMilli(node.capacity),
  suMilli: storageUnitsMilli(node.capacity),
  prices: farm.prices,
  features: [...node.features],
  agentVersion: node.agentVersion,
  net: node.net,
  workloadCount,
  createdMs: node.createdMs,
  lastSeenMs: node.lastSeenMs,
  upSinceMs: node.upSinceMs,
});

/** When the last of the running workloads will have run for the whole term, if all goes on as it does. */
function runsUntilMs({ state, workloads, termSeconds }: Contract): number | null {
  if (state !== 'running') return null;
  const ends = workloads
    .filter((workload) => workload.state === 'ok')
    .map((workload) => workload.countedUntilMs + Math.max(0, termSeconds * 1000 - workload.runningMs));
  return ends.length === 0 ? null : Math.max(...ends);
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

export function contractViewOf(contract: Contract): ContractView {
  const paidIn = sum(contract.paid.map(({ amount }) => amount));
  return {
    id: contract.id,
    title: contract.title,
    payer: addressOfHex(contract.payer),
    coordinator: addressOfHex(contract.coordinator),
    parties: contract.parties.map(addressOfHex),
    state: contract.state,
    reason: contract.reason,
    version: contract.version,
    workloads: contract.workloads.map((workload) => ({
      name: workload.name,
      node: workload.node,
      image: workload.image,
      capacity: workload.capacity,
      price: workload.priceStroops,
      state: workload.state,
      code: workload.code,
      detail: workload.detail,
      earned: workload.earnedStroops,
      runningMs: workload.runningMs,
    })),
    price: sum(contract.workloads.map(({ priceStroops }) => priceStroops)),
    paidIn,
    locked: paidIn - contract.earned - contract.refunded,
    earned: contract.earned,
    refunded: contract.refunded,
    termSeconds: contract.termSeconds,
    recordedMs: contract.recordedMs,
    deployByMs: contract.deployByMs,
    runsUntilMs: runsUntilMs(contract),
    documentBytes: contract.document,
    approvals: contract.approvals.map(({ signer, purpose, signature }) => ({
      signer: addressOf(signer),
      purpose,
      signature,
    })),
  };
}
