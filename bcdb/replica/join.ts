/** What a replica must know to reach its grid: from an invitation, from its own folder, or because it is the guardian. */

import { sha256 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { decodeInvitation, type Invitation } from '../../core/invitation.ts';
import type { NetOptions } from '../net/net-api.ts';
import type { ReplicaOptions } from '../replica-api.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { StoreStart } from '../store/store-options.ts';
import { freePort } from './bootstrap-port.ts';

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The store's start for a replica's. Throws `grid/bad-invitation`. */
export function storeStart(start: ReplicaOptions['start']): StoreStart {
  if (start.how !== 'join') return start;
  return { how: 'join', grid: decodeInvitation(start.invitation).grid };
}

/** Where a member looks for its grid: kept from the last invitation. Undefined for a guardian. */
export async function invitationOf(
  store: StoreClient,
  start: ReplicaOptions['start'],
): Promise<Invitation | undefined> {
  if (start.how === 'join') {
    await store.call('remember', 'invitation', utf8.encode(start.invitation.trim()));
    return decodeInvitation(start.invitation);
  }
  const kept = await store.call('recall', 'invitation');
  return kept === undefined ? undefined : decodeInvitation(text.decode(kept));
}

/** The guardian's bootstrap port: the one it always had, unless somebody else took it. */
export async function bootstrapPortOf(store: StoreClient): Promise<number> {
  const kept = await store.call('recall', 'bootstrap-port');
  const wanted = kept === undefined ? undefined : new DataView(kept.buffer, kept.byteOffset).getUint16(0);
  const port = await freePort(wanted);
  if (port !== wanted) await store.call('remember', 'bootstrap-port', Uint8Array.of(port >> 8, port & 0xff));
  return port;
}

/** All members of a grid meet under this topic. */
export const topicOf = (grid: Uint8Array): Uint8Array => sha256(encode({ say: '3bot/grid-topic', v: 1, grid }));

const isLoopback = (address: string): boolean => /^(127\.0\.0\.1|localhost):/.test(address);

/** A guardian's own bootstrap node, or that of the invitation; a grid on one machine never leaves loopback. */
export function networkOf(invitation: Invitation | undefined, port: number | undefined): Partial<NetOptions> {
  if (port !== undefined) return { bootstrapPort: port, host: '127.0.0.1' };
  const { bootstrap = [], peers = [] } = invitation ?? {};
  return {
    peers,
    ...(bootstrap.length > 0 && { bootstrap }),
    ...(bootstrap.length > 0 && bootstrap.every(isLoopback) && { host: '127.0.0.1' as const }),
  };
}
