/**
 * A guardian's card: one line by which somebody says "I will guard a grid, here I am", signed with the guardian key, so that
 * nobody enters another's key under his own address. Goes into a genesis or a change of policy. Pure.
 */
import { base32nopad } from '@scure/base';
import * as v from 'valibot';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import { type Seat, seatSchema } from './guardian.ts';
import type { PublicKey, Verify } from './keys.ts';
import { anyBytes, key32, parse, signature64 } from './schema.ts';

export type GuardianCard = {
  readonly guardian: PublicKey;
  /** Noise key of its 3bot: how the other guardians know it on the network. */
  readonly net: PublicKey;
  readonly seat: Seat;
};

const cardSchema = v.strictObject({
  say: v.literal('3bot/guardian-card'),
  v: v.literal(1),
  guardian: key32,
  net: key32,
  seat: seatSchema,
});

const wireSchema = v.strictTuple([anyBytes, signature64]);
const prefix = '3bot-guardian:';
const longest = 2000;

/** The line; `sign` is by the guardian key. Throws `guardian/bad-statement` for a name or a route that cannot stand in it. */
export function encodeCard(card: GuardianCard, sign: (bytes: Uint8Array) => Uint8Array): string {
  const body = { say: '3bot/guardian-card', v: 1, ...card } as const;
  const bytes = encode(parse(cardSchema, body, 'guardian/bad-statement'));
  return prefix + base32nopad.encode(encode([bytes, sign(bytes)])).toLowerCase();
}

/** Throws `guardian/bad-statement` for what is no card, or not signed by the guardian whom it names. */
export function decodeCard(line: string, verify: Verify): GuardianCard {
  const text = line.trim();
  if (!text.startsWith(prefix) || text.length > longest) {
    throw new AppError('guardian/bad-statement', `a card begins with ${prefix}`);
  }
  try {
    const wire = base32nopad.decode(text.slice(prefix.length).toUpperCase());
    const [bytes, signature] = parse(wireSchema, decode(wire), 'guardian/bad-statement');
    const { guardian, net, seat } = parse(cardSchema, decode(bytes), 'guardian/bad-statement');
    if (!verify(signature, bytes, guardian)) throw new AppError('guardian/bad-statement', 'bad signature');
    return { guardian, net, seat };
  } catch (cause) {
    throw new AppError('guardian/bad-statement', 'this card is damaged', { cause });
  }
}
