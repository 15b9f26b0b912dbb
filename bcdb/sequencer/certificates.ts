/**
 * How guardians know each other in TLS: the guardian's own key is its certificate authority, so trust needs nothing but
 * the public keys that stand in the policy. X.509 (RFC 5280) with ed25519 (RFC 8410). Pure.
 */
import { isIP } from 'node:net';
import { concatBytes, toHex } from '../../core/bytes.ts';
import type { PublicKey } from '../../core/keys.ts';
import {
  bitString,
  explicit,
  identifier,
  implicit,
  isTrue,
  octetString,
  sequence,
  set,
  time,
  unsigned,
  utf8String,
} from './der.ts';

/** What a guardian certifies: a TLS key of its own sequencer, for a while. */
export type LeafRequest = {
  /** Raw ed25519 public key, 32 bytes. */
  readonly key: PublicKey;
  /** Where other guardians dial it: a name or an IP address. */
  readonly host: string;
  readonly fromMs: number;
  readonly untilMs: number;
};

const ed25519 = sequence(identifier('1.3.101.112'));
const version3 = explicit(0, unsigned(Uint8Array.of(2)));

const publicKeyInfo = (key: PublicKey): Uint8Array => sequence(ed25519, bitString(key));

/** Common name: the guardian's key in hex, 64 characters, the most that a common name may have. */
const nameOf = (guardian: PublicKey): Uint8Array =>
  sequence(set(sequence(identifier('2.5.4.3'), utf8String(toHex(guardian)))));

const extension = (id: string, isCritical: boolean, value: Uint8Array): Uint8Array =>
  sequence(identifier(id), ...(isCritical ? [isTrue] : []), octetString(value));

const basicConstraints = (isAuthority: boolean): Uint8Array =>
  extension('2.5.29.19', true, isAuthority ? sequence(isTrue, unsigned(Uint8Array.of(0))) : sequence());

/** Bits from the left (RFC 5280 4.2.1.3): 0 digitalSignature, 5 keyCertSign. */
const keyUsage = (bit: 0 | 5): Uint8Array =>
  extension('2.5.29.15', true, bitString(Uint8Array.of(0x80 >> bit), 7 - bit));

/** For both ends of a route: serverAuth and clientAuth. */
const extendedKeyUsage = extension(
  '2.5.29.37',
  false,
  sequence(identifier('1.3.6.1.5.5.7.3.1'), identifier('1.3.6.1.5.5.7.3.2')),
);

const subjectKeyId = (guardian: PublicKey): Uint8Array =>
  extension('2.5.29.14', false, octetString(guardian.subarray(0, 20)));
const authorityKeyId = (guardian: PublicKey): Uint8Array =>
  extension('2.5.29.35', false, sequence(implicit(0, guardian.subarray(0, 20))));

/** Bytes of an IP address: 4 or 16. */
function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string): readonly number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => 0);
  return Uint8Array.from([...left, ...middle, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

const alternativeName = (host: string): Uint8Array =>
  extension(
    '2.5.29.17',
    false,
    sequence(isIP(host) > 0 ? implicit(7, addressBytes(host)) : implicit(2, new TextEncoder().encode(host))),
  );

const certificate = (signedPart: Uint8Array, signature: Uint8Array): Uint8Array =>
  sequence(signedPart, ed25519, bitString(signature));

/**
 * The trust root of a guardian, DER: made of its public key alone, so that everybody derives the same. Its signature is
 * 64 zero bytes: nobody verifies a root's own (RFC 5280 6.1, the trust anchor is an input, not part of the path).
 */
export function rootCertificate(guardian: PublicKey): Uint8Array {
  const signedPart = sequence(
    version3,
    unsigned(Uint8Array.of(1)),
    ed25519,
    nameOf(guardian),
    sequence(time(Date.UTC(2020, 0, 1)), time(Date.UTC(9999, 11, 31, 23, 59, 59))),
    nameOf(guardian),
    publicKeyInfo(guardian),
    explicit(3, sequence(basicConstraints(true), keyUsage(5), subjectKeyId(guardian))),
  );
  return certificate(signedPart, new Uint8Array(64));
}

/**
 * Certifies a TLS key, DER. `sign` is ed25519 by the guardian's seed: what it signs here is a DER sequence, first byte 0x30,
 * which no statement of a grid begins with (they are CBOR maps, 0xa0 and above), so that neither passes for the other.
 */
export function leafCertificate(
  { key, host, fromMs, untilMs }: LeafRequest,
  guardian: PublicKey,
  sign: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const signedPart = sequence(
    version3,
    // Unique per key, positive, 16 bytes.
    unsigned(concatBytes(Uint8Array.of(1), key.subarray(0, 15))),
    ed25519,
    nameOf(guardian),
    sequence(time(fromMs), time(untilMs)),
    sequence(set(sequence(identifier('2.5.4.3'), utf8String('route')))),
    publicKeyInfo(key),
    explicit(
      3,
      sequence(basicConstraints(false), keyUsage(0), extendedKeyUsage, authorityKeyId(guardian), alternativeName(host)),
    ),
  );
  return certificate(signedPart, sign(signedPart));
}

/** A certificate as text. */
export const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
