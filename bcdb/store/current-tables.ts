/**
 * The state at the head as SQLite rows: for every kind how an object is read back and which columns its row carries
 * for the queries. The object's own bytes stand in `value`; columns beside it are only what something is found by.
 */
import type { Contract, Farm, GridNode, Objects, Profile, StateKind } from '../state.ts';
import { decodeObject } from './codec.ts';
import { createContractParts } from './contract-parts.ts';
import { blob, type Db, plain, rowWriter } from './database.ts';
import type { Changed } from './sql-state.ts';

export type CurrentTables = {
  /** The object's bytes as last committed or flushed. */
  read(kind: StateKind, key: string): Uint8Array | undefined;
  /** A block's objects, each once. `stored`: its bytes, of a contract its row (contract-parts.ts). */
  write(objects: readonly StoredChange[]): void;
};

export type StoredChange = { readonly change: Changed; readonly stored: Uint8Array };

type Write<T> = (key: Buffer, value: T, bytes: Uint8Array) => void;

const tableOf = {
  account: 'accounts',
  profile: 'profiles',
  farm: 'farms',
  node: 'nodes',
  contract: 'contracts',
} as const;

/** Prepares all statements once. */
export function currentTables(db: Db): CurrentTables {
  const readRow = (table: string) => db.prepare<[Buffer], Buffer>(`SELECT value FROM ${table} WHERE key = ?`).pluck();
  const readers = {
    account: readRow(tableOf.account),
    profile: readRow(tableOf.profile),
    farm: readRow(tableOf.farm),
    node: readRow(tableOf.node),
    contract: readRow(tableOf.contract),
  };
  const parts = createContractParts(db);
  const readSingleton = db.prepare<[string], Buffer>('SELECT value FROM singletons WHERE kind = ?').pluck();
  const writeSingleton = db.prepare(
    'INSERT INTO singletons VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET value = excluded.value',
  );
  const writeAccounts = accountsWriter(db);
  const writers: { readonly [K in Exclude<keyof typeof tableOf, 'account'>]: Write<Objects[K]> } = {
    profile: profileWriter(db),
    farm: farmWriter(db),
    node: nodeWriter(db),
    contract: contractWriter(db, readers.farm, readers.node),
  };

  function writeOne({ change, stored }: StoredChange): void {
    const key = blob(change.key);
    switch (change.kind) {
      case 'totals':
      case 'policy':
        writeSingleton.run(change.kind, stored);
        return;
      case 'profile':
        writers.profile(key, change.value, stored);
        return;
      case 'farm':
        writers.farm(key, change.value, stored);
        return;
      case 'node':
        writers.node(key, change.value, stored);
        return;
      case 'contract':
        writers.contract(key, change.value, stored);
    }
  }

  return {
    read(kind, key) {
      const found = kind === 'totals' || kind === 'policy' ? readSingleton.get(kind) : readers[kind].get(blob(key));
      if (found === undefined) return undefined;
      return kind === 'contract' ? parts.join(plain(found)) : plain(found);
    },
    write(objects) {
      writeAccounts(objects);
      const others = objects.filter(({ change }) => change.kind !== 'account');
      // Contracts look up their nodes' farmers, which may be as new as they are.
      for (const each of others) if (each.change.kind !== 'contract') writeOne(each);
      for (const each of others) if (each.change.kind === 'contract') writeOne(each);
    },
  };
}

/** Most of what a block changes. */
function accountsWriter(db: Db): (objects: readonly StoredChange[]) => void {
  const write = rowWriter(
    db,
    'INSERT INTO accounts (key, balance, locked, value) VALUES',
    4,
    `ON CONFLICT (key) DO UPDATE SET balance = excluded.balance, locked = excluded.locked, value = excluded.value`,
  );
  return (objects) =>
    write(
      objects.flatMap(({ change: { kind, key, value }, stored }) =>
        kind === 'account' ? [[blob(key), value.balance, value.locked, stored]] : [],
      ),
    );
}

