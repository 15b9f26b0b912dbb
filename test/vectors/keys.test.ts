// Published vectors from words to addresses: BIP39 (24 words), SLIP-0010 for ed25519, SEP-0005, SEP-0023.

import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../core/bytes.ts';
import { codeOf } from '../../core/errors.ts';
import {
  accountSeed,
  addressOf,
  derivePath,
  entropyOf,
  keyOf,
  publicKeyOf,
  secretAddressOf,
  wordsOf,
} from '../../core/keys.ts';
import { bip39, sep5, slip10 } from './keys-data.ts';

const codeBy = (action: () => unknown): string | undefined => {
  try {
    action();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
};

describe('BIP39, the vectors of 24 words', () => {
  for (const { entropy, words, seed } of bip39) {
    test(`entropy ${entropy.slice(0, 8)}…`, () => {
      expect(wordsOf(fromHex(entropy))).toBe(words);
      expect(toHex(entropyOf(words))).toBe(entropy);
      expect(toHex(accountSeed(words, 0, 'TREZOR'))).toBe(toHex(derivePath(fromHex(seed), [44, 148, 0])));
    });
  }

  test('words typed in another case or with more spaces are the same words', () => {
    const { words, entropy } = bip39[4] ?? bip39[0];
    expect(toHex(entropyOf(`  ${words.toUpperCase().replaceAll(' ', ' \n ')} `))).toBe(entropy);
  });

  test('another count, an unknown word, or a wrong checksum is refused', () => {
    const words = bip39[0].words.split(' ');
    const short = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
    const wrong = [short, words.slice(1).join(' '), [...words, 'art'].join(' '), '', `${words.slice(1).join(' ')} zzz`];
    const swapped = words.with(23, 'zoo').join(' ');
    for (const each of [...wrong, swapped])
      expect([each, codeBy(() => entropyOf(each))]).toEqual([each, 'key/bad-words']);
    expect(codeBy(() => accountSeed(swapped))).toBe('key/bad-words');
  });
});

describe('SLIP-0010 for ed25519', () => {
  for (const { seed, chains } of slip10) {
    for (const { path, secret, key } of chains) {
      test(`seed ${seed.slice(0, 8)}… m/${path.join("'/")}${path.length > 0 ? "'" : ''}`, () => {
        const derived = derivePath(fromHex(seed), path);
        expect(toHex(derived)).toBe(secret);
        expect(toHex(publicKeyOf(derived))).toBe(key);
      });
    }
  }
});

describe('SEP-0005', () => {
  for (const { words, passphrase, accounts } of sep5) {
    test(`${words.split(' ')[0]} …: the same addresses as any Stellar wallet`, () => {
      for (const [index, [address, secret]] of accounts.entries()) {
        const seed = accountSeed(words, index, passphrase);
        expect([addressOf(publicKeyOf(seed)), secretAddressOf(seed)]).toEqual([address, secret]);
      }
    });
  }
});

describe('SEP-0023', () => {
  const valid = 'GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ';

  test('the valid account is read and written', () => {
    const key = '3f0c34bf93ad0d9971d04ccc90f705511c838aad9734a4a2fb0d7a03fc7fe89a';
    expect(toHex(keyOf(valid))).toBe(key);
    expect(addressOf(fromHex(key))).toBe(valid);
  });

  test('all published invalid strkeys, and valid ones that are no account, are refused', () => {
    const invalid = [
      'GAAAAAAAACGC6',
      'MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUR',
      'GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZA',
      'GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUACUSI',
      'G47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVP2I',
      'MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLKA',
      'M47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ',
      'MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUK===',
      'MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUO',
      'BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TV',
    ];
    const others = [
      'MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ',
      'CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA',
      'LA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUPJN',
      secretAddressOf(new Uint8Array(32)),
    ];
    for (const each of [...invalid, ...others])
      expect([each, codeBy(() => keyOf(each))]).toEqual([each, 'key/bad-address']);
  });

  test('any one character changed is noticed', () => {
    for (let position = 0; position < valid.length; position++) {
      const other = valid[position] === 'A' ? 'B' : 'A';
      const typo = valid.slice(0, position) + other + valid.slice(position + 1);
      expect([typo, codeBy(() => keyOf(typo))]).toEqual([typo, 'key/bad-address']);
    }
  });
});
