// A guardian's card is one line that only its guardian can make.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCard, encodeCard, type GuardianCard } from '../../../core/guardian-card.ts';
import { publicKeyOf, sign, verifyPortable } from '../../../core/keys.ts';

const seed = new Uint8Array(32).fill(1);
const other = new Uint8Array(32).fill(2);
const card: GuardianCard = {
  guardian: publicKeyOf(seed),
  net: publicKeyOf(other),
  seat: { name: 'Alice, Ghent', route: 'guardian.example:4222' },
};
const by = (key: Uint8Array) => (bytes: Uint8Array) => sign(key, bytes);

describe('a guardian’s card', () => {
  test('is one line and comes back as it went', () => {
    const line = encodeCard(card, by(seed));
    expect(line).toMatch(/^3bot-guardian:[a-z2-7]+$/);
    expect(decodeCard(`  ${line}\n`, verifyPortable)).toEqual(card);
  });

  test('of another’s key is refused', () => {
    expect(() => decodeCard(encodeCard(card, by(other)), verifyPortable)).toThrow('guardian/bad-statement');
  });

  test('cannot be made for a route or a name that others could not use', () => {
    for (const seat of [
      { name: 'Alice', route: 'no port' },
      { name: '', route: 'a:1' },
      { name: 'a\u202eb', route: 'a:1' },
    ]) {
      expect(() => encodeCard({ ...card, seat }, by(seed))).toThrow('guardian/bad-statement');
    }
  });

  test('with any one character changed is refused', () => {
    const line = encodeCard(card, by(seed));
    fc.assert(
      fc.property(fc.nat(line.length - 1), fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567:'), (at, letter) => {
        fc.pre(line[at] !== letter);
        expect(() => decodeCard(line.slice(0, at) + letter + line.slice(at + 1), verifyPortable)).toThrow(
          'guardian/bad-statement',
        );
      }),
      { numRuns: 60 },
    );
  });

  test.each(['', '3bot-guardian:', '3bot-grid:abc', `3bot-guardian:${'a'.repeat(3000)}`])('%j is none', (line) => {
    expect(() => decodeCard(line, verifyPortable)).toThrow('guardian/bad-statement');
  });
});
