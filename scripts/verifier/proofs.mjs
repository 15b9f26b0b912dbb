// Verifies proof files: receipts, header proofs, consistency proofs (docs/BCDB.md, "Proofs"), step by step as written there.
// Needs the file and the grid's id; nothing of the app is used here.

import { cborBytes, cborHead, cborText, readCbor } from './cbor.mjs';
import { isConsistent, isIncluded, isSame, leafHash, recordLeaf, sha256 } from './hashes.mjs';
import {
  bytes,
  certificate,
  certified,
  exactly,
  guardiansIn,
  integer,
  links,
  NotProven,
  path,
  readHeader,
  readRecord,
  shape,
  text,
} from './shapes.mjs';
import { isSigned } from './signatures.mjs';

/** @typedef {import('./shapes.mjs').Header} Header */
/** @typedef {import('./shapes.mjs').Record_} Record_ */
/** @typedef {import('./shapes.mjs').Signature} Signature */
/** @typedef {'receipt' | 'proof'} Area */
/** @typedef {{ header: Header, bytes: Uint8Array }} Proven */
/** @typedef {{ area: Area, grid: Uint8Array, changedAt: number, at: (height: number) => Uint8Array[] }} Guardians */

/** @template T @param {Area} area @param {() => T} read @returns {T} */
export const reading = (area, read) => {
  try {
    return read();
  } catch (error) {
    throw new NotProven(`${area}/malformed`, error instanceof Error ? error.message : '');
  }
};

/** @param {Area} area @param {Uint8Array} encoded @param {Uint8Array} grid @returns {Proven} */
function headerOf(area, encoded, grid) {
  const header = reading(area, () => readHeader(encoded));
  if (!isSame(header.grid, grid)) throw new NotProven(`${area}/wrong-grid`, 'a header is of another grid');
  return { header, bytes: encoded };
}

/** A genesis is signed for no grid. @param {Area} area @param {Record_} record @param {Uint8Array} grid */
function checkSigned(area, record, grid) {
  const expected = record.kind === 'genesis' ? new Uint8Array(32) : grid;
  if (!isSame(record.grid, expected)) throw new NotProven(`${area}/wrong-grid`, record.kind);
  if (!isSigned(record.signature, record.signedBytes, record.author)) {
    throw new NotProven(`${area}/bad-signature`, record.kind);
  }
}

/**
 * What a certificate's signatures are over: the header, or, when all were given in a later epoch than the one that proposed
 * it, canonical CBOR of {say: '3bot/commit', v: 1, grid, epoch, header: its hash}.
 * @param {Area} area @param {Proven} block @param {readonly Signature[]} signatures
 */
export function signedBytes(area, { header, bytes: encoded }, signatures) {
  const [epoch, ...others] = new Set(signatures.map((one) => one.epoch));
  const isEarly = epoch !== undefined && epoch <= header.epoch;
  if (others.length > 0 || isEarly)
    throw new NotProven(`${area}/bad-certificate`, 'signed in different or earlier epochs');
  if (epoch === undefined) return encoded;
  const entry = (/** @type {string} */ name, /** @type {Uint8Array} */ value) => [cborText(name), value];
  return Buffer.concat([
    cborHead(5, 5),
    ...entry('v', cborHead(0, 1)),
    ...entry('say', cborText('3bot/commit')),
    ...entry('grid', cborBytes(header.grid)),
    ...entry('epoch', cborHead(0, epoch)),
    ...entry('header', cborBytes(sha256(encoded))),
  ]);
}

/**
 * n guardians, f = floor((n-1)/3): floor((n+f)/2) + 1 of them must have signed, and nobody else.
 * @param {Area} area @param {Proven} block @param {readonly Signature[]} signatures @param {readonly Uint8Array[]} guardians
 */
export function checkCertificate(area, block, signatures, guardians) {
  const hex = (/** @type {Uint8Array} */ key) => Buffer.from(key).toString('hex');
  const allowed = new Set(guardians.map(hex));
  const message = signedBytes(area, block, signatures);
  const signed = new Set();
  for (const { guardian, signature } of signatures) {
    const isGood = allowed.has(hex(guardian)) && isSigned(signature, message, guardian);
    if (!isGood) throw new NotProven(`${area}/bad-certificate`, 'not a guardian, or not its signature');
    signed.add(hex(guardian));
  }
  const faulty = Math.floor((allowed.size - 1) / 3);
  const needed = Math.floor((allowed.size + faulty) / 2) + 1;
  if (signed.size < needed) throw new NotProven(`${area}/bad-certificate`, `${signed.size} of ${needed} guardians`);
}

/** @param {Area} area @param {Proven} block @param {Record_} record @param {string} verdict @param {{ index: number, path: Uint8Array[] }} where */
function checkRecord(area, { header }, record, verdict, where) {
  const leaf = recordLeaf(record.id, verdict);
  const isThere = isIncluded({ leaf, ...where, size: header.recordCount, root: header.recordsRoot });
  if (!isThere) throw new NotProven(`${area}/bad-path`);
}

/** @param {Area} area @param {Proven} lower @param {Proven} head @param {Uint8Array[]} way */
function checkBelow(area, lower, head, way) {
  const leaf = leafHash(sha256(lower.bytes));
  const { height: size, historyRoot: root } = head.header;
  if (!isIncluded({ leaf, index: lower.header.height, size, path: way, root })) throw new NotProven(`${area}/bad-path`);
}

/**
 * Genesis and links: who the guardians of each height are.
 * @param {Area} area @param {any} file @param {Uint8Array | undefined} trusted
 * @returns {Guardians}
 */
