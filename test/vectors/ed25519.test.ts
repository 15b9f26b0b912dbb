// RFC 8032 section 7.1: the product's signer and verifiers on the published vectors, and held against each other.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signSodium, verifySodium } from '../../bcdb/verify.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { publicKeyOf, sign, verifyPortable } from '../../core/keys.ts';

/** Secret key (seed), public key, message, signature. */
const vectors = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
] as const;

describe('RFC 8032', () => {
  for (const [seed, key, message, signature] of vectors) {
    test(`vector ${seed.slice(0, 8)}: key, signature, and both verifiers`, () => {
      expect(toHex(publicKeyOf(fromHex(seed)))).toBe(key);
      expect(toHex(sign(fromHex(seed), fromHex(message)))).toBe(signature);
      expect(toHex(signSodium(fromHex(seed), fromHex(message)))).toBe(signature);
      for (const verify of [verifyPortable, verifySodium]) {
        expect(verify(fromHex(signature), fromHex(message), fromHex(key))).toBe(true);
        expect(verify(fromHex(signature), fromHex(`${message}00`), fromHex(key))).toBe(false);
      }
    });
  }
});

/** Points of small order and encodings that are not canonical (the curve's prime is 2^255 - 19). */
const badKeys = [
  '0100000000000000000000000000000000000000000000000000000000000000', // the identity
  '0000000000000000000000000000000000000000000000000000000000000000', // order 4
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // order 2
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // 1 + p: the identity, not canonical
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // p: not canonical
  '0200000000000000000000000000000000000000000000000000000000000000', // no point of the curve
];

describe('libsodium and noble', () => {
  test('both refuse keys of small order and keys that are not canonical', () => {
    const zeroSignature = new Uint8Array(64);
    for (const key of badKeys) {
      const identity = fromHex(`${badKeys[0]}${'00'.repeat(32)}`);
      for (const signature of [zeroSignature, identity]) {
        expect([key, verifySodium(signature, new Uint8Array(3), fromHex(key))]).toEqual([key, false]);
        expect([key, verifyPortable(signature, new Uint8Array(3), fromHex(key))]).toEqual([key, false]);
      }
    }
  });

  test('both refuse a signature whose scalar is not reduced: no second signature for one message', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    for (const [, key, message, signature] of vectors.slice(0, 3)) {
      const s = BigInt(`0x${(signature.slice(64).match(/../g) ?? []).toReversed().join('')}`);
      const grown = (s + order).toString(16).padStart(64, '0');
      const forged = fromHex(signature.slice(0, 64) + (grown.match(/../g) ?? []).toReversed().join(''));
      expect(verifySodium(forged, fromHex(message), fromHex(key))).toBe(false);
      expect(verifyPortable(forged, fromHex(message), fromHex(key))).toBe(false);
    }
  });

  test('both refuse keys and signatures of another length without throwing', () => {
    for (const length of [0, 31, 33, 63, 65]) {
      for (const verify of [verifySodium, verifyPortable]) {
        expect(verify(new Uint8Array(length), new Uint8Array(1), new Uint8Array(32))).toBe(false);
        expect(verify(new Uint8Array(64), new Uint8Array(1), new Uint8Array(length))).toBe(false);
      }
    }
  });

  test('both judge the same of published vectors with any byte changed', () => {
    const position = fc.integer({ min: 0, max: 95 });
    fc.assert(
      fc.property(
        fc.constantFrom(...vectors.slice(0, 3)),
        position,
        fc.integer({ min: 1, max: 255 }),
        (vector, at, by) => {
          const [, key, message, signature] = vector;
          const joined = fromHex(signature + key);
          joined[at] = (joined[at] ?? 0) ^ by;
          const [changed, changedKey] = [joined.slice(0, 64), joined.slice(64)];
          const sodium = verifySodium(changed, fromHex(message), changedKey);
          expect(verifyPortable(changed, fromHex(message), changedKey)).toBe(sodium);
          expect(sodium).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});
