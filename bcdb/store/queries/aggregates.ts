/**
 * Counts and sums over the whole state, kept in step with each block: what one object adds, taken off as it was before and put
 * on as it is now. Touches nothing but the table `aggregates`.
 */
import type { StatsView } from '../../../core/query-views.ts';
import type { Capacity } from '../../../core/units.ts';
import { contractStates } from '../../../core/views.ts';
import type { Objects } from '../../state.ts';
import type { Db } from '../database.ts';
import type { Changed } from '../sql-state.ts';

/** An object as it was before a block and as it is after it. */
export type Change = { readonly before: Changed | undefined; readonly after: Changed };

/** `name part` -> amount. */
type Sums = Map<string, bigint>;

const units = ['cruMilli', 'mruBytes', 'sruBytes', 'hruBytes'] as const satisfies (keyof Capacity)[];
const workloadStates = ['waiting', 'ok', 'error', 'paused', 'deleted'] as const;

function add(sums: Sums, name: string, part: string, amount: bigint): void {
  const at = `${name} ${part}`;
  sums.set(at, (sums.get(at) ?? 0n) + amount);
}

function addNode(sums: Sums, { capacity, used, isUp }: Objects['node'], sign: bigint): void {
  add(sums, 'nodes', isUp ? 'up' : 'down', sign);
  for (const unit of units) {
    add(sums, 'total', unit, sign * BigInt(capacity[unit]));
    add(sums, 'used', unit, sign * BigInt(used[unit]));
    if (isUp) add(sums, 'freeUp', unit, sign * BigInt(capacity[unit] - used[unit]));
  }
}

/** Workloads of contracts that are over stand nowhere any more. */
function addContract(sums: Sums, { state, workloads }: Objects['contract'], sign: bigint): void {
  add(sums, 'contracts', state, sign);
  if (state === 'ended' || state === 'failed') return;
  for (const workload of workloads) add(sums, 'workloads', workload.state, sign);
}

function addObject(sums: Sums, change: Changed, sign: bigint): void {
  switch (change.kind) {
    case 'node':
      addNode(sums, change.value, sign);
      return;
    case 'contract':
      addContract(sums, change.value, sign);
      return;
    case 'farm':
      add(sums, 'farms', '', sign);
      add(sums, 'country', change.value.country, sign * BigInt(change.value.nodeCount));
      return;
    case 'account':
      add(sums, 'accounts', '', sign);
      return;
    case 'profile':
      add(sums, 'profiles', '', sign);
      return;
    default:
  }
}

/** By what changes move the sums. */
export function differenceOf(changes: Iterable<Change>): ReadonlyMap<string, bigint> {
  const sums: Sums = new Map();
  for (const { before, after } of changes) {
    if (before !== undefined) addObject(sums, before, -1n);
    addObject(sums, after, 1n);
  }
  return sums;
}

/** Adds differences to the table; what falls to 0 goes. Inside the block's transaction. */
export function aggregateWriter(db: Db): (difference: ReadonlyMap<string, bigint>) => void {
  const read = db.prepare<[string, string], string>('SELECT value FROM aggregates WHERE name = ? AND part = ?').pluck();
  const write = db.prepare(
    'INSERT INTO aggregates VALUES (?, ?, ?) ON CONFLICT (name, part) DO UPDATE SET value = excluded.value',
  );
  const remove = db.prepare('DELETE FROM aggregates WHERE name = ? AND part = ?');
  return (difference) => {
    for (const [at, amount] of difference) {
      if (amount === 0n) continue;
      const [name = '', part = ''] = at.split(' ');
      const value = BigInt(read.get(name, part) ?? '0') + amount;
      if (value === 0n) remove.run(name, part);
      else write.run(name, part, value.toString());
    }
  };
}

/** Reads all sums. */
export function statsReader(db: Db): () => Omit<StatsView, 'height' | 'timeMs'> {
  const everySum = db.prepare<[], { name: string; part: string; value: string }>(
    'SELECT name, part, value FROM aggregates',
  );
  return () => {
    const rows = everySum.all();
    const sums = new Map(rows.map(({ name, part, value }) => [`${name} ${part}`, BigInt(value)]));
    const sum = (name: string, part = ''): bigint => sums.get(`${name} ${part}`) ?? 0n;
    const count = (name: string, part = ''): number => Number(sum(name, part));
    const capacity = (name: string) => ({
      cruMilli: sum(name, 'cruMilli'),
      mruBytes: sum(name, 'mruBytes'),
      sruBytes: sum(name, 'sruBytes'),
      hruBytes: sum(name, 'hruBytes'),
    });
    const counts = <P extends string>(name: string, parts: readonly P[]) =>
      Object.fromEntries(parts.map((part) => [part, count(name, part)])) as { [K in P]: number };
    const nodesByCountry = rows
      .filter(({ name }) => name === 'country')
      .map(({ part, value }) => ({ country: part, nodes: Number(value) }))
      .sort((a, b) => b.nodes - a.nodes || (a.country < b.country ? -1 : 1));
    return {
      nodes: count('nodes', 'up') + count('nodes', 'down'),
      nodesUp: count('nodes', 'up'),
      farms: count('farms'),
      countries: nodesByCountry.length,
      nodesByCountry,
      total: capacity('total'),
      used: capacity('used'),
      freeOnUpNodes: capacity('freeUp'),
      contracts: counts('contracts', contractStates),
      workloads: counts('workloads', workloadStates),
      accounts: count('accounts'),
      profiles: count('profiles'),
    };
  };
}
