/** What a replica must know to reach its grid: from an invitation, from its own folder, or because it founded it. */

import { sha256 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { decodeInvitation, encodeInvitation, gridStartOf, type Invitation } from '../../core/invitation.ts';
import type { NetOptions } from '../net/net-api.ts';
import type { NetworkOptions, Reach } from '../replica-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import { freePort } from './bootstrap-port.ts';
import type { FoundGrid } from './find-grid.ts';

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Where a member looks for its grid, as last kept; undefined for who founded it. */
export async function keptInvitation(store: StoreClient): Promise<FoundGrid | undefined> {
  const kept = await store.call('recall', 'invitation');
  if (kept === undefined) return undefined;
  const { grid, ...rest } = decodeInvitation(text.decode(kept));
  return grid === undefined ? undefined : { ...rest, grid };
}

/** Keeps all that is known of how to find the grid, for the next start. */
export const keepInvitation = (store: StoreClient, found: FoundGrid): Promise<undefined> =>
  store.call('remember', 'invitation', utf8.encode(encodeInvitation(found)));

/** Who can reach the grid that was founded here: kept from the founding; local before there was a choice. */
export async function reachOf(store: StoreClient, asked: Reach | undefined): Promise<Reach> {
  if (asked !== undefined) await store.call('remember', 'reach', utf8.encode(asked));
  const kept = await store.call('recall', 'reach');
  return kept !== undefined && text.decode(kept) === 'open' ? 'open' : 'local';
}

/** The founder's bootstrap port on a local grid: the one it always had, unless somebody else took it. */
async function bootstrapPortOf(store: StoreClient): Promise<number> {
  const kept = await store.call('recall', 'bootstrap-port');
  const wanted = kept === undefined ? undefined : new DataView(kept.buffer, kept.byteOffset).getUint16(0);
  const port = await freePort(wanted);
  if (port !== wanted) await store.call('remember', 'bootstrap-port', Uint8Array.of(port >> 8, port & 0xff));
  return port;
}

/** All members of a grid meet under this topic: who has its code knows it. */
export const topicOf = (grid: Uint8Array): Uint8Array =>
  sha256(encode({ say: '3bot/grid-topic', v: 2, start: gridStartOf(grid) }));

const isOfLoopback = (nodes: readonly string[]): boolean =>
  nodes.length > 0 && nodes.every((address) => /^(127\.0\.0\.1|localhost):/.test(address));

/** How a replica meets the others. */
export type Meeting = {
  readonly reach: Reach;
  /** `host:port` of the DHT nodes to start from; empty: the public ones. On a local grid never empty. */
  readonly bootstrap: readonly string[];
  /** Our own bootstrap node on loopback; null: others run one. */
  readonly port: number | null;
};

/** For whoever came by an invitation. A grid whose nodes are all on this machine never leaves loopback. */
export function meetingOf({ bootstrap }: Pick<Invitation, 'bootstrap'>, { bootstrap: set }: NetworkOptions): Meeting {
  const isLocal = isOfLoopback(bootstrap);
  // A grid of one machine is on no other node, whatever was chosen for the others.
  const nodes = set === undefined || (isLocal && !isOfLoopback(set)) ? bootstrap : set;
  return { reach: isOfLoopback(nodes) ? 'local' : 'open', bootstrap: nodes, port: null };
}

/** For who founded the grid. */
export async function foundedMeeting(
  store: StoreClient,
  reach: Reach,
  { bootstrap }: NetworkOptions,
): Promise<Meeting> {
  if (reach === 'open') return { reach, bootstrap: bootstrap ?? [], port: null };
  if (bootstrap !== undefined && isOfLoopback(bootstrap)) return { reach, bootstrap, port: null };
  const port = await bootstrapPortOf(store);
  return { reach, bootstrap: [`127.0.0.1:${port}`], port };
}

/** The net process's part of it. */
export function networkOf({ reach, bootstrap, port }: Meeting, { lan = true }: NetworkOptions): Partial<NetOptions> {
  if (port !== null) return { bootstrapPort: port, host: '127.0.0.1' };
  return {
    ...(bootstrap.length > 0 && { bootstrap }),
    ...(reach === 'local' ? { host: '127.0.0.1' as const } : { lan }),
  };
}
