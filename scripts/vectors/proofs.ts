// Vectors of Merkle trees, and of proof files good and bad: each file with the code that a verifier must give.

import { toHex } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { leafHash, merklePath, merkleRoot } from '../../core/merkle.ts';
import { consistencyPath } from '../../core/merkle-source.ts';
import { encodeConsistency, encodeHeaderProof, encodeHeadFile } from '../../core/proofs-history.ts';
import { encodeReceipt } from '../../core/receipt.ts';
import { decodeRecord, sealRecord } from '../../core/record.ts';
import { proofGrid } from './proof-grid.ts';

/** Trees of up to 13 leaves: the leaf at index i is the one byte i. */
export function merkleVectors() {
  const leaves = Array.from({ length: 13 }, (_, index) => leafHash(Uint8Array.of(index)));
  const subtree = (start: number, size: number): Uint8Array => merkleRoot(leaves.slice(start, start + size));
  const sizes = [1, 2, 3, 4, 5, 7, 8, 13];
  return {
    about: 'RFC 9162 section 2.1. Leaf i is SHA-256(0 || i), i as one byte; paths go from the leaf up.',
    roots: [0, ...sizes].map((size) => ({ size, root: toHex(merkleRoot(leaves.slice(0, size))) })),
    inclusion: sizes.flatMap((size) =>
      Array.from({ length: size }, (_, index) => ({
        size,
        index,
        path: merklePath(leaves.slice(0, size), index).map(toHex),
      })),
    ),
    consistency: sizes.flatMap((to) =>
      [0, ...sizes].flatMap((from) =>
        from > to ? [] : [{ from, to, path: consistencyPath(subtree, from, to).map(toHex) }],
      ),
    ),
  };
}

export type ProofVector = {
  readonly what: string;
  readonly kind: 'receipt' | 'header-proof' | 'consistency';
  /** The id that the verifier trusts. */
  readonly grid: string;
  readonly file: string;
  readonly code: string;
};

/** The record with a signature of nothing: its id is the same. */
function resealed(record: Uint8Array): Uint8Array {
  return sealRecord(decodeRecord(record).signedBytes, new Uint8Array(64));
}

