// Verifies the proof that a guardian signed two statements which contradict each other (docs/BCDB.md, "Proofs" and "Two
// statements"). Needs the file and the grid's id; nothing of the app is used here.

import { readCbor } from './cbor.mjs';
import { isSame, sha256 } from './hashes.mjs';
import { checkReach, guardiansOf, reading, signedBytes } from './proofs.mjs';
import {
  bytes,
  certificate,
  exactly,
  hash,
  integer,
  key,
  links,
  NotProven,
  readHeader,
  shape,
  signature,
} from './shapes.mjs';
import { isSigned } from './signatures.mjs';

/** @typedef {{ epoch: number, about: string }} Lock */
/**
 * @typedef {object} Statement
 * @property {'prepare' | 'header' | 'move'} kind
 * @property {Uint8Array} guardian
 * @property {Uint8Array} grid
 * @property {number} epoch
 * @property {number} height of the header that was prepared or signed; of a move one above the header that it tells
 * @property {string} about hash of that header
 * @property {Lock | null} lock
 * @property {() => boolean} isSigned
 */

const hex = (/** @type {Uint8Array} */ value) => Buffer.from(value).toString('hex');
const hashOf = (/** @type {Uint8Array} */ header) => hex(sha256(header));

const prepareShape = shape({
  say: exactly('3bot/prepare'),
  v: exactly(1),
  grid: hash,
  epoch: integer(0),
  height: integer(0),
  header: hash,
});
const lockShape = shape({ epoch: integer(0), header: bytes, prepares: certificate });
const moveShape = shape({
  say: exactly('3bot/move'),
  v: exactly(1),
  grid: hash,
  epoch: integer(1),
  header: bytes,
  certificate,
  lock: (value) => (value === null ? null : lockShape(value)),
});
const fileShape = shape({
  say: exactly('3bot/two-statements'),
  v: exactly(1),
  genesis: bytes,
  guardians: links,
  ours: bytes,
  theirs: bytes,
});

/** A commit: `[header, [its entry of a certificate]]`. @param {unknown[]} pair @returns {Statement} */
function readCommit(pair) {
  const encoded = bytes(pair[0]);
  const [by, ...others] = certificate(pair[1]);
  if (by === undefined || others.length > 0) throw new Error('one signature expected');
  const header = readHeader(encoded);
  const { guardian, epoch = header.epoch } = by;
  const message = signedBytes('proof', { header, bytes: encoded }, [by]);
  return {
    kind: 'header',
    guardian,
    grid: header.grid,
    epoch,
    height: header.height,
    about: hashOf(encoded),
    lock: null,
    isSigned: () => isSigned(by.signature, message, guardian),
  };
}

/** `[bytes, guardian, signature]`. @param {unknown[]} signed @returns {Statement} */
function readSaid(signed) {
  if (signed.length !== 3) throw new Error('a statement expected');
  const [message, guardian, by] = [bytes(signed[0]), key(signed[1]), signature(signed[2])];
  const said = readCbor(message);
  const common = { guardian, isSigned: () => isSigned(by, message, guardian) };
  if (said instanceof Map && said.get('say') === '3bot/prepare') {
    const { grid, epoch, height, header } = prepareShape(said);
    return { ...common, kind: 'prepare', grid, epoch, height, about: hex(header), lock: null };
  }
  const { grid, epoch, header, lock } = moveShape(said);
  const told = lock === null ? null : { epoch: lock.epoch, about: hashOf(lock.header) };
  return {
    ...common,
    kind: 'move',
    grid,
    epoch,
    height: readHeader(header).height + 1,
    about: hashOf(header),
    lock: told,
  };
}

/** @param {Uint8Array} encoded @returns {Statement} */
function readStatement(encoded) {
  const value = readCbor(encoded);
  if (!Array.isArray(value)) throw new Error('a statement expected');
  return value.length === 2 ? readCommit(value) : readSaid(value);
}

/** A move must tell the lock on which a header was signed in an earlier epoch, or a later one. @param {Statement} move @param {Statement} said */
function hides({ epoch, lock }, said) {
  if (said.kind !== 'header' || said.epoch >= epoch) return false;
  if (lock === null || lock.epoch < said.epoch) return true;
  return lock.epoch === said.epoch && lock.about !== said.about;
}

/** @param {Statement} one @param {Statement} other */
function areContrary(one, other) {
  if (!isSame(one.guardian, other.guardian) || !isSame(one.grid, other.grid) || one.height !== other.height)
    return false;
  const moves = [one, other].filter(({ kind }) => kind === 'move');
  if (moves.length === 0) return one.epoch === other.epoch && one.about !== other.about;
  if (moves.length === 1) return one.kind === 'move' ? hides(one, other) : hides(other, one);
  const isOfBefore = moves.every(({ epoch, lock }) => lock === null || lock.epoch < epoch);
  const spelled = moves.map(({ lock }) => (lock === null ? '' : `${lock.epoch} ${lock.about}`));
  return one.epoch === other.epoch && one.about === other.about && isOfBefore && spelled[0] !== spelled[1];
}

/**
 * @param {Uint8Array} encoded @param {Uint8Array} [grid] the id that is trusted
 * @returns {{ grid: Uint8Array, guardian: Uint8Array, height: number, kinds: readonly [string, string] }}
 */
export function verifyTwoStatements(encoded, grid) {
  const file = reading('proof', () => fileShape(readCbor(encoded)));
  const guardians = guardiansOf('proof', file, grid);
  const one = reading('proof', () => readStatement(file.ours));
  const other = reading('proof', () => readStatement(file.theirs));
  const { guardian, height } = one;
  if (!isSame(one.grid, guardians.grid)) throw new NotProven('proof/wrong-grid', 'a statement is of another grid');
  if (!areContrary(one, other)) throw new NotProven('proof/malformed', 'the statements do not contradict each other');
  if (!one.isSigned() || !other.isSigned()) throw new NotProven('proof/bad-signature', 'a statement');
  checkReach(guardians, height);
  if (!guardians.at(height).some((each) => isSame(each, guardian))) {
    throw new NotProven('proof/bad-certificate', `no guardian at height ${height}`);
  }
  return { grid: guardians.grid, guardian, height, kinds: [one.kind, other.kind] };
}
