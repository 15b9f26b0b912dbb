/** What farmers and their nodes say: `farm`, `node`, `uptime`. */
import { type Bodies, countersignBytes } from '../../core/bodies.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { fitsCapacity, noCapacity } from '../../core/units.ts';
import type { Farm, Hex, State } from '../state.ts';
import type { Context } from './context.ts';
import { nodeOf } from './nodes.ts';
import { seeNode } from './presence.ts';

/** A new farm, or what its owner changes of it. Throws `farm/unknown`, `farm/not-owner`. */
export function executeFarm(state: State, author: Hex, recordId: Hex, body: Bodies['farm']): void {
  const id = body.farm === undefined ? recordId : toHex(body.farm);
  const before = state.get('farm', id);
  if (body.farm !== undefined && before === undefined) throw new AppError('farm/unknown', id);
  if (before !== undefined && before.owner !== author) throw new AppError('farm/not-owner');
  state.put('farm', id, {
    id,
    owner: author,
    name: body.name,
    country: body.place.country,
    city: body.place.city,
    prices: body.prices,
    payout: toHex(body.payout),
    accept: body.accept,
    nodeCount: before?.nodeCount ?? 0,
  });
  state.addHistory({
    object: 'farm',
    id,
    what: before === undefined ? 'registered' : 'changed',
    detail: body.name,
  });
}

/**
 * A node joins a farm, or tells anew what it has. Throws `farm/unknown`, `node/farm-changed`,
 * `node/not-countersigned`, `node/no-capacity` when it would have less than it has promised.
 */
export function executeNode(state: State, author: Uint8Array, body: Bodies['node'], context: Context): void {
  const id = toHex(author);
  const farm = state.get('farm', toHex(body.farm));
  if (farm === undefined) throw new AppError('farm/unknown', toHex(body.farm));
  const before = state.get('node', id);
  if (before !== undefined && before.farm !== farm.id) throw new AppError('node/farm-changed', before.farm);
  checkCountersigned(author, farm, body, context);
  if (before !== undefined && !fitsCapacity(before.used, body.capacity)) {
    throw new AppError('node/no-capacity', 'less than is promised to contracts');
  }
  const { timeMs } = context;
  const said = {
    capacity: body.capacity,
    features: [...new Set(body.features)],
    agentVersion: body.agentVersion,
    net: toHex(body.net),
  };
  const node = before ?? {
    id,
    farm: farm.id,
    used: noCapacity,
    createdMs: timeMs,
    lastSeenMs: timeMs,
    upSinceMs: timeMs,
    upUntilMs: timeMs,
    isUp: false,
    contracts: [],
    periodStartMs: timeMs,
    periodUpMs: 0,
  };
  if (before === undefined) state.put('farm', farm.id, { ...farm, nodeCount: farm.nodeCount + 1 });
  state.addHistory({ object: 'node', id, what: before === undefined ? 'joined' : 'changed', detail: farm.id });
  seeNode(state, { ...node, ...said }, timeMs);
}

/** The farm's owner must have signed for what the node says it has. */
function checkCountersigned(author: Uint8Array, farm: Farm, body: Bodies['node'], context: Context): void {
  const { farm: farmId, capacity, features, net } = body;
  const message = countersignBytes({ grid: context.grid, node: author, farm: farmId, capacity, features, net });
  if (!context.verify(body.countersignature, message, fromHex(farm.owner))) {
    throw new AppError('node/not-countersigned', farm.owner);
  }
}

/** The node lives. Throws `node/unknown`. */
export function executeUptime(state: State, author: Hex, body: Bodies['uptime'], timeMs: number): void {
  const node = nodeOf(state, author);
  state.addHistory({ object: 'node', id: author, what: 'uptime', detail: `${body.sessionMs}` });
  seeNode(state, node, timeMs);
}
