/** Queries about farms, nodes and contracts: one by one, simple lists, and the filtered ones. */
import { keyOf } from '../../../core/keys.ts';
import type { ContractView, FarmView, NodeView } from '../../../core/views.ts';
import type { Queries } from '../../replica-api.ts';
import { blob, type Db, hexOf } from '../database.ts';
import { type Answers, limitOf, type QueryContext } from './context.ts';
import type { GridIndex } from './grid-index.ts';
import { lists } from './list-queries.ts';
import { contractViewOf, farmViewOf, nodeViewOf } from './views.ts';

export type GridQueries =
  | 'farm'
  | 'farms'
  | 'listFarms'
  | 'node'
  | 'nodes'
  | 'contract'
  | 'contracts'
  | 'listContracts';

export function gridQueries(context: QueryContext, index: GridIndex): Answers<GridQueries> {
  const { db, state } = context;
  const { farmsOf, everyFarm, workloadsOn } = statements(db);
  const findContracts = contractFinder(db);

  const farmView = (hex: string): FarmView | null => {
    const farm = state.get('farm', hex);
    return farm === undefined ? null : farmViewOf(farm);
  };

  function nodeView(hex: string): NodeView | null {
    const node = state.get('node', hex);
    const farm = node === undefined ? undefined : state.get('farm', node.farm);
    if (node === undefined || farm === undefined) return null;
    // Without a contract there is no workload to count.
    return nodeViewOf(node, farm, node.contracts.length === 0 ? 0 : (workloadsOn.get(blob(hex)) ?? 0));
  }

  function contractView(hex: string): ContractView | null {
    const contract = state.get('contract', hex);
    return contract === undefined ? null : contractViewOf(contract);
  }

  return {
    farm: ({ id }) => farmView(id),
    farms({ owner, limit }) {
      const keys = owner === undefined ? everyFarm.all(limitOf(limit)) : farmsOf.all(keyOf(owner), limitOf(limit));
      return keys.flatMap((key) => farmView(hexOf(key)) ?? []);
    },
    node: ({ id }) => nodeView(id),
    contract: ({ id }) => contractView(id),
    contracts: (input) => findContracts(input).flatMap((key) => contractView(hexOf(key)) ?? []),
    ...lists(context, index, { farm: farmView, node: nodeView, contract: contractView }),
  };
}

function statements(db: Db) {
  return {
    farmsOf: db
      .prepare<[Uint8Array, number], Buffer>('SELECT key FROM farms WHERE owner = ? ORDER BY position LIMIT ?')
      .pluck(),
    everyFarm: db.prepare<[number], Buffer>('SELECT key FROM farms ORDER BY position LIMIT ?').pluck(),
    workloadsOn: db
      .prepare<[Buffer], number>(
        "SELECT coalesce(sum(workloads), 0) FROM contract_roles WHERE role = 'node' AND key = ?",
      )
      .pluck(),
  };
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
