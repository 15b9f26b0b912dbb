/**
 * Makes this 3bot reachable: publishes its profile record when the grid has none of it, or one with another transport
 * key (a restored 3bot). The name is the one its owner chose for it; nothing else is ever published unasked.
 */
import type { Replica } from '../../bcdb/replica-api.ts';
import { netProofBytes } from '../../core/bodies.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { addressOf, type PublicKey } from '../../core/keys.ts';
import { draftBytes, sealRecord } from '../../core/record.ts';

/** Resolves when the profile stands in the outbox or is there already. Throws what submitting throws. */
export async function announce(options: {
  readonly replica: Replica;
  readonly me: PublicKey;
  readonly name: string;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** Signs with the transport key. */
  readonly signNet: (bytes: Uint8Array) => Uint8Array;
}): Promise<'there' | 'published'> {
  const { replica, me, name, sign, signNet } = options;
  const address = addressOf(me);
  const profile = await replica.query('profile', { address });
  const net = toHex(replica.net);
  if (profile?.net === net) return 'there';
  const pending = await replica.query('outbox', { author: address, limit: 100 });
  if (pending.some(({ kind, state }) => kind === 'profile' && state === 'pending')) return 'there';
  const { seq, prev } = await replica.query('next', { author: address });
  const roles = (profile?.roles ?? []).filter(
    (role) => role === 'farmer' || role === 'consumer' || role === 'architect',
  );
  const bytes = draftBytes({
    grid: replica.grid,
    kind: 'profile',
    author: me,
    seq,
    prev,
    body: {
      name: profile?.name ?? name,
      roles,
      net: fromHex(net),
      netProof: signNet(netProofBytes({ grid: replica.grid, account: me })),
    },
  });
  await replica.submit(sealRecord(bytes, sign(bytes)));
  return 'published';
}
