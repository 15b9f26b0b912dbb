/** What guardians tell each other outside of the stream, over Noise: how they stand, and that they move. Pure. */
import * as v from 'valibot';
import { decode, encode } from '../../core/cbor.ts';
import type { PublicKey } from '../../core/keys.ts';
import { anyBytes, integer } from '../../core/schema.ts';

/** How a guardian stands, told again and again. */
export type Status = {
  /** Of the stream that it reads. */
  readonly epoch: number;
  /** It signs nothing in an earlier epoch any more. */
  readonly moved: number;
  /** Of its head. */
  readonly height: number;
  /** No block has become final for too long, or none can in this epoch. */
  readonly isStalled: boolean;
};

export type PeerMessage =
  | { readonly kind: 'status'; readonly status: Status }
  /** Signed moves, the sender's and others'. */
  | { readonly kind: 'moves'; readonly moves: readonly Uint8Array[] };

/** The way to the other guardians: unreliable, so that everything is said again until it is no longer needed. */
export type GuardianPeers = {
  send(guardian: PublicKey, bytes: Uint8Array): void;
  /** `guardian` is proven by the transport. Returns how to stop. */
  onMessage(listener: (guardian: PublicKey, bytes: Uint8Array) => void): () => void;
};

/** Seven moves, each with two headers and as many signatures as there are guardians, take a third of it. */
export const mostPeerBytes = 60 * 1024;
const mostMoves = 14;

const schema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('status'),
    status: v.strictObject({ epoch: integer(0), moved: integer(0), height: integer(-1), isStalled: v.boolean() }),
  }),
  v.strictObject({ kind: v.literal('moves'), moves: v.pipe(v.array(anyBytes), v.maxLength(mostMoves)) }),
]);

export const encodePeerMessage = (message: PeerMessage): Uint8Array => encode(message);

/** Undefined for anything else. Never throws. */
export function decodePeerMessage(bytes: Uint8Array): PeerMessage | undefined {
  if (bytes.length > mostPeerBytes) return undefined;
  try {
    const parsed = v.safeParse(schema, decode(bytes), { abortEarly: true });
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined; // not canonical CBOR: nothing was said
  }
}
