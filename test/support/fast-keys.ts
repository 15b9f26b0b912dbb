// Keys by name for tests: the same name is always the same key. Signs and verifies with OpenSSL, which is
// fast enough for thousands of records; what decides in the product is libsodium.

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { sha256, toHex } from '../../core/bytes.ts';
import { publicKeyOf, type Verify } from '../../core/keys.ts';

/** A party with a key of its own. */
export type Person = {
  readonly name: string;
  readonly key: Uint8Array;
  readonly hex: string;
  readonly secret: KeyObject;
};

const people = new Map<string, Person>();

export function person(name: string): Person {
  const known = people.get(name);
  if (known !== undefined) return known;
  const seed = sha256(new TextEncoder().encode(name));
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = publicKeyOf(seed);
  const made = { name, key, hex: toHex(key), secret: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
  people.set(name, made);
  return made;
}

const publicKeys = new Map<string, KeyObject>();

export const verifyFast: Verify = (signature, message, key) => {
  const hex = toHex(key);
  const prefix = Buffer.from('302a300506032b6570032100', 'hex');
  const known =
    publicKeys.get(hex) ?? createPublicKey({ key: Buffer.concat([prefix, key]), format: 'der', type: 'spki' });
  publicKeys.set(hex, known);
  return verify(null, message, known, signature);
};

export const signBy = (who: Person, message: Uint8Array): Uint8Array => new Uint8Array(sign(null, message, who.secret));
