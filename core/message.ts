/** What 3bots say to each other over Noise while they negotiate; nothing of it is recorded. Pure. */
import * as v from 'valibot';
import { decode, encode } from './cbor.ts';
import { anyBytes, hash32, parse, text } from './schema.ts';

const messageSchema = v.variant('type', [
  /** A co-sign packet, new or with more signatures; receiving it twice changes nothing. */
  v.strictObject({ type: v.literal('packet'), packet: anyBytes }),
  /** The sender will not sign or accept the packet `id`. */
  v.strictObject({ type: v.literal('decline'), id: hash32, reason: text(200) }),
  /** The coordinator takes the packet back. */
  v.strictObject({ type: v.literal('withdraw'), id: hash32 }),
]);

export type Message = v.InferOutput<typeof messageSchema>;

export const encodeMessage = (message: Message): Uint8Array => encode(message);

/** Throws `cbor/*` or `desk/bad-packet`. */
export const decodeMessage = (bytes: Uint8Array): Message => parse(messageSchema, decode(bytes), 'desk/bad-packet');
