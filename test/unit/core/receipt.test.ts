// A receipt verifies by itself; changed in any byte, or for another grid, it does not (G28).

import { describe, expect, test } from 'vitest';
import { certificateQuorum, encodeHeader, recordLeaf } from '../../../core/block.ts';
import { fromHex, sha256, toHex, zero32 } from '../../../core/bytes.ts';
import { decode, encode } from '../../../core/cbor.ts';
import { codeOf } from '../../../core/errors.ts';
import { merklePath, merkleRoot } from '../../../core/merkle.ts';
import { defaultPolicy } from '../../../core/policy.ts';
import { encodeReceipt, type Receipt, verifyReceipt } from '../../../core/receipt.ts';
import { type Draft, draftBytes, recordId, sealRecord } from '../../../core/record.ts';
import { type Person, person, signBy, verifyFast } from '../../support/fast-keys.ts';

const guardians = ['g1', 'g2', 'g3', 'g4'].map(person);
const alice = person('alice');

function sealed(author: Person, draft: Omit<Draft, 'author'>): { readonly id: Uint8Array; readonly bytes: Uint8Array } {
  const signed = draftBytes({ ...draft, author: author.key });
  return { id: recordId(signed), bytes: sealRecord(signed, signBy(author, signed)) };
}

/** A grid with four guardians, a block of five records; the receipt of the third. */
function scene(change: Partial<Receipt> = {}, signers: readonly Person[] = guardians.slice(0, 3)) {
  const body = {
    name: 'g',
    createdMs: 1,
    guardians: guardians.map((guardian) => guardian.key),
    policy: defaultPolicy,
    allocations: [],
  };
  const genesis = sealed(person('creator'), { grid: zero32, kind: 'genesis', seq: 1, prev: zero32, body });
  const grid = genesis.id;
  const transfer = { to: person('bob').key, amountStroops: 125_000_000n, memo: 'lunch' };
  const record = sealed(alice, { grid, kind: 'transfer', seq: 7, prev: sha256(zero32), body: transfer });
  const verdict = change.verdict ?? 'ok';
  const leaves = [0, 1, 2, 3, 4].map((index) =>
    recordLeaf(index === 2 ? record.id : sha256(Uint8Array.of(index)), verdict),
  );
  const header = encodeHeader({
    grid,
    epoch: 0,
    height: 12,
    prev: zero32,
    timeMs: 1_700_000_000_000,
    recordCount: leaves.length,
    recordsRoot: merkleRoot(leaves),
    historyRoot: zero32,
    execHash: zero32,
  });
  const receipt: Receipt = {
    genesis: genesis.bytes,
    guardians: [],
    record: record.bytes,
    verdict,
    index: 2,
    path: [...merklePath(leaves, 2)],
    header,
    certificate: signers.map((guardian) => ({ guardian: guardian.key, signature: signBy(guardian, header) })),
    ...change,
  };
  return { grid, record, receipt, bytes: encodeReceipt(receipt) };
}

