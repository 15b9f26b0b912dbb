/** The filtered, sorted, paged lists of nodes, farms and contracts. */
import { AppError } from '../../../core/errors.ts';
import type { ContractsView, FarmsView, NodesView } from '../../../core/query-views.ts';
import type { ContractView, FarmView, NodeView } from '../../../core/views.ts';
import type { Queries } from '../../replica-api.ts';
import { type Db, hexOf } from '../database.ts';
import { limitOf, type QueryContext } from './context.ts';
import { newestOf } from './contract-index.ts';
import { decodeCursor, decodePosition, encodeCursor, encodePosition, questionText } from './cursor.ts';
import { farmKeyOf, listFarms } from './farm-list.ts';
import type { GridIndex } from './grid-index.ts';

/** One object as it is shown. */
export type GridViews = {
  readonly farm: (id: string) => FarmView | null;
  readonly node: (id: string) => NodeView | null;
  readonly contract: (id: string) => ContractView | null;
};

export type Lists = {
  readonly nodes: (input: Queries['nodes'][0]) => NodesView;
  readonly listFarms: (input: Queries['listFarms'][0]) => FarmsView;
  readonly listContracts: (input: Queries['listContracts'][0]) => ContractsView;
};

export function lists({ db, chain, state }: QueryContext, index: GridIndex, view: GridViews): Lists {
  const contractKeys = contractKeyReader(db);
  const nowMs = (): number => chain.head?.timeMs ?? 0;
  const netOf = (id: string): string | undefined => state.get('node', id)?.net;
  return {
    nodes({ filter, sort, descending, offset, after, limit: asked }) {
      if (offset !== undefined && after !== undefined) throw new AppError('query/bad-cursor', 'a cursor or an offset');
      const limit = limitOf(asked);
      const nodes = index.nodes();
      const question = questionText('nodes', { filter, sort, descending });
      const from =
        after === undefined ? { offset: offset ?? 0 } : { after: nodes.afterOf(sort, decodeCursor(question, after)) };
      const found = nodes.find({ filter, sort, descending, limit, from, nowMs: nowMs(), netOf });
      const { rows, isLast, count, total, removedBy } = found;
      const last = rows.at(-1);
      const next =
        isLast || last === undefined
          ? null
          : encodeCursor(question, { key: nodes.keyOf(sort, last), id: nodes.columns.ids.bytesOf(last) });
      const end = (offset ?? 0) + rows.length;
      return {
        items: rows.flatMap((row) => view.node(nodes.idOf(row)) ?? []),
        count,
        total,
        removedBy,
        next,
        nextOffset: after === undefined && next !== null ? end : null,
      };
    },
    listFarms({ filter, sort, descending, after, limit: asked }) {
      const limit = limitOf(asked);
      const nodes = index.nodes();
      const question = questionText('farms', { filter, sort, descending });
      const place = after === undefined ? undefined : decodeCursor(question, after);
      const found = listFarms(nodes, { filter, sort, descending, limit, after: place, nowMs: nowMs(), netOf });
      const { farms } = nodes.columns;
      const last = found.page.at(-1);
      const cursor = (at: number): string =>
        encodeCursor(question, { key: farmKeyOf(farms, sort, at), id: farms.ids.bytesOf(at) });
      return {
        items: found.page.flatMap((at) => view.farm(farms.ids.hexOf(at)) ?? []),
        count: found.count,
        total: found.total,
        removedBy: found.removedBy,
        next: found.isLast || last === undefined ? null : cursor(last),
      };
    },
    /** Newest first, by their place in the table of contracts. */
    listContracts({ filter, after, limit: asked }) {
      const limit = limitOf(asked);
      const question = questionText('contracts', { filter });
      const place = after === undefined ? undefined : decodePosition(question, after);
      const { bits, count, total, removedBy } = index.contracts().find(filter);
      const positions = newestOf(bits, place ?? Number.MAX_SAFE_INTEGER, limit + 1);
      const page = positions.slice(0, limit);
      const last = page.at(-1);
      const isLast = positions.length <= limit || last === undefined;
      return {
        items: page.flatMap((position) => view.contract(contractKeys(position)) ?? []),
        count,
        total,
        removedBy,
        next: isLast ? null : encodePosition(question, last),
      };
    },
  };
}

function contractKeyReader(db: Db): (position: number) => string {
  const select = db.prepare<[number], Buffer>('SELECT key FROM contracts WHERE position = ?').pluck();
  return (position) => {
    const key = select.get(position);
    return key === undefined ? '' : hexOf(key);
  };
}
