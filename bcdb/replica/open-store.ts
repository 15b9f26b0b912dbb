/** Opens a replica's database; who has only a code asks members for the grid first, unless its blocks are here already. */
import { join } from 'node:path';
import { equalBytes } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import { decodeInvitation, gridStartOf } from '../../core/invitation.ts';
import type { ReplicaOptions } from '../replica-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { StoreInfo } from '../store/store-options.ts';
import { type FoundGrid, findGrid } from './find-grid.ts';
import { keepInvitation, keptInvitation, meetingOf, networkOf, topicOf } from './join.ts';

type Invited = ReturnType<typeof decodeInvitation>;

/** How long a newcomer looks for a grid. */
const findMs = 30_000;

/**
 * Throws `replica/not-found | in-use | outdated | corrupt | disk-full`, `grid/exists | bad-invitation | not-found`, or what
 * is wrong with the genesis.
 */
export async function openStore(store: StoreClient, options: ReplicaOptions): Promise<StoreInfo> {
  const { folder, start, guardianSeed, indexes } = options;
  if (start.how !== 'join') return store.call('open', { folder, start, guardianSeed, indexes });
  const invited = decodeInvitation(start.invitation);
  const { grid: named, gridStart } = invited;
  if (named === undefined && (await isHere(store, folder, gridStart))) {
    const info = await store.call('open', { folder, start: { how: 'open' }, guardianSeed, indexes });
    const kept = await keptInvitation(store);
    if (kept !== undefined) await keepInvitation(store, { ...kept, bootstrap: invited.bootstrap });
    return info;
  }
  const found = named === undefined ? await find(invited, options) : { ...invited, grid: named };
  const info = await store.call('open', { folder, start: { how: 'join', grid: found.grid }, guardianSeed, indexes });
  await keepInvitation(store, found);
  return info;
}

/** Whether this folder holds the grid of a code already. Throws `grid/exists` for another one. */
async function isHere(store: StoreClient, folder: string, gridStart: Uint8Array): Promise<boolean> {
  try {
    const info = await store.call('open', { folder, start: { how: 'open' }, indexes: 'when asked' });
    await store.call('close');
    if (equalBytes(gridStartOf(info.grid), gridStart)) return info.head !== null;
    if (info.head === null) return false;
  } catch (error) {
    if (codeOf(error) === 'replica/not-found') return false;
    throw error;
  }
  throw new AppError('grid/exists', 'this folder belongs to another grid');
}

function find(invited: Invited, { folder, netSeed, nodePath, log, network = {} }: ReplicaOptions): Promise<FoundGrid> {
  const wire = {
    folder: join(folder, 'net'),
    seed: Uint8Array.from(netSeed),
    topic: topicOf(invited.gridStart),
    ...networkOf(meetingOf(invited, network), network),
    ...(nodePath !== undefined && { nodePath }),
    ...(log !== undefined && { log }),
  };
  return findGrid(invited, wire, network.findMs ?? findMs);
}
