// Guardian links, header proofs and consistency proofs: what a good one proves, and that nothing else is believed (G28).

import { describe, expect, test } from 'vitest';
import { toHex } from '../../../core/bytes.ts';
import { decode, encode } from '../../../core/cbor.ts';
import { codeOf } from '../../../core/errors.ts';
import type { GuardianLink } from '../../../core/proofs-guardians.ts';
import {
  decodeHeadFile,
  encodeConsistency,
  encodeHeaderProof,
  encodeHeadFile,
  verifyConsistencyProof,
  verifyHeaderProof,
} from '../../../core/proofs-history.ts';
import { encodeReceipt, type Receipt, verifyReceipt } from '../../../core/receipt.ts';
import { certify, proofGrid } from '../../../scripts/vectors/proof-grid.ts';
import { signer } from '../../../scripts/vectors/signers.ts';
import { verifyFast } from '../../support/fast-keys.ts';

const [four, rotated, three] = [
  ['a', 'b', 'c', 'd'],
  ['c', 'd', 'e', 'f'],
  ['e', 'f', 'g'],
] as const;
const changes = { 3: rotated, 7: three };
const grid = proofGrid({ guardians: four, changes, length: 12 });
const fork = proofGrid({ guardians: four, changes, length: 12, forkFrom: 8 });
const single = proofGrid({ guardians: ['solo'], length: 6 });

const codeFrom = (work: () => unknown): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
};
const partsOf = (bytes: Uint8Array) => decode(bytes) as { path: Uint8Array[]; inclusion: Uint8Array[] };
const receiptCode = (receipt: Receipt, id: Uint8Array | undefined = grid.grid): string =>
  codeFrom(() => verifyReceipt(encodeReceipt(receipt), verifyFast, id));

describe('guardian links', () => {
  test('a record after two changes of guardians is proved from the genesis alone', () => {
    const proven = verifyReceipt(grid.receipt(10, 2), verifyFast, grid.grid);
    expect([proven.header.height, proven.verdict]).toEqual([10, 'ok']);
    expect(grid.parts(10, 2).guardians).toHaveLength(2);
  });

  test('a block that changes the guardians is signed by those before it, the next one by those after', () => {
    expect(grid.parts(3, 0).guardians).toHaveLength(0);
    expect(receiptCode(grid.parts(3, 0))).toBe('ok');
    expect(grid.parts(4, 0).guardians).toHaveLength(1);
    expect(receiptCode(grid.parts(4, 0))).toBe('ok');
    const early = { ...grid.parts(3, 0), certificate: certify(three.map(signer), grid.parts(3, 0).header) };
    expect(receiptCode(early)).toBe('receipt/bad-certificate');
  });

  test('a grid whose guardians never changed has none', () => {
    expect(single.parts(4, 1).guardians).toEqual([]);
    expect(receiptCode(single.parts(4, 1), single.grid)).toBe('ok');
  });

  const good = grid.parts(10, 0);
  const [first, second] = good.guardians;
  if (first === undefined || second === undefined) throw new Error('no links');

  test('G28 links that are missing, out of order, repeated or past the highest header are refused', () => {
    expect(receiptCode({ ...good, guardians: [] })).toBe('receipt/bad-certificate');
    expect(receiptCode({ ...good, guardians: [second] })).toBe('receipt/bad-certificate');
    expect(receiptCode({ ...good, guardians: [first] })).toBe('receipt/bad-certificate');
    expect(receiptCode({ ...good, guardians: [second, first] })).toBe('receipt/bad-certificate');
    expect(receiptCode({ ...good, guardians: [first, first, second] })).toBe('receipt/malformed');
    expect(receiptCode({ ...good, guardians: [first, second, second] })).toBe('receipt/malformed');
    expect(receiptCode({ ...grid.parts(2, 0), guardians: [first] })).toBe('receipt/malformed');
  });

  test('a change of one guardian of four needs no link where a quorum of the old ones signed as well', () => {
    const near = proofGrid({ guardians: four, changes: { 3: ['b', 'c', 'd', 'e'] }, length: 6 });
    const receipt = near.parts(5, 0);
    expect(receipt.guardians).toHaveLength(1);
    expect(receiptCode({ ...receipt, guardians: [] }, near.grid)).toBe('ok');
  });

  test('G28 a link that rests on another record, header, path, index or certificate is refused', () => {
    const cases: readonly (readonly [Partial<GuardianLink>, string])[] = [
      [{ record: grid.parts(5, 1).record }, 'receipt/malformed'],
      [{ record: second.record }, 'receipt/bad-path'],
      [{ index: 1 }, 'receipt/bad-path'],
      [{ path: first.path.slice(1) }, 'receipt/bad-path'],
      [{ header: second.header }, 'receipt/bad-path'],
      [{ certificate: second.certificate }, 'receipt/bad-certificate'],
      [{ certificate: first.certificate.slice(1) }, 'receipt/bad-certificate'],
      [{ certificate: [] }, 'receipt/bad-certificate'],
    ];
    for (const [change, code] of cases) {
      expect(receiptCode({ ...good, guardians: [{ ...first, ...change }, second] })).toBe(code);
    }
  });

  test('G28 a policy record that the block refused puts nobody in office', () => {
    const other = proofGrid({ guardians: four, changes, length: 12, transfers: 1 });
    const [link] = other.parts(10, 0).guardians;
    if (link === undefined) throw new Error('no link');
    // The path proves the leaf of verdict `ok`; a block that holds the record as refused has another leaf.
    expect(receiptCode({ ...good, guardians: [{ ...first, path: link.path }, second] })).toBe('receipt/bad-path');
  });
});