export function guardiansOf(area, file, trusted) {
  const genesis = reading(area, () => readRecord(file.genesis));
  const terms = [{ from: 0, guardians: reading(area, () => guardiansIn(genesis, 'genesis')) }];
  const grid = genesis.id;
  if (trusted !== undefined && !isSame(trusted, grid)) throw new NotProven(`${area}/wrong-grid`);
  checkSigned(area, genesis, new Uint8Array(32));
  const at = (/** @type {number} */ height) => terms.findLast(({ from }) => from <= height)?.guardians ?? [];
  let changedAt = 0;
  for (const link of file.guardians ?? []) {
    const record = reading(area, () => readRecord(link.record));
    const guardians = reading(area, () => guardiansIn(record, 'policy'));
    const block = headerOf(area, link.header, grid);
    const { height } = block.header;
    if (height <= changedAt) throw new NotProven(`${area}/malformed`, 'heights of links must rise');
    checkSigned(area, record, grid);
    checkRecord(area, block, record, 'ok', link);
    checkCertificate(area, block, link.certificate, at(height));
    changedAt = height;
    terms.push({ from: height + 1, guardians });
  }
  return { area, grid, changedAt, at };
}

/** @param {Guardians} guardians @param {{ header: Uint8Array, certificate: Signature[] }} head @returns {Proven} */
function headOf({ area, grid, at }, head) {
  const proven = headerOf(area, head.header, grid);
  checkCertificate(area, proven, head.certificate, at(proven.header.height));
  return proven;
}

/** @param {Guardians} guardians @param {number} height */
export function checkReach({ area, changedAt }, height) {
  if (changedAt > 0 && changedAt >= height) throw new NotProven(`${area}/malformed`, 'links past the highest header');
}

const receiptEntries = {
  say: exactly('3bot/receipt'),
  genesis: bytes,
  record: bytes,
  verdict: text(64),
  index: integer(0),
  path,
  ...certified,
};
const receiptShapes = [
  shape({ ...receiptEntries, v: exactly(1) }),
  shape({ ...receiptEntries, v: exactly(2), guardians: links, 'head?': shape({ header: bytes, certificate, path }) }),
];
const foundation = { v: exactly(1), genesis: bytes, guardians: links };
const headerProofShape = shape({
  say: exactly('3bot/header-proof'),
  ...foundation,
  header: bytes,
  head: shape(certified),
  path,
});
const consistencyShape = shape({
  say: exactly('3bot/consistency'),
  ...foundation,
  from: shape(certified),
  to: shape(certified),
  path,
  inclusion: path,
});
const headFileShape = shape({ say: exactly('3bot/certified-head'), v: exactly(1), ...certified });

/** @param {Uint8Array} encoded */
function readReceipt(encoded) {
  const value = readCbor(encoded);
  const version = value instanceof Map ? value.get('v') : undefined;
  const read = typeof version === 'number' ? receiptShapes[version - 1] : undefined;
  if (read === undefined) throw new Error('a receipt of another version');
  return read(value);
}

/**
 * @param {Uint8Array} encoded @param {Uint8Array} [grid] the id that is trusted
 * @returns {{ grid: Uint8Array, record: Record_, verdict: string, heads: readonly Proven[] }}
 */
export function verifyReceipt(encoded, grid) {
  const file = reading('receipt', () => readReceipt(encoded));
  const guardians = guardiansOf('receipt', file, grid);
  const record = reading('receipt', () => readRecord(file.record));
  const block = headerOf('receipt', file.header, guardians.grid);
  checkSigned('receipt', record, guardians.grid);
  checkRecord('receipt', block, record, file.verdict, file);
  checkCertificate('receipt', block, file.certificate, guardians.at(block.header.height));
  const heads = [block];
  if (file.head !== undefined) {
    const head = headOf(guardians, file.head);
    if (head.header.height <= block.header.height) throw new NotProven('receipt/malformed', 'the later head is not');
    checkBelow('receipt', block, head, file.head.path);
    heads.push(head);
  }
  checkReach(guardians, heads.at(-1)?.header.height ?? 0);
  return { grid: guardians.grid, record, verdict: file.verdict, heads };
}

/** @param {Uint8Array} encoded @param {Uint8Array} [grid] */
export function verifyHeaderProof(encoded, grid) {
  const file = reading('proof', () => headerProofShape(readCbor(encoded)));
  const guardians = guardiansOf('proof', file, grid);
  const header = headerOf('proof', file.header, guardians.grid);
  const head = headOf(guardians, file.head);
  checkReach(guardians, head.header.height);
  checkBelow('proof', header, head, file.path);
  return { grid: guardians.grid, header, head };
}

/** @param {Uint8Array} encoded @param {Uint8Array} [grid] */
export function verifyConsistency(encoded, grid) {
  const file = reading('proof', () => consistencyShape(readCbor(encoded)));
  const guardians = guardiansOf('proof', file, grid);
  const from = headOf(guardians, file.from);
  const to = headOf(guardians, file.to);
  const [first, second] = [from.header.height, to.header.height];
  checkReach(guardians, Math.max(first, second));
  const isFork = first === second && !isSame(from.bytes, to.bytes);
  const trees = [from, to].map(({ header }) => ({ size: header.height, root: header.historyRoot }));
  const [below, above] = /** @type {[typeof trees[0], typeof trees[0]]} */ (trees);
  if (isFork || !isConsistent(below, above, file.path)) throw new NotProven('proof/inconsistent');
  if (first < second) checkBelow('proof', from, to, file.inclusion);
  else if (file.inclusion.length > 0) throw new NotProven('proof/bad-path');
  return { grid: guardians.grid, from, to };
}

/** The header of a head that somebody pinned. @param {Uint8Array} encoded @returns {Proven} */
export function readHead(encoded) {
  const file = reading('proof', () => headFileShape(readCbor(encoded)));
  return { header: reading('proof', () => readHeader(file.header)), bytes: file.header };
}
