/**
 * The indexes in memory and how they come to be: built in slices from the state at the head, so that nothing else waits for a
 * million nodes to be read, and kept in step with each block meanwhile and after. Who asks before they are ready makes the
 * rest be built at once.
 */
import type { Farm } from '../../state.ts';
import { decodeObject } from '../codec.ts';
import { type Db, plain } from '../database.ts';
import type { Changed } from '../sql-state.ts';
import { ContractIndex, type ContractRow } from './contract-index.ts';
import { NodeIndex } from './node-index.ts';

export type GridIndex = {
  /** The finished indexes. */
  readonly nodes: () => NodeIndex;
  readonly contracts: () => ContractIndex;
  readonly isReady: () => boolean;
  /** Builds for about `ms` milliseconds; also whatever wants to be cut anew. False when there is nothing to do. */
  readonly improve: (ms: number) => boolean;
  /** Keeps step with a committed block. */
  readonly committed: (changes: readonly Changed[]) => void;
};

type Row = { readonly position: number; readonly value: Buffer };
type ContractColumns = {
  readonly position: number;
  readonly state: ContractRow['state'];
  readonly recorded_ms: number;
};

/** Rows read in one go: some milliseconds. */
const batchRows = 500;

export function openGridIndex(db: Db): GridIndex {
  const nodes = new NodeIndex();
  const contracts = new ContractIndex(db);
  const page = (table: string) =>
    db.prepare<[number, number], Row>(
      `SELECT position, value FROM ${table} WHERE position > ? ORDER BY position LIMIT ?`,
    );
  const farmPage = page('farms');
  const nodePage = page('nodes');
  const contractPage = db.prepare<[number, number], ContractColumns>(
    'SELECT position, state, recorded_ms FROM contracts WHERE position > ? ORDER BY position LIMIT ?',
  );
  const contractAt = db.prepare<[Buffer], number>('SELECT position FROM contracts WHERE key = ?').pluck();
  /** What is left to do, step by step; the first is at work. Undefined: not begun. */
  let steps: Iterator<void> | undefined;
  let isBuilt = false;
  /** Nodes have their place at a farm: before all farms are here, none can be put. */
  let areFarmsHere = false;

  function* build(): Iterator<void> {
    const farms: Farm[] = [];
    for (let rows = farmPage.all(0, batchRows); rows.length > 0; ) {
      for (const { value } of rows) farms.push(decodeObject('farm', plain(value)));
      yield;
      rows = farmPage.all(rows.at(-1)?.position ?? 0, batchRows);
    }
    nodes.columns.farms.prepare(farms);
    for (const [at, farm] of farms.entries()) {
      // One that is known already came with a block in the meantime, and is newer.
      if (nodes.columns.farms.ids.find(farm.id) === undefined) nodes.putFarm(farm);
      if (at % batchRows === 0) yield;
    }
    areFarmsHere = true;
    nodes.columns.reserve(db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM nodes').pluck().get() ?? 0);
    yield;
    for (let rows = nodePage.all(0, batchRows); rows.length > 0; ) {
      for (const { value } of rows) nodes.putNode(decodeObject('node', plain(value)));
      yield;
      rows = nodePage.all(rows.at(-1)?.position ?? 0, batchRows);
    }
    for (let rows = contractPage.all(0, batchRows * 8); rows.length > 0; ) {
      for (const { position, state, recorded_ms } of rows) contracts.put({ position, state, recordedMs: recorded_ms });
      yield;
      rows = contractPage.all(rows.at(-1)?.position ?? 0, batchRows * 8);
    }
    while (nodes.columns.improve()) yield;
  }

  function improve(ms: number): boolean {
    if (isBuilt) return nodes.columns.improve();
    const endMs = performance.now() + ms;
    steps ??= build();
    do isBuilt = steps.next().done === true;
    while (!isBuilt && performance.now() < endMs);
    return true;
  }

  const finish = (): void => {
    while (!isBuilt) improve(1000);
  };

  return {
    nodes() {
      finish();
      return nodes;
    },
    contracts() {
      finish();
      return contracts;
    },
    isReady: () => isBuilt,
    improve,
    committed(changes) {
      // Not begun: the build will read what stands then.
      if (steps === undefined) return;
      for (const change of changes) if (change.kind === 'farm') nodes.putFarm(change.value);
      // Those that come too early will be read with all others.
      for (const change of changes) if (change.kind === 'node' && areFarmsHere) nodes.putNode(change.value);
      for (const change of changes) {
        if (change.kind !== 'contract') continue;
        const position = contractAt.get(Buffer.from(change.key, 'hex'));
        const { state, recordedMs } = change.value;
        if (position !== undefined) contracts.put({ position, state, recordedMs });
      }
    },
  };
}
