// Ed25519 as the grid judges it (docs/BCDB.md, "Signatures"): RFC 8032 without the cofactor, and no points of small order.
// node:crypto does the curve; points of small order are refused before, since not every library under it does that (OpenSSL 3.5
// does, older ones and BoringSSL do not).

import { createPublicKey, verify } from 'node:crypto';

/** y coordinates of the points of small order, little-endian, with the three that are not reduced modulo p. */
const smallOrder = new Set([
  `00${'00'.repeat(31)}`,
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);
/** DER of a SubjectPublicKeyInfo up to the key (RFC 8410). */
const spki = Buffer.from('302a300506032b6570032100', 'hex');

/** A point's bytes without the sign of x. @param {Uint8Array} point */
function yOf(point) {
  const y = Buffer.from(point);
  y[31] = (y[31] ?? 0) & 0x7f;
  return y;
}

/** y >= p = 2^255 - 19. @param {Buffer} y */
const isUnreduced = (y) => (y[0] ?? 0) >= 0xed && y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff);

/**
 * @param {Uint8Array} signature 64 bytes: R and S
 * @param {Uint8Array} message
 * @param {Uint8Array} key 32 bytes
 */
export function isSigned(signature, message, key) {
  const y = yOf(key);
  if (isUnreduced(y) || smallOrder.has(y.toString('hex'))) return false;
  if (smallOrder.has(yOf(signature.subarray(0, 32)).toString('hex'))) return false;
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([spki, key]), format: 'der', type: 'spki' });
    return verify(null, message, publicKey, signature);
  } catch {
    return false; // not a point of the curve
  }
}
