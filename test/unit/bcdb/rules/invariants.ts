// What must hold for any state at any moment; each check answers what is wrong, so a failure explains itself.

import { unexplained } from '../../../../bcdb/rules/books.ts';
import type { MemoryState } from '../../../../bcdb/rules/memory-state.ts';
import { restOf } from '../../../../bcdb/rules/money.ts';
import { addCapacity, type Capacity, fitsCapacity, noCapacity } from '../../../../core/units.ts';

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const same = (a: Capacity, b: Capacity): boolean => fitsCapacity(a, b) && fitsCapacity(b, a);

/** All that is wrong with a state; empty when all is well. */
export function faultsOf(state: MemoryState): readonly string[] {
  return [...bookFaults(state), ...contractFaults(state), ...nodeFaults(state)];
}

function bookFaults(state: MemoryState): readonly string[] {
  const totals = state.get('totals', 'grid');
  if (totals === undefined) return ['no totals'];
  const accounts = state.all('account');
  const faults: string[] = [];
  if (unexplained(totals) !== 0n) faults.push(`unexplained ${unexplained(totals)}`);
  if (sum(accounts.map((account) => account.balance)) !== totals.balances) faults.push('balances are not their sum');
  if (sum(accounts.map((account) => account.locked)) !== totals.locked) faults.push('locked is not its sum');
  if (sum(state.all('contract').map(restOf)) !== totals.locked) faults.push('locked is not what contracts hold');
  const statements = new Map<string, bigint>();
  for (const { account, delta } of state.ledger) statements.set(account, (statements.get(account) ?? 0n) + delta);
  for (const account of accounts) {
    if (account.balance < 0n || account.locked < 0n) faults.push(`negative account ${account.key}`);
    if ((statements.get(account.key) ?? 0n) !== account.balance) faults.push(`statement of ${account.key}`);
  }
  return faults;
}

function contractFaults(state: MemoryState): readonly string[] {
  return state.all('contract').flatMap((contract) => {
    const faults: string[] = [];
    const price = sum(contract.workloads.map((workload) => workload.priceStroops));
    if (restOf(contract) < 0n) faults.push(`contract ${contract.id} paid out more than it holds`);
    if (price !== sum(contract.paid.map((part) => part.amount))) faults.push('paid is not the price');
    if (sum(contract.workloads.map((workload) => workload.earnedStroops)) !== contract.earned) faults.push('earned');
    const isHolding = contract.state === 'deploying' || contract.state === 'running';
    if (!isHolding && restOf(contract) !== 0n) faults.push(`${contract.state} and still holds money`);
    const mostMs = contract.termSeconds * 1000;
    if (contract.workloads.some((workload) => workload.runningMs > mostMs)) faults.push('ran longer than its term');
    return faults;
  });
}

function nodeFaults(state: MemoryState): readonly string[] {
  return state.all('node').flatMap((node) => {
    const held = state.all('contract').filter((contract) => contract.state !== 'ended' && contract.state !== 'failed');
    const loads = held.flatMap((contract) =>
      contract.workloads
        .filter((workload) => workload.node === node.id && workload.state !== 'deleted')
        .map((workload) => ({ contract: contract.id, capacity: workload.capacity })),
    );
    const used = loads.reduce((total, load) => addCapacity(total, load.capacity), noCapacity);
    const faults: string[] = [];
    if (!same(used, node.used)) faults.push(`used of node ${node.id}`);
    if (!fitsCapacity(node.used, node.capacity)) faults.push(`node ${node.id} is over-provisioned`);
    const contracts = new Set(loads.map((load) => load.contract));
    if (contracts.size !== node.contracts.length || !node.contracts.every((id) => contracts.has(id))) {
      faults.push(`contracts of node ${node.id}`);
    }
    return faults;
  });
}