/** Keeps a full-text table of names in step: one row per object, under the object's own row number. */
function nameWriter(db: Db, table: 'profile_names' | 'farm_names'): (position: number, name: string) => void {
  const replace = db.prepare(`INSERT OR REPLACE INTO ${table} (rowid, name) VALUES (?, ?)`);
  return (position, name) => void replace.run(position, name);
}

function profileWriter(db: Db): Write<Profile> {
  const upsert = db
    .prepare<[Buffer, Buffer, Uint8Array], number>(
      `INSERT INTO profiles (key, net, value) VALUES (?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET net = excluded.net, value = excluded.value RETURNING position`,
    )
    .pluck();
  const setName = nameWriter(db, 'profile_names');
  return (key, value, bytes) => {
    const position = upsert.get(key, blob(value.net), bytes);
    if (position !== undefined) setName(position, value.name);
  };
}

function farmWriter(db: Db): Write<Farm> {
  const upsert = db
    .prepare<[Buffer, Buffer, Uint8Array], number>(
      `INSERT INTO farms (key, owner, value) VALUES (?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, value = excluded.value RETURNING position`,
    )
    .pluck();
  const setName = nameWriter(db, 'farm_names');
  return (key, value, bytes) => {
    const position = upsert.get(key, blob(value.owner), bytes);
    if (position !== undefined) setName(position, value.name);
  };
}

function nodeWriter(db: Db): Write<GridNode> {
  const upsert = db.prepare(
    `INSERT INTO nodes (key, farm, free_cru_milli, free_mru_bytes, free_sru_bytes, free_hru_bytes, is_up, last_seen_ms, value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET farm = excluded.farm, free_cru_milli = excluded.free_cru_milli,
       free_mru_bytes = excluded.free_mru_bytes, free_sru_bytes = excluded.free_sru_bytes,
       free_hru_bytes = excluded.free_hru_bytes, is_up = excluded.is_up, last_seen_ms = excluded.last_seen_ms,
       value = excluded.value`,
  );
  return (key, { farm, capacity, used, isUp, lastSeenMs }, bytes) =>
    void upsert.run(
      key,
      blob(farm),
      capacity.cruMilli - used.cruMilli,
      capacity.mruBytes - used.mruBytes,
      capacity.sruBytes - used.sruBytes,
      capacity.hruBytes - used.hruBytes,
      isUp ? 1 : 0,
      lastSeenMs,
      bytes,
    );
}

/** A workload that still stands on its node. */
const isHeld = (contract: Contract, state: string): boolean =>
  state !== 'deleted' && contract.state !== 'ended' && contract.state !== 'failed';

type Reader = { get(key: Buffer): Buffer | undefined };

function contractWriter(db: Db, farms: Reader, nodes: Reader): Write<Contract> {
  const upsert = db
    .prepare<[Buffer, string, number, Uint8Array], number>(
      `INSERT INTO contracts (key, state, recorded_ms, value) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET state = excluded.state, value = excluded.value RETURNING position`,
    )
    .pluck();
  const setRole = db.prepare(
    `INSERT INTO contract_roles VALUES (?, ?, ?, ?) ON CONFLICT (role, key, contract)
     DO UPDATE SET workloads = excluded.workloads WHERE workloads <> excluded.workloads`,
  );
  const farmerOf = (node: string): string | undefined => {
    const nodeBytes = nodes.get(blob(node));
    if (nodeBytes === undefined) return undefined;
    const farmBytes = farms.get(blob(decodeObject('node', plain(nodeBytes)).farm));
    return farmBytes === undefined ? undefined : decodeObject('farm', plain(farmBytes)).owner;
  };
  return (key, contract, bytes) => {
    const position = upsert.get(key, contract.state, contract.recordedMs, bytes);
    if (position === undefined) return;
    for (const party of new Set([...contract.parties, contract.coordinator])) {
      setRole.run('party', blob(party), position, 0);
    }
    for (const node of new Set(contract.workloads.map((workload) => workload.node))) {
      const here = contract.workloads.filter((workload) => workload.node === node && isHeld(contract, workload.state));
      setRole.run('node', blob(node), position, here.length);
      const farmer = farmerOf(node);
      if (farmer !== undefined) setRole.run('farmer', blob(farmer), position, 0);
    }
  };
}
