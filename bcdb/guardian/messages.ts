/**
 * The messages of the guardians' stream (docs/BCDB.md, "Guardians"): canonical CBOR arrays whose first item names the
 * kind. What is of no known kind, not of its shape or too large is no message: everybody skips it alike. Pure.
 */
import * as v from 'valibot';
import { decode, encode } from '../../core/cbor.ts';
import type { PublicKey } from '../../core/keys.ts';
import { anyBytes, bytesOf, key32, signature64 } from '../../core/schema.ts';

const kib = 1024;

/** Of the records in one message: how many, and their bytes together. */
export const recordsMessage = { mostRecords: 256, mostBytes: 768 * kib } as const;

/** A block takes no further message once it has so many bytes of records; so it may have a message's more. */
export const mostBlockBytes = 4096 * kib;

/** Bytes of any message: the largest holds a whole block that is proposed again. */
const mostMessageBytes = mostBlockBytes + 1024 * kib;

export type Message =
  /** Records for the next blocks. */
  | { readonly kind: 'records'; readonly records: readonly Uint8Array[] }
  | { readonly kind: 'tick'; readonly signed: Uint8Array }
  | { readonly kind: 'prepare'; readonly signed: Uint8Array; readonly headerBytes: Uint8Array }
  | {
      readonly kind: 'commit';
      readonly headerBytes: Uint8Array;
      readonly guardian: PublicKey;
      readonly signature: Uint8Array;
    }
  | { readonly kind: 'begin'; readonly epochRecord: Uint8Array; readonly obliged: ObligedBlock | null }
  /** `nonce`: 16 random bytes, so that a guardian knows its own. */
  | { readonly kind: 'hello'; readonly guardian: PublicKey; readonly nonce: Uint8Array };

/** A header that could be certified, with the records of its block. */
export type ObligedBlock = { readonly headerBytes: Uint8Array; readonly records: readonly Uint8Array[] };

const sizeOf = (records: readonly Uint8Array[]): number => records.reduce((sum, { length }) => sum + length, 0);

const atMost = (bytes: number) =>
  v.pipe(
    anyBytes,
    v.check(({ length }) => length <= bytes, `${bytes} bytes at most`),
  );
const small = atMost(4 * kib);

/** What follows the kind. */
const shapes = {
  records: v.strictTuple([
    v.pipe(
      v.array(anyBytes),
      v.minLength(1),
      v.maxLength(recordsMessage.mostRecords),
      v.check((records) => sizeOf(records) <= recordsMessage.mostBytes, 'too many bytes'),
    ),
  ]),
  tick: v.strictTuple([small]),
  prepare: v.strictTuple([small, small]),
  commit: v.strictTuple([small, key32, signature64]),
  begin: v.strictTuple([atMost(64 * kib), v.nullable(v.strictTuple([small, v.pipe(v.array(anyBytes))]))]),
  hello: v.strictTuple([key32, bytesOf(16)]),
} as const;

const read = {
  records: ([records]) => ({ kind: 'records', records }),
  tick: ([signed]) => ({ kind: 'tick', signed }),
  prepare: ([signed, headerBytes]) => ({ kind: 'prepare', signed, headerBytes }),
  commit: ([headerBytes, guardian, signature]) => ({ kind: 'commit', headerBytes, guardian, signature }),
  begin: ([epochRecord, block]) => {
    return { kind: 'begin', epochRecord, obliged: block && { headerBytes: block[0], records: block[1] } };
  },
  hello: ([guardian, nonce]) => ({ kind: 'hello', guardian, nonce }),
} as const satisfies { readonly [K in Kind]: (items: v.InferOutput<(typeof shapes)[K]>) => Message };

type Kind = keyof typeof shapes;
const isKind = (name: unknown): name is Kind => typeof name === 'string' && Object.hasOwn(shapes, name);

/** What follows the kind of a message, in order. */
function itemsOf(message: Message): readonly unknown[] {
  switch (message.kind) {
    case 'records':
      return [message.records];
    case 'tick':
      return [message.signed];
    case 'prepare':
      return [message.signed, message.headerBytes];
    case 'commit':
      return [message.headerBytes, message.guardian, message.signature];
    case 'begin':
      return [message.epochRecord, message.obliged && [message.obliged.headerBytes, message.obliged.records]];
    case 'hello':
      return [message.guardian, message.nonce];
  }
}

export const encodeMessage = (message: Message): Uint8Array => encode([message.kind, ...itemsOf(message)]);

/** Undefined for what is to be skipped. Never throws. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  if (bytes.length > mostMessageBytes) return undefined;
  const items = decoded(bytes);
  if (!Array.isArray(items)) return undefined;
  const [kind, ...rest] = items as unknown[];
  if (!isKind(kind)) return undefined;
  const parsed = v.safeParse(shapes[kind], rest, { abortEarly: true });
  return parsed.success ? (read[kind] as (of: unknown) => Message)(parsed.output) : undefined;
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch {
    return undefined; // not canonical CBOR: no message, whatever the reason
  }
}
