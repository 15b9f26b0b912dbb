// Tells the grid that this node is here and what it has. The farmer countersigns: nobody's machine joins a farm without its
// owner. Said again only when something changed that matters.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Replica } from '../../bcdb/replica-api.ts';
import { type Countersigned, countersignBytes } from '../../core/bodies.ts';
import { fromHex, sha256, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { keyOf, type Verify } from '../../core/keys.ts';
import type { Capacity } from '../../core/units.ts';
import type { NodeView } from '../../core/views.ts';
import type { Author } from './author.ts';

/** What announcing needs. `askFarmer` resolves with the farmer's signature, however long a person takes. */
export interface AnnounceParts {
  readonly replica: Pick<Replica, 'grid' | 'net' | 'query' | 'settled' | 'on'>;
  readonly author: Author;
  readonly verify: Verify;
  readonly nodePublicKey: Uint8Array;
  readonly farm: Uint8Array;
  readonly capacity: Capacity;
  readonly features: readonly string[];
  readonly agentVersion: string;
  /** Keeps the farmer's signature until the record stands. */
  readonly folder: string;
  readonly askFarmer: (statement: Countersigned) => Promise<Uint8Array>;
}

const SETTLE_MS = 60_000;

/** Resolves with the node as it stands in the records. Throws the code with which the record was refused. */
export async function announce(parts: AnnounceParts): Promise<NodeView> {
  const { replica, agentVersion } = parts;
  const id = toHex(parts.nodePublicKey);
  const known = await replica.query('node', { id });
  if (known !== null && !hasChanged(known, parts)) return known;
  const statement: Countersigned = {
    grid: replica.grid,
    node: parts.nodePublicKey,
    farm: parts.farm,
    capacity: parts.capacity,
    features: [...parts.features],
    net: replica.net,
  };
  const countersignature = await countersign(parts, statement);
  const { farm, capacity, features, net } = statement;
  const { id: record } = await parts.author('node', { farm, capacity, features, net, agentVersion, countersignature });
  const { state, code } = await replica.settled(record, SETTLE_MS);
  if (state === 'rejected') throw new AppError(code ?? 'node/not-countersigned', 'the node record was refused');
  const now = await replica.query('node', { id });
  if (now === null) throw new AppError('node/unknown', id.slice(0, 16), { retry: true });
  return now;
}

/** True when the farmer should be asked again: another farm, key, version or feature, or capacity off by a twentieth. */
export function hasChanged(
  known: Pick<NodeView, 'farm' | 'net' | 'agentVersion' | 'features' | 'capacity'>,
  parts: Pick<AnnounceParts, 'farm' | 'capacity' | 'features' | 'agentVersion'> & {
    readonly replica: { readonly net: Uint8Array };
  },
): boolean {
  const isNear = (is: number, was: number): boolean => Math.abs(is - was) * 20 <= was;
  const fields = ['cruMilli', 'mruBytes', 'sruBytes', 'hruBytes'] as const;
  return (
    known.farm !== toHex(parts.farm) ||
    known.net !== toHex(parts.replica.net) ||
    known.agentVersion !== parts.agentVersion ||
    known.features.toSorted().join() !== parts.features.toSorted().join() ||
    !fields.every((field) => isNear(parts.capacity[field], known.capacity[field]))
  );
}

/** The farmer's signature: the one kept from before if it is for these very bytes, else a new one, verified and kept. */
async function countersign(parts: AnnounceParts, statement: Countersigned): Promise<Uint8Array> {
  const message = countersignBytes(statement);
  const path = join(parts.folder, 'countersignature');
  const farmer = await farmOwner(parts);
  const [hash, hex] = (await readOrEmpty(path)).split('\n');
  if (hash === toHex(sha256(message)) && /^[0-9a-f]{128}$/.test(hex ?? '')) {
    const kept = fromHex(hex ?? '');
    if (parts.verify(kept, message, farmer)) return kept;
  }
  const signature = await parts.askFarmer(statement);
  if (!parts.verify(signature, message, farmer)) {
    throw new AppError('node/not-countersigned', 'not a signature of the farm’s owner', { retry: true });
  }
  await writeFile(path, `${toHex(sha256(message))}\n${toHex(signature)}`, { mode: 0o600 });
  return signature;
}

/** The farm's record may still be on its way when the farmer flips the switch: then wait for it. */
async function farmOwner({ replica, farm }: AnnounceParts): Promise<Uint8Array> {
  const look = async (): Promise<Uint8Array | undefined> => {
    const view = await replica.query('farm', { id: toHex(farm) });
    return view === null ? undefined : keyOf(view.owner);
  };
  for (;;) {
    const head = nextHead(replica);
    const owner = await look();
    if (owner !== undefined) return owner;
    await head;
  }
}

function nextHead(replica: Pick<Replica, 'on'>): Promise<void> {
  return new Promise((resolve) => {
    const off = replica.on('head', () => {
      off();
      resolve();
    });
  });
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
}
