// The node's own key: signs its records and nothing else. It stays in this process until the process ends.
import { sha256, toHex } from '../../core/bytes.ts';
import { addressOf, type PublicKey, publicKeyOf, sign } from '../../core/keys.ts';

/** The key as the agent uses it; the seed itself cannot be read back. */
export interface NodeKey {
  readonly publicKey: PublicKey;
  /** The public key in hex: the node's id. */
  readonly id: string;
  /** The public key as an address: the author of its records. */
  readonly address: string;
  /** Seed of the node's Noise key: derived one way, so that the network process never holds the node's key. */
  readonly netSeed: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Takes over a 32-byte seed; the caller's copy is wiped. */
export function createNodeKey(seed: Uint8Array): NodeKey {
  const own = Uint8Array.from(seed);
  seed.fill(0);
  const publicKey = publicKeyOf(own);
  const label = new TextEncoder().encode('3bot/node-net/v1');
  return {
    publicKey,
    id: toHex(publicKey),
    address: addressOf(publicKey),
    netSeed: sha256(Uint8Array.from([...label, ...own])),
    sign: (message) => sign(own, message),
  };
}
