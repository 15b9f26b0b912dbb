/**
 * JSON with what JSON lacks, for IPC and `--json`: a bigint is `{"$n":"123"}`, bytes are `{"$b":"<hex>"}`.
 * Pure; parses nothing but shape, schemas come after.
 */
import { fromHex, toHex } from './bytes.ts';

function replacer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { $n: value.toString() };
  if (value instanceof Uint8Array) return { $b: toHex(value) };
  return value;
}

function reviver(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  if (keys.length !== 1) return value;
  if ('$n' in value && typeof value.$n === 'string' && /^-?\d{1,30}$/.test(value.$n)) return BigInt(value.$n);
  if ('$b' in value && typeof value.$b === 'string' && /^([0-9a-f]{2})*$/.test(value.$b)) return fromHex(value.$b);
  return value;
}

export const toWire = (value: unknown): string => JSON.stringify(value, replacer);

/** Throws SyntaxError on what is not JSON. */
export const fromWire = (text: string): unknown => JSON.parse(text, reviver);
