// The shapes of the arguments of every query of the blockchain database, each with an example: what `npm run query`
// accepts. Pages are 50 long unless asked otherwise. Pure.

import * as v from 'valibot';
import type { Queries, QueryName } from '../../bcdb/replica-api.ts';
import { contractFilter, cursorText, farmFilter, farmSort, nodeFilter, nodeSort } from '../../core/query-views.ts';
import { integer } from '../../core/schema.ts';
import { addressText, contractStates, idText } from '../../core/views.ts';

const none = v.nullish(v.null(), null);
const limit = v.optional(integer(1, 1000), 50);
const after = { after: v.optional(cursorText), limit };
const flag = v.optional(v.boolean(), false);
const address = v.strictObject({ address: addressText });
const byId = v.strictObject({ id: idText });
const object = v.picklist(['account', 'profile', 'farm', 'node', 'contract']);
/** People by address, all else by hex. */
const objectId = v.union([addressText, idText]);

/** name -> schema of its arguments; the output is what the query takes. */
export const queryInputs = {
  head: none,
  policy: none,
  standing: none,
  books: v.strictObject({ height: v.optional(integer(0)) }),
  account: address,
  ledger: v.strictObject({ address: addressText, ...after }),
  profile: address,
  profileByNet: v.strictObject({ net: idText }),
  profiles: v.strictObject({ search: v.optional(v.string(), ''), ...after }),
  farm: byId,
  farms: v.strictObject({ owner: v.optional(addressText), limit }),
  node: byId,
  nodes: v.strictObject({
    filter: v.optional(nodeFilter, {}),
    sort: v.optional(nodeSort, 'id'),
    descending: flag,
    offset: v.optional(integer(0)),
    ...after,
  }),
  listFarms: v.strictObject({
    filter: v.optional(farmFilter, {}),
    sort: v.optional(farmSort, 'name'),
    descending: flag,
    ...after,
  }),
  contract: byId,
  listContracts: v.strictObject({ filter: v.optional(contractFilter, {}), ...after }),
  search: v.strictObject({ text: v.string(), limit }),
  stats: none,
  listAt: v.strictObject({
    list: v.picklist(['nodes of farm', 'contracts of party', 'contracts of farmer', 'contracts of node']),
    of: objectId,
    height: integer(0),
    ...after,
  }),
  contracts: v.strictObject({
    party: v.optional(addressText),
    node: v.optional(idText),
    farmer: v.optional(addressText),
    states: v.optional(v.array(v.picklist(contractStates))),
    limit,
  }),
  history: v.strictObject({ object, id: objectId, ...after }),
  objectAt: v.strictObject({ object, id: objectId, height: integer(0) }),
  record: byId,
  blocks: v.strictObject({ from: v.optional(integer(0)), ...after }),
  receipt: v.strictObject({ record: idText, head: v.optional(integer(0)) }),
  certifiedHead: v.strictObject({ height: v.optional(integer(0)) }),
  headerProof: v.strictObject({ height: integer(0), head: v.optional(integer(0)) }),
  consistency: v.strictObject({ from: integer(0), to: v.optional(integer(0)) }),
  evidence: v.strictObject(after),
  twoStatements: v.strictObject({ position: integer(1) }),
  outbox: v.strictObject({ author: v.optional(addressText), limit }),
  next: v.strictObject({ author: addressText }),
} as const satisfies { readonly [Q in QueryName]: v.GenericSchema<unknown, Queries[Q][0]> };

export const queryNames = Object.keys(queryInputs) as readonly QueryName[];

export const isQueryName = (name: string): name is QueryName => Object.hasOwn(queryInputs, name);

/** One call of each, as it is typed. `G…` and `ID` stand for an address and an id. */
export const queryExamples: Readonly<Record<QueryName, string>> = {
  head: '',
  policy: '',
  standing: '',
  books: '{"height":12}',
  account: '{"address":"G…"}',
  ledger: '{"address":"G…","limit":20}',
  profile: '{"address":"G…"}',
  profileByNet: '{"net":"ID"}',
  profiles: '{"search":"ann"}',
  farm: '{"id":"ID"}',
  farms: '{"owner":"G…"}',
  node: '{"id":"ID"}',
  nodes: '{"filter":{"country":"BE","freeCruMilli":4000},"sort":"price","limit":10}',
  listFarms: '{"filter":{"region":"europe","node":{"freeCruMilli":8000}},"sort":"price"}',
  contract: '{"id":"ID"}',
  listContracts: '{"filter":{"party":"G…","title":"web","states":["running"]}}',
  search: '{"text":"bru"}',
  stats: '',
  listAt: '{"list":"nodes of farm","of":"ID","height":12}',
  contracts: '{"party":"G…","states":["running"]}',
  history: '{"object":"node","id":"ID"}',
  objectAt: '{"object":"account","id":"G…","height":12}',
  record: '{"id":"ID"}',
  blocks: '{"from":12,"limit":5}',
  receipt: '{"record":"ID","head":12}',
  certifiedHead: '{}',
  headerProof: '{"height":3}',
  consistency: '{"from":3,"to":12}',
  evidence: '{"limit":20}',
  twoStatements: '{"position":3}',
  outbox: '{}',
  next: '{"author":"G…"}',
};