describe('a receipt tied to a later head', () => {
  test('proves both headers, and that one stands below the other', () => {
    const proven = verifyReceipt(grid.receipt(2, 1, 11), verifyFast, grid.grid);
    expect(proven.heads.map(({ header }) => header.height)).toEqual([2, 11]);
    expect(proven.verdict).toBe('money/insufficient');
    expect(toHex(proven.heads[1]?.bytes ?? new Uint8Array(0))).toBe(toHex(grid.head(11).header));
  });

  test('G28 is refused with a head of another history, of its own height, below it, or of another grid', () => {
    const good = grid.parts(9, 0, 11);
    const { head } = good;
    if (head === undefined) throw new Error('no head');
    const swap = (other: Partial<typeof head>): string => receiptCode({ ...good, head: { ...head, ...other } });
    expect(swap({ ...fork.head(11) })).toBe('receipt/bad-path');
    expect(swap({ ...grid.head(9), path: [] })).toBe('receipt/malformed');
    expect(swap({ ...grid.head(8), path: [] })).toBe('receipt/malformed');
    expect(swap({ ...single.head(5) })).toBe('receipt/wrong-grid');
    expect(swap({ certificate: grid.head(10).certificate })).toBe('receipt/bad-certificate');
    expect(swap({ path: head.path.slice(1) })).toBe('receipt/bad-path');
    expect(swap({ path: [...head.path, good.header.slice(0, 32)] })).toBe('receipt/bad-path');
  });
});

test('a receipt of version 1 still verifies, and takes no entries of version 2', () => {
  const { guardians: _none, head: _nor, ...parts } = single.parts(4, 1);
  const old = encode({ say: '3bot/receipt', v: 1, ...parts });
  expect(verifyReceipt(old, verifyFast, single.grid).header.height).toBe(4);
  for (const extra of [{ guardians: [] }, { head: undefined, x: 1 }, { v: 3 }]) {
    const bytes = encode({ say: '3bot/receipt', v: 1, ...parts, ...extra });
    expect(codeFrom(() => verifyReceipt(bytes, verifyFast))).toBe('receipt/malformed');
  }
});

