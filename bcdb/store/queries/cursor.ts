/**
 * Cursors: where a page ended, as the sort key and the id of its last item, so that what comes in between moves nothing. Opaque to
 * callers, and good for the same question only: each carries a part of its hash.
 */
import * as v from 'valibot';
import { equalBytes, sha256 } from '../../../core/bytes.ts';
import { decode, encode } from '../../../core/cbor.ts';
import { AppError } from '../../../core/errors.ts';
import { bytesOf, hash32, integer, parse, text } from '../../../core/schema.ts';

/** The sort key of the last item, and its id. */
export type CursorPlace = { readonly key: number | string; readonly id: Uint8Array };

const hashBytes = 8;
const shape = v.strictTuple([
  bytesOf(hashBytes),
  v.union([integer(Number.MIN_SAFE_INTEGER), text(200)]),
  v.union([hash32, bytesOf(0)]),
]);

/** A question as text, the same for the same one: its name, and all that decides which items come in which order. */
export const questionText = (name: string, asked: object): string => `${name} ${filterText(asked)}`;

/** A filter as text, the same for the same filter. */
export const filterText = (filter: object): string =>
  JSON.stringify(
    Object.entries(filter)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
  );

const hashOf = (question: string): Uint8Array => sha256(new TextEncoder().encode(question)).slice(0, hashBytes);

export const encodeCursor = (question: string, { key, id }: CursorPlace): string =>
  Buffer.from(encode([hashOf(question), key, id])).toString('base64url');

/** Throws `query/bad-cursor` for anything that `encodeCursor` did not make for this question. */
export function decodeCursor(question: string, cursor: string): CursorPlace {
  try {
    const [hash, key, id] = parse(shape, decode(new Uint8Array(Buffer.from(cursor, 'base64url'))), 'query/bad-cursor');
    if (!equalBytes(hash, hashOf(question))) throw new AppError('query/bad-cursor', 'made for another question');
    return { key, id };
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'query/bad-cursor') throw cause;
    throw new AppError('query/bad-cursor', 'not a cursor', { cause });
  }
}

/** A cursor in a list whose order is a position alone. */
export const encodePosition = (question: string, position: number): string =>
  encodeCursor(question, { key: position, id: new Uint8Array(0) });

/** Throws `query/bad-cursor`. */
export function decodePosition(question: string, cursor: string): number {
  const { key } = decodeCursor(question, cursor);
  if (typeof key === 'number') return key;
  throw new AppError('query/bad-cursor', 'not a cursor');
}
