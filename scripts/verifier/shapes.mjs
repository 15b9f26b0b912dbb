// The shapes of what a proof file holds (docs/BCDB.md): records, headers, certificates, links. Each reader refuses a
// missing, additional or wrong entry. Nothing of the app is used here.

import { readCbor } from './cbor.mjs';
import { sha256 } from './hashes.mjs';

/** Why a proof does not hold; `code` is one of the codes that the app has for it. */
export class NotProven extends Error {
  /** @param {string} code @param {string} detail */
  constructor(code, detail = '') {
    super(detail === '' ? code : `${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}

/** @typedef {{ guardian: Uint8Array, signature: Uint8Array, epoch?: number }} Signature */
/** @typedef {{ record: Uint8Array, index: number, path: Uint8Array[], header: Uint8Array, certificate: Signature[] }} Link */
/** @template T @typedef {(value: unknown) => T} Reader */

/** @param {string} why @returns {never} */
const wrong = (why) => {
  throw new Error(why);
};

/** @type {Reader<Uint8Array>} */
export const bytes = (value) => (value instanceof Uint8Array ? value : wrong('bytes expected'));
/** @param {number} length @returns {Reader<Uint8Array>} */
const sized = (length) => (value) =>
  bytes(value).length === length ? bytes(value) : wrong(`${length} bytes expected`);
export const key = sized(32);
export const hash = sized(32);
export const signature = sized(64);
/** @param {number} least @param {number} [most] @returns {Reader<number>} */
export const integer =
  (least, most = Number.MAX_SAFE_INTEGER) =>
  (value) =>
    typeof value === 'number' && value >= least && value <= most ? value : wrong('an integer expected');
/** @param {number} most @returns {Reader<string>} */
export const text = (most) => (value) =>
  typeof value === 'string' && value.length <= most ? value : wrong('text expected');
/** @template T @param {T} only @returns {Reader<T>} */
export const exactly = (only) => (value) => (value === only ? only : wrong(`${only} expected`));
/** @template T @param {Reader<T>} item @param {number} most @param {number} [least] @returns {Reader<T[]>} */
const list =
  (item, most, least = 0) =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.length <= most ? value.map(item) : wrong('a list expected');

/**
 * A map with exactly these entries; a name that ends in `?` may be missing.
 * @param {Record<string, Reader<unknown>>} entries
 * @returns {Reader<any>}
 */
export const shape = (entries) => (value) => {
  if (!(value instanceof Map)) return wrong('a map expected');
  /** @type {Record<string, unknown>} */
  const read = {};
  for (const [spelled, reader] of Object.entries(entries)) {
    const name = spelled.replace('?', '');
    if (value.has(name)) read[name] = reader(value.get(name));
    else if (name === spelled) wrong(`${name} is missing`);
  }
  return Object.keys(read).length === value.size ? read : wrong('an entry too many');
};

export const path = list(hash, 64);
export const certificate = list(shape({ guardian: key, signature, 'epoch?': integer(1) }), 64);
export const certified = { header: bytes, certificate };
/** @type {Reader<Link[]>} */
export const links = list(shape({ record: bytes, index: integer(0), path, header: bytes, certificate }), 100_000);

/** @typedef {{ grid: Uint8Array, epoch: number, height: number, timeMs: number, recordCount: number, recordsRoot: Uint8Array, historyRoot: Uint8Array }} Header */
const headerShape = shape({
  say: exactly('3bot/header'),
  v: exactly(1),
  grid: hash,
  epoch: integer(0),
  height: integer(0),
  prev: hash,
  timeMs: integer(0, 253_402_300_799_999),
  recordCount: integer(0),
  recordsRoot: hash,
  historyRoot: hash,
  execHash: hash,
  'stateRoot?': hash,
  'position?': integer(0),
});
/** @param {Uint8Array} encoded @returns {Header} */
export const readHeader = (encoded) => headerShape(readCbor(encoded));

const envelopeShape = shape({
  v: exactly(1),
  grid: hash,
  kind: (value) => (/^[a-z][a-z-]{0,31}$/.test(text(32)(value)) ? value : wrong('a kind expected')),
  author: key,
  seq: integer(1),
  prev: hash,
  // What a body holds is for the rules, and for the verdict that they gave.
  body: (value) => (typeof value === 'object' && value !== null ? value : wrong('a body expected')),
});

/** @typedef {{ id: Uint8Array, signedBytes: Uint8Array, signature: Uint8Array, grid: Uint8Array, kind: string, author: Uint8Array, seq: number, body: unknown }} Record_ */
/** @param {Uint8Array} encoded @returns {Record_} */
export function readRecord(encoded) {
  const pair = readCbor(encoded);
  if (!Array.isArray(pair) || pair.length !== 2) return wrong('a record is a pair');
  const [signedBytes, by] = [bytes(pair[0]), signature(pair[1])];
  return { ...envelopeShape(readCbor(signedBytes)), id: sha256(signedBytes), signedBytes, signature: by };
}

/** The guardians that a `genesis` or `policy` names: one, or three to seven different ones. @param {Record_} record @param {string} kind */
export function guardiansIn(record, kind) {
  if (record.kind !== kind || !(record.body instanceof Map)) return wrong(`a ${kind} expected`);
  const guardians = list(key, 7, 1)(record.body.get('guardians'));
  const isSet = new Set(guardians.map((each) => Buffer.from(each).toString('hex'))).size === guardians.length;
  return isSet && guardians.length !== 2 ? guardians : wrong('guardians expected');
}
