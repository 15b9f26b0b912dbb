/** Queries about farms, nodes and contracts. The node index is built at the first question for nodes. */
import { keyOf } from '../../../core/keys.ts';
import type { ContractView, FarmView, NodeView } from '../../../core/views.ts';
import type { Queries } from '../../replica-api.ts';
import { decodeObject } from '../codec.ts';
import { blob, type Db, hexOf, plain } from '../database.ts';
import type { Changed } from '../sql-state.ts';
import { type Answers, limitOf, type QueryContext } from './context.ts';
import { NodeIndex, nodeRowOf } from './node-index.ts';
import { prefixWords } from './people-queries.ts';
import { contractViewOf, farmViewOf, nodeViewOf } from './views.ts';

type NodeColumns = {
  key: Buffer;
  farm: Buffer;
  free_cru_milli: number;
  free_mru_bytes: number;
  free_sru_bytes: number;
  free_hru_bytes: number;
  is_up: number;
  last_seen_ms: number;
};

export type GridQueries = 'farm' | 'farms' | 'node' | 'nodes' | 'contract' | 'contracts';

export type GridAnswers = Answers<GridQueries> & {
  /** Keeps the node index in step with a committed block. */
  readonly committed: (changes: readonly Changed[]) => void;
};

export function gridQueries(context: QueryContext): GridAnswers {
  const { db, state } = context;
  const { farmsOf, everyFarm, farmsNamed, workloadsOn } = statements(db);
  const findContracts = contractFinder(db);
  let index: NodeIndex | undefined;

  const farmView = (hex: string): FarmView | null => {
    const farm = state.get('farm', hex);
    return farm === undefined ? null : farmViewOf(farm);
  };

  function nodeView(hex: string): NodeView | null {
    const node = state.get('node', hex);
    const farm = node === undefined ? undefined : state.get('farm', node.farm);
    if (node === undefined || farm === undefined) return null;
    return nodeViewOf(node, farm, workloadsOn.get(blob(hex)) ?? 0);
  }

  function contractView(hex: string): ContractView | null {
    const contract = state.get('contract', hex);
    return contract === undefined ? null : contractViewOf(contract);
  }

  function namedFarms(name: string | undefined): ReadonlySet<string> | undefined {
    const words = name === undefined ? undefined : prefixWords(name);
    return words === undefined ? undefined : new Set(farmsNamed.all(words).map(hexOf));
  }

  return {
    farm: ({ id }) => farmView(id),
    farms({ owner, limit }) {
      const keys = owner === undefined ? everyFarm.all(limitOf(limit)) : farmsOf.all(keyOf(owner), limitOf(limit));
      return keys.flatMap((key) => farmView(hexOf(key)) ?? []);
    },
    node: ({ id }) => nodeView(id),
    nodes(asked) {
      index ??= buildIndex(db);
      const limit = limitOf(asked.limit);
      const { ids, count, total, removedBy } = index.find({ ...asked, limit }, namedFarms(asked.filter.farmName));
      const end = asked.offset + ids.length;
      return {
        items: ids.flatMap((id) => nodeView(id) ?? []),
        count,
        total,
        removedBy,
        nextOffset: end < count && ids.length > 0 ? end : null,
      };
    },
    contract: ({ id }) => contractView(id),
    contracts: (input) => findContracts(input).flatMap((key) => contractView(hexOf(key)) ?? []),
    committed(changes) {
      if (index === undefined) return;
      for (const change of changes) if (change.kind === 'farm') index.putFarm(change.value);
      for (const change of changes) if (change.kind === 'node') index.putNode(nodeRowOf(change.value));
    },
  };
}

function statements(db: Db) {
  return {
    farmsOf: db
      .prepare<[Uint8Array, number], Buffer>('SELECT key FROM farms WHERE owner = ? ORDER BY position LIMIT ?')
      .pluck(),
    everyFarm: db.prepare<[number], Buffer>('SELECT key FROM farms ORDER BY position LIMIT ?').pluck(),
    farmsNamed: db
      .prepare<[string], Buffer>(
        'SELECT f.key FROM farm_names n JOIN farms f ON f.position = n.rowid WHERE farm_names MATCH ?',
      )
      .pluck(),
    workloadsOn: db
      .prepare<[Buffer], number>(
        "SELECT coalesce(sum(workloads), 0) FROM contract_roles WHERE role = 'node' AND key = ?",
      )
      .pluck(),
  };
}

function buildIndex(db: Db): NodeIndex {
  const index = new NodeIndex();
  for (const value of db.prepare<[], Buffer>('SELECT value FROM farms').pluck().iterate()) {
    index.putFarm(decodeObject('farm', plain(value)));
  }
  const rows = db.prepare<[], NodeColumns>(
    `SELECT key, farm, free_cru_milli, free_mru_bytes, free_sru_bytes, free_hru_bytes, is_up, last_seen_ms FROM nodes`,
  );
  for (const row of rows.iterate()) {
    index.putNode({
      id: hexOf(row.key),
      farm: hexOf(row.farm),
      freeCruMilli: row.free_cru_milli,
      freeMruBytes: row.free_mru_bytes,
      freeSruBytes: row.free_sru_bytes,
      freeHruBytes: row.free_hru_bytes,
      isUp: row.is_up === 1,
      lastSeenMs: row.last_seen_ms,
    });
  }
  return index;
}

/** Contracts by any mix of roles and states, newest first: walks the index of one role and looks up the others. */
function contractFinder(db: Db): (input: Queries['contracts'][0]) => readonly Buffer[] {
  return ({ party, node, farmer, states, limit }) => {
    const roles = [
      ...(party === undefined ? [] : [['party', keyOf(party)] as const]),
      ...(farmer === undefined ? [] : [['farmer', keyOf(farmer)] as const]),
      ...(node === undefined ? [] : [['node', blob(node)] as const]),
    ];
    const [first, ...others] = roles;
    const role = 'role = ? AND key = ?';
    const conditions = others.map(
      () => `EXISTS (SELECT 1 FROM contract_roles WHERE ${role} AND contract = c.position)`,
    );
    if (states !== undefined) conditions.push(`c.state IN (${states.map(() => '?').join(', ')})`);
    const where = conditions.length === 0 ? '' : ` AND ${conditions.join(' AND ')}`;
    const sql =
      first === undefined
        ? `SELECT c.key FROM contracts c WHERE 1 = 1${where} ORDER BY c.position DESC LIMIT ?`
        : `SELECT c.key FROM contract_roles r CROSS JOIN contracts c ON c.position = r.contract
           WHERE r.role = ? AND r.key = ?${where} ORDER BY r.contract DESC LIMIT ?`;
    const parameters = [...(first ?? []), ...others.flat(), ...(states ?? []), limitOf(limit)];
    return db
      .prepare<unknown[], Buffer>(sql)
      .pluck()
      .all(...parameters);
  };
}