/** Files about a grid whose guardians changed twice, and about one that never changed. */
export function proofVectors() {
  const changes = { 3: ['c', 'd', 'e', 'f'], 6: ['e', 'f', 'g'] };
  const options = { guardians: ['a', 'b', 'c', 'd'], changes, length: 10 };
  const [grid, fork] = [proofGrid(options), proofGrid({ ...options, forkFrom: 7 })];
  const solo = proofGrid({ guardians: ['solo'], length: 6 });
  const cases: ProofVector[] = [];
  const add = (kind: ProofVector['kind'], what: string, code: string, file: Uint8Array, of = grid): void => {
    cases.push({ what, kind, grid: toHex(of.grid), file: toHex(file), code });
  };

  const { guardians: _links, head: _later, ...first } = solo.parts(4, 1);
  add('receipt', 'version 1', 'ok', encode({ say: '3bot/receipt', v: 1, ...first }), solo);
  add('receipt', 'version 2, guardians never changed', 'ok', solo.receipt(4, 1), solo);
  add('receipt', 'the genesis itself', 'ok', solo.receipt(0, 0), solo);
  add('receipt', 'after two changes of guardians', 'ok', grid.receipt(8, 0));
  add('receipt', 'a change of guardians itself', 'ok', grid.receipt(3, 0));
  add('receipt', 'tied to a later head', 'ok', grid.receipt(2, 2, 9));
  add('receipt', 'trusted for another grid', 'receipt/wrong-grid', grid.receipt(8, 0), solo);
  const good = grid.parts(8, 1);
  const [link, next] = good.guardians;
  if (link === undefined || next === undefined) throw new Error('the grid of the vectors has two changes');
  const bad = (what: string, code: string, change: object): void =>
    add('receipt', what, code, encodeReceipt({ ...good, ...change }));
  bad('another verdict', 'receipt/bad-path', { verdict: 'ok' });
  bad('another index', 'receipt/bad-path', { index: 0 });
  bad('an index past the tree', 'receipt/bad-path', { index: 3 });
  bad('a path cut', 'receipt/bad-path', { path: good.path.slice(1) });
  bad('the header of another history', 'receipt/bad-path', { header: fork.parts(8, 1).header });
  bad('a certificate for another header', 'receipt/bad-certificate', { certificate: grid.head(9).certificate });
  bad('no certificate', 'receipt/bad-certificate', { certificate: [] });
  bad('no links', 'receipt/bad-certificate', { guardians: [] });
  bad('links out of order', 'receipt/bad-certificate', { guardians: [next, link] });
  bad('a link twice', 'receipt/malformed', { guardians: [link, link, next] });
  bad('a link that is no policy', 'receipt/malformed', { guardians: [{ ...link, record: good.record }, next] });
  bad('a link that is a genesis', 'receipt/malformed', { guardians: [{ ...link, record: good.genesis }, next] });
  bad('a genesis that is a policy', 'receipt/malformed', { genesis: link.record });
  bad('a link with another path', 'receipt/bad-path', { guardians: [{ ...link, path: next.path.slice(1) }, next] });
  bad('a link whose record is not signed', 'receipt/bad-signature', {
    guardians: [{ ...link, record: resealed(link.record) }, next],
  });
  bad('a record that is not signed', 'receipt/bad-signature', { record: resealed(good.record) });
  bad('a genesis that is not signed', 'receipt/bad-signature', { genesis: resealed(good.genesis) });
  const away = proofGrid({ ...options, name: 'another grid' }).parts(8, 1);
  const stranger = away.guardians[0]?.record ?? link.record;
  bad('a link of another grid', 'receipt/wrong-grid', { guardians: [{ ...link, record: stranger }, next] });
  bad('the genesis of another grid', 'receipt/wrong-grid', { genesis: away.genesis });
  bad('the record of another grid', 'receipt/wrong-grid', { record: solo.parts(4, 1).record });
  bad('the header of another grid', 'receipt/wrong-grid', { header: solo.parts(4, 1).header });
  bad('an entry too many', 'receipt/malformed', { more: 1 });
  for (const [what, guardians] of [
    ['two guardians', ['a', 'b']],
    ['one guardian twice', ['a', 'a', 'b']],
  ] as const) {
    const odd = proofGrid({ guardians, length: 3 });
    add('receipt', `a genesis with ${what}`, 'receipt/malformed', odd.receipt(2, 0), odd);
  }
  const early = { ...grid.parts(2, 0), guardians: [link] };
  add('receipt', 'a link past the highest header', 'receipt/malformed', encodeReceipt(early));
  const tied = grid.parts(8, 0, 9);
  const forked = { ...tied, head: { ...fork.head(9), path: tied.head?.path ?? [] } };
  add('receipt', 'tied to the head of another history', 'receipt/bad-path', encodeReceipt(forked));
  add('receipt', 'cut short', 'receipt/malformed', grid.receipt(8, 0).slice(0, -1));

  const below = { ...grid.foundation(9), header: grid.head(8).header, head: grid.head(9), path: tied.head?.path ?? [] };
  add('header-proof', 'a header below a head', 'ok', encodeHeaderProof(below));
  add('header-proof', 'the first header', 'ok', grid.headerProof(0, 9));
  const other = { ...below, header: fork.head(8).header };
  add('header-proof', 'a header of another history', 'proof/bad-path', encodeHeaderProof(other));
  add('header-proof', 'its own head', 'proof/bad-path', encodeHeaderProof({ ...below, header: grid.head(9).header }));
  const unsigned = { ...below, head: { ...below.head, certificate: [] } };
  add('header-proof', 'a head that nobody signed', 'proof/bad-certificate', encodeHeaderProof(unsigned));
  const low = { ...grid.foundation(9), header: grid.head(0).header, head: grid.head(2), path: [] };
  add('header-proof', 'a link past its head', 'proof/malformed', encodeHeaderProof(low));
  add('header-proof', 'a receipt', 'proof/malformed', grid.receipt(8, 0));

  add('consistency', 'from 2 to 9', 'ok', grid.consistency(2, 9));
  add('consistency', 'from the genesis', 'ok', grid.consistency(0, 9));
  add('consistency', 'from a head to itself', 'ok', grid.consistency(5, 5));
  const two = { ...grid.foundation(9), from: fork.head(9), to: grid.head(9), path: [], inclusion: [] };
  add('consistency', 'two heads of one height', 'proof/inconsistent', encodeConsistency(two));
  const parted = { ...two, ...grid.foundation(7), from: fork.head(7), to: grid.head(7) };
  add('consistency', 'two heads on one history', 'proof/inconsistent', encodeConsistency(parted));
  const reaching = { ...two, from: grid.head(2), to: grid.head(2) };
  add('consistency', 'links past its heads', 'proof/malformed', encodeConsistency(reaching));
  const kept = { ...two, from: grid.head(9), inclusion: tied.path };
  add('consistency', 'from a head to itself with an inclusion', 'proof/bad-path', encodeConsistency(kept));
  const back = { ...two, from: grid.head(9), to: grid.head(8) };
  add('consistency', 'backwards', 'proof/inconsistent', encodeConsistency(back));
  const nothing = { ...two, from: grid.head(4) };
  add('consistency', 'without its path', 'proof/inconsistent', encodeConsistency(nothing));
  return {
    about: 'Proof files as CBOR in hex, the grid that the verifier trusts, and its answer: ok or a code.',
    head: toHex(encodeHeadFile(grid.head(9))),
    cases,
  };
}
