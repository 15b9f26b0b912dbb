/** Invitations: one short line of text by which another 3bot finds a grid and knows it by its genesis. Pure. */
import { base32nopad } from '@scure/base';
import * as v from 'valibot';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import { hash32, key32, parse } from './schema.ts';

/** A port that does not exist would end the net process at every start. */
const hostAndPort = v.pipe(
  v.string(),
  v.regex(/^[\w.:-]{1,253}:[1-9]\d{0,4}$/),
  v.check((address) => Number(address.slice(address.lastIndexOf(':') + 1)) <= 65_535),
);

const invitationSchema = v.strictObject({
  v: v.literal(1),
  /** Grid id: the genesis record, fetched as block 0, must hash to it. */
  grid: hash32,
  /** Hypercore keys of feeds that hold certified blocks. */
  feeds: v.pipe(v.array(key32), v.minLength(1), v.maxLength(16)),
  /** Noise keys of guardians and helpers. */
  peers: v.pipe(v.array(key32), v.minLength(1), v.maxLength(16)),
  /** `host:port` of DHT nodes to start from; empty: the public ones. */
  bootstrap: v.pipe(v.array(hostAndPort), v.maxLength(16)),
});

export type Invitation = Omit<v.InferOutput<typeof invitationSchema>, 'v'>;

const prefix = '3bot-grid:';

export const encodeInvitation = (invitation: Invitation): string =>
  prefix + base32nopad.encode(encode({ v: 1, ...invitation })).toLowerCase();

/** Throws `grid/bad-invitation`. */
export function decodeInvitation(text: string): Invitation {
  const trimmed = text.trim();
  if (!trimmed.startsWith(prefix) || trimmed.length > 4096) throw new AppError('grid/bad-invitation');
  try {
    const bytes = base32nopad.decode(trimmed.slice(prefix.length).toUpperCase());
    const { v: _version, ...invitation } = parse(invitationSchema, decode(bytes), 'grid/bad-invitation');
    return invitation;
  } catch (cause) {
    throw new AppError('grid/bad-invitation', '', { cause });
  }
}