const codeBy = (bytes: Uint8Array, grid?: Uint8Array): string | undefined => {
  try {
    verifyReceipt(bytes, verifyFast, grid);
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
};

describe('a good receipt', () => {
  test('proves the record, what became of it, and where it stands', () => {
    const { bytes, grid, record } = scene();
    const proven = verifyReceipt(bytes, verifyFast, grid);
    expect([toHex(proven.grid), toHex(proven.record.id)]).toEqual([toHex(grid), toHex(record.id)]);
    expect(proven).toMatchObject({ verdict: 'ok', header: { height: 12, recordCount: 5 } });
    expect(codeBy(bytes)).toBe('ok');
  });

  test('also proves a refusal', () => {
    const { bytes, grid } = scene({ verdict: 'money/insufficient' });
    expect(verifyReceipt(bytes, verifyFast, grid).verdict).toBe('money/insufficient');
  });
});

describe('G28 a receipt is refused', () => {
  const { bytes, grid, receipt } = scene();

  test('with any one byte changed, with or without knowing the grid', () => {
    const accepted: number[] = [];
    let tried = 0;
    for (let position = 0; position < bytes.length; position++) {
      for (const by of position % 4 === 0 ? [1, 0x80, 0xff] : [1 << (position % 8)]) {
        const changed = bytes.slice();
        changed[position] = (changed[position] ?? 0) ^ by;
        if (codeBy(changed, position % 2 === 0 ? undefined : grid) === 'ok') accepted.push(position);
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(2000);
    expect(accepted).toEqual([]);
  }, 30_000);

  test('always with a code of its own, cut at any length, grown, or empty', () => {
    for (let length = 0; length < bytes.length; length += 7) {
      expect(codeBy(bytes.slice(0, length), grid)).toBe('receipt/malformed');
    }
    expect(codeBy(Uint8Array.from([...bytes, 0]), grid)).toBe('receipt/malformed');
  });

  test('for another grid', () => {
    expect(codeBy(bytes, sha256(grid))).toBe('receipt/wrong-grid');
  });

  test('with another index, verdict, path, tree size or head', () => {
    const other = scene({ verdict: 'money/insufficient' }).receipt;
    const cases: readonly (readonly [Partial<Receipt>, string])[] = [
      [{ index: 3 }, 'receipt/bad-path'],
      [{ index: 5 }, 'receipt/bad-path'],
      [{ path: receipt.path.slice(1) }, 'receipt/bad-path'],
      [{ path: [...receipt.path, zero32] }, 'receipt/bad-path'],
      [{ header: other.header }, 'receipt/bad-path'],
      [{ header: other.header, path: other.path, verdict: other.verdict }, 'receipt/bad-certificate'],
      [{ genesis: receipt.record }, 'receipt/malformed'],
    ];
    for (const [change, code] of cases) expect(codeBy(encodeReceipt({ ...receipt, ...change }), grid)).toBe(code);
    const relabelled = encode({ ...(decode(bytes) as object), verdict: 'money/insufficient' });
    expect(codeBy(relabelled, grid)).toBe('receipt/bad-path');
  });

  test('by too few guardians, one guardian several times, or a stranger', () => {
    const [first, second] = guardians;
    if (first === undefined || second === undefined) throw new Error('no guardians');
    expect(codeBy(scene({}, [first, second]).bytes)).toBe('receipt/bad-certificate');
    expect(codeBy(scene({}, [first, second, first, second, first]).bytes)).toBe('receipt/bad-certificate');
    expect(codeBy(scene({}, [first, second, alice]).bytes)).toBe('receipt/bad-certificate');
    expect(codeBy(scene({}, guardians).bytes)).toBe('ok');
  });

  test('with a genesis whose guardians were swapped: it is another grid then', () => {
    const mine = sealed(person('creator'), {
      grid: zero32,
      kind: 'genesis',
      seq: 1,
      prev: zero32,
      body: { name: 'g', createdMs: 1, guardians: [alice.key], policy: defaultPolicy, allocations: [] },
    });
    const certificate = [{ guardian: alice.key, signature: signBy(alice, receipt.header) }];
    expect(codeBy(encodeReceipt({ ...receipt, genesis: mine.bytes, certificate }), grid)).toBe('receipt/wrong-grid');
    expect(codeBy(encodeReceipt({ ...receipt, genesis: mine.bytes, certificate }))).toBe('receipt/wrong-grid');
  });
});

test('how many guardians make a header final', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(certificateQuorum)).toEqual([1, 2, 2, 3, 4, 4, 5]);
});

test('any two certificates share a guardian who does not lie', () => {
  for (let count = 1; count <= 64; count++) {
    const faulty = Math.floor((count - 1) / 3);
    expect(2 * certificateQuorum(count) - count).toBeGreaterThan(faulty);
    expect(certificateQuorum(count)).toBeLessThanOrEqual(count - faulty);
  }
});

test('a receipt of garbage is malformed, not a crash', () => {
  for (const hex of ['', 'ff', 'a0', '80', '00', 'a1637361796c3362'])
    expect(codeBy(fromHex(hex))).toBe('receipt/malformed');
});
