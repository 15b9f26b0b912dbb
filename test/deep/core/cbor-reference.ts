// The encoding by another's hand: `cborg` in its strict mode, which encodes again and compares. Slow, and what ours is held to.

import { decode as cborgDecode, encode as cborgEncode, rfc8949EncodeOptions, Tokenizer, Type } from 'cborg';
import { equalBytes } from '../../../core/bytes.ts';
import type { ErrorCode } from '../../../core/errors.ts';

const malformed = (): never => {
  throw new Error('malformed');
};

const encodeOptions = {
  ...rfc8949EncodeOptions,
  typeEncoders: {
    number: (value: number) => (Number.isSafeInteger(value) ? null : malformed()),
    bigint: (value: bigint) => (value < -(2n ** 63n) || value > 2n ** 63n - 1n ? malformed() : null),
    undefined: malformed,
  },
  ignoreUndefinedProperties: true,
};

const decodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: true,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
};

export const referenceEncode = (value: unknown): Uint8Array => cborgEncode(value, encodeOptions);

/** The library's tokens; it takes floats, which nothing of ours may hold. */
function tokensOf(bytes: Uint8Array) {
  const tokens = new Tokenizer(bytes, decodeOptions);
  const next = () => {
    const token = tokens.next();
    return token.type === Type.float ? malformed() : token;
  };
  return { pos: () => tokens.pos(), done: () => tokens.done(), next };
}

/** The value, or the code of the refusal. */
export function referenceDecode(bytes: Uint8Array): { readonly value: unknown } | { readonly code: ErrorCode } {
  let [value, again]: [unknown, Uint8Array] = [undefined, new Uint8Array(0)];
  try {
    value = cborgDecode(bytes, { ...decodeOptions, tokenizer: tokensOf(bytes) });
    again = referenceEncode(value);
  } catch {
    return { code: 'cbor/malformed' };
  }
  return equalBytes(again, bytes) ? { value } : { code: 'cbor/not-canonical' };
}
