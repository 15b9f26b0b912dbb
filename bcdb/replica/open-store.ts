/** Opens a replica's database; who has only a code asks members for the grid first, unless its blocks are here already. */
import { join } from 'node:path';
import { equalBytes } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import { decodeInvitation, gridStartOf } from '../../core/invitation.ts';
import type { ReplicaOptions } from '../replica-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { StoreInfo, StoreStart } from '../store/store-options.ts';
import { type FoundGrid, findGrid } from './find-grid.ts';
import { keepInvitation, keptInvitation, meetingOf, networkOf, topicOf } from './join.ts';

type Invited = ReturnType<typeof decodeInvitation>;

/** How long a newcomer looks for a grid. */
const findMs = 30_000;

/**
 * Throws `replica/not-found | in-use | outdated | corrupt | disk-full`, `guardian/damaged`, `grid/exists | bad-invitation | not-found`, or what
 * is wrong with the genesis.
 */
export async function openStore(store: StoreClient, options: ReplicaOptions): Promise<StoreInfo> {
  const { folder, guardianSeed, indexes } = options;
  const open = (start: StoreStart): Promise<StoreInfo> =>
    store.call('open', { folder, start, guardianSeed, indexes, heals: true });
  if (options.start.how !== 'join') return open(options.start);
  const invited = decodeInvitation(options.start.invitation);
  const { grid: named, gridStart } = invited;
  if (named === undefined && (await isHere(store, folder, gridStart))) {
    const info = await open({ how: 'open' });
    if (!equalBytes(gridStartOf(info.grid), gridStart)) throw anotherGrid();
    const kept = await keptInvitation(store);
    if (kept !== undefined) await keepInvitation(store, { ...kept, bootstrap: invited.bootstrap });
    return info;
  }
  const found = named === undefined ? await find(invited, options) : { ...invited, grid: named };
  const info = await open({ how: 'join', grid: found.grid });
  await keepInvitation(store, found);
  return info;
}

const anotherGrid = (): AppError => new AppError('grid/exists', 'this folder belongs to another grid');

/** Whether this folder holds the grid of a code already, or a damaged database. Throws `grid/exists` for another one. */
async function isHere(store: StoreClient, folder: string, gridStart: Uint8Array): Promise<boolean> {
  try {
    const info = await store.call('open', { folder, start: { how: 'open' }, indexes: 'when asked' });
    await store.call('close');
    if (equalBytes(gridStartOf(info.grid), gridStart)) return info.head !== null;
    if (info.head === null) return false;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'replica/not-found') return false;
    if (code === 'replica/corrupt') return true;
    throw error;
  }
  throw anotherGrid();
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