describe('header proofs', () => {
  const code = (bytes: Uint8Array, id = grid.grid): string => codeFrom(() => verifyHeaderProof(bytes, verifyFast, id));

  test('every header below every head is proved', () => {
    for (let head = 1; head < 12; head++) {
      for (let height = 0; height < head; height++) {
        const proven = verifyHeaderProof(grid.headerProof(height, head), verifyFast, grid.grid);
        expect([proven.header.header.height, proven.head.header.height]).toEqual([height, head]);
      }
    }
  });

  test('G28 another header, head, path or grid is refused', () => {
    const good = {
      ...grid.foundation(11),
      header: grid.head(9).header,
      head: grid.head(11),
      path: [...(grid.parts(9, 0, 11).head?.path ?? [])],
    };
    expect(code(encodeHeaderProof(good))).toBe('ok');
    expect(code(encodeHeaderProof({ ...good, header: fork.head(9).header }))).toBe('proof/bad-path');
    expect(code(encodeHeaderProof({ ...good, header: grid.head(8).header }))).toBe('proof/bad-path');
    expect(code(encodeHeaderProof({ ...good, header: grid.head(11).header }))).toBe('proof/bad-path');
    expect(code(encodeHeaderProof({ ...good, head: fork.head(11) }))).toBe('proof/bad-path');
    expect(code(encodeHeaderProof({ ...good, head: single.head(5) }))).toBe('proof/wrong-grid');
    expect(code(encodeHeaderProof({ ...good, path: [] }))).toBe('proof/bad-path');
    expect(code(encodeHeaderProof(good), single.grid)).toBe('proof/wrong-grid');
    expect(code(encodeHeaderProof({ ...good, guardians: good.guardians.slice(1) }))).toBe('proof/bad-certificate');
    expect(code(grid.receipt(3, 0))).toBe('proof/malformed');
  });
});

describe('consistency', () => {
  const code = (bytes: Uint8Array, id = grid.grid): string =>
    codeFrom(() => verifyConsistencyProof(bytes, verifyFast, id));

  test('every later head goes on from every earlier one, and each from itself', () => {
    for (let to = 0; to < 12; to++) {
      for (let from = 0; from <= to; from++)
        expect([from, to, code(grid.consistency(from, to))]).toEqual([from, to, 'ok']);
    }
  });

  test('G28 two certified histories are told apart, wherever they part', () => {
    const mixed = (from: number, to: number): string =>
      code(
        encodeConsistency({
          ...grid.foundation(to),
          from: fork.head(from),
          to: grid.head(to),
          path: partsOf(grid.consistency(from, to)).path,
          inclusion: from === to ? [] : [...(grid.parts(from, 0, to).head?.path ?? [])],
        }),
      );
    expect(mixed(7, 11)).toBe('ok');
    expect(mixed(8, 11)).toBe('proof/bad-path'); // the first block that differs: all below it is the same
    expect(mixed(9, 11)).toBe('proof/inconsistent');
    expect(mixed(11, 11)).toBe('proof/inconsistent');
  });

  test('G28 backwards, with another path or inclusion, or for another grid: refused', () => {
    const { path, inclusion } = partsOf(grid.consistency(5, 10));
    const good = { ...grid.foundation(10), from: grid.head(5), to: grid.head(10), path, inclusion };
    expect(code(encodeConsistency(good))).toBe('ok');
    expect(code(encodeConsistency({ ...good, from: good.to, to: good.from }))).toBe('proof/inconsistent');
    expect(code(encodeConsistency({ ...good, path: path.slice(1) }))).toBe('proof/inconsistent');
    expect(code(encodeConsistency({ ...good, inclusion: [] }))).toBe('proof/bad-path');
    expect(code(encodeConsistency({ ...good, inclusion: path }))).toBe('proof/bad-path');
    expect(code(encodeConsistency({ ...good, from: single.head(5) }))).toBe('proof/wrong-grid');
    expect(code(encodeConsistency({ ...good, to: { ...good.to, certificate: [] } }))).toBe('proof/bad-certificate');
    expect(code(encodeConsistency({ ...good, from: { ...good.from, certificate: [] } }))).toBe('proof/bad-certificate');
    const self = { ...grid.foundation(5), from: grid.head(5), to: grid.head(5), path: [], inclusion: [] };
    expect(code(encodeConsistency(self))).toBe('ok');
    expect(code(encodeConsistency({ ...self, inclusion }))).toBe('proof/bad-path');
    expect(code(encodeConsistency({ ...self, path }))).toBe('proof/inconsistent');
  });
});

test('a head as a file keeps its bytes, and nothing else is read as one', () => {
  const head = grid.head(6);
  expect(decodeHeadFile(encodeHeadFile(head))).toEqual(head);
  expect(codeFrom(() => decodeHeadFile(grid.receipt(3, 0)))).toBe('proof/malformed');
  expect(codeFrom(() => decodeHeadFile(new Uint8Array(0)))).toBe('proof/malformed');
});
