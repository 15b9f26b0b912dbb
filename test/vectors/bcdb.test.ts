// The vectors of the format: the files are what the script makes, and core, bcdb and the independent verifier agree with them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifySodium } from '../../bcdb/verify.ts';
import {
  checkCertificate,
  decodeBlock,
  decodeHeader,
  encodeHeader,
  type Header,
  headerHash,
} from '../../core/block.ts';
import { recordKinds } from '../../core/bodies.ts';
import { concatBytes, fromHex, sha256, toHex, zero32 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { decodeMove, decodePrepare, decodeTick } from '../../core/guardian.ts';
import { decodeInvitation } from '../../core/invitation.ts';
import { leafHash, verifyConsistency, verifyMerklePath } from '../../core/merkle.ts';
import { decodePacket, encodePacket } from '../../core/packet.ts';
import { decodeHeadFile } from '../../core/proofs-history.ts';
import { checkEnvelope, decodeRecord, parseBody, sealRecord } from '../../core/record.ts';
import { vectorFiles, vectorText } from '../../scripts/vectors/files.ts';
import * as hashes from '../../scripts/verifier/hashes.mjs';
import * as independent from '../../scripts/verifier/proofs.mjs';
import { readHeader, readRecord } from '../../scripts/verifier/shapes.mjs';
import { isSigned } from '../../scripts/verifier/signatures.mjs';
import { codeFrom, openTestStore } from '../support/bcdb-store.ts';
import { judgeByCore, judgeIndependently } from '../support/proof-mutations.ts';

type Files = ReturnType<typeof vectorFiles>;
const textOf = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');
const fileOf = <N extends keyof Files>(name: N): Files[N] => JSON.parse(textOf(name)) as Files[N];

test('the files are what scripts/make-vectors.ts makes, byte for byte', () => {
  for (const [name, content] of Object.entries(vectorFiles())) {
    expect(textOf(name) === vectorText(content), `${name} is not what the script makes`).toBe(true);
  }
});

describe('records', () => {
  const { grid, good, refused } = fileOf('records.json');

  test('there is one of every kind, and each reads, verifies and is made again alike', () => {
    expect(good.map(({ kind }) => kind).sort()).toEqual([...recordKinds].sort());
    for (const { kind, author, signedBytes, id, signature, record } of good) {
      const bytes = fromHex(record);
      const read = decodeRecord(bytes);
      checkEnvelope(read, fromHex(grid), verifySodium);
      expect(parseBody(read).kind).toBe(kind);
      expect([read.id, read.author, read.signature].map(toHex)).toEqual([id, author, signature]);
      expect(toHex(sealRecord(fromHex(signedBytes), fromHex(signature)))).toBe(record);
      const again = readRecord(bytes);
      expect([again.kind, toHex(again.id), toHex(again.signedBytes)]).toEqual([kind, id, signedBytes]);
      expect(isSigned(again.signature, again.signedBytes, again.author)).toBe(true);
    }
  });

  test('each refused one is refused with its code, and by the independent reader where that is its business', () => {
    for (const { what, record, code } of refused) {
      const ours = codeFrom(() => {
        const read = decodeRecord(fromHex(record));
        checkEnvelope(read, fromHex(grid), verifySodium);
        parseBody(read);
      });
      expect([what, ours]).toEqual([what, code]);
      const isEnvelopeGood = codeFrom(() => decodeRecord(fromHex(record))) === undefined;
      let isRead = true;
      try {
        readRecord(fromHex(record));
      } catch {
        isRead = false;
      }
      expect([what, isRead]).toEqual([what, isEnvelopeGood]);
    }
  });
});

describe('headers and certificates', () => {
  const { headers, certificates } = fileOf('headers.json');

  test('headers read as written, and hash alike', () => {
    for (const { fields, bytes, hash } of headers) {
      const header = decodeHeader(fromHex(bytes));
      const plain = Object.entries(header).map(([name, value]) => [
        name,
        value instanceof Uint8Array ? toHex(value) : value,
      ]);
      expect(Object.fromEntries(plain)).toEqual(fields);
      expect(toHex(encodeHeader(header as Header))).toBe(bytes);
      expect([toHex(headerHash(fromHex(bytes))), toHex(hashes.sha256(fromHex(bytes)))]).toEqual([hash, hash]);
      expect(readHeader(fromHex(bytes)).height).toBe(fields['height']);
    }
  });

  test('each certificate of 1, 3, 4, 5 and 7 guardians is taken or refused as it says, by both', () => {
    const header = fromHex(certificates.header);
    const block = { header: readHeader(header), bytes: header };
    expect(certificates.cases.length).toBe(85);
    for (const { what, guardians, certificate, code } of certificates.cases) {
      const shares = certificate.map(([guardian, signature, epoch]) => ({
        guardian: fromHex(guardian),
        signature: fromHex(signature),
        ...(epoch !== undefined && { epoch }),
      }));
      const keys = guardians.map(fromHex);
      const ours = codeFrom(() => checkCertificate(header, shares, keys, verifySodium)) ?? 'ok';
      expect([what, ours]).toEqual([what, code]);
      const theirs = codeFrom(() => independent.checkCertificate('receipt', block, shares, keys)) ?? 'ok';
      expect([what, theirs]).toEqual([what, code === 'ok' ? 'ok' : 'receipt/bad-certificate']);
    }
  });
});

test('statements, packets and the invitation read as they were made', () => {
  const { guardian, signed, packets, invitation, document } = fileOf('statements.json');
  const check = { guardians: [fromHex(guardian)], verify: verifySodium };
  const readers = { tick: decodeTick, prepare: decodePrepare, move: decodeMove, 'move with a lock': decodeMove };
  expect(signed.map(({ what }) => what)).toEqual(Object.keys(readers));
  for (const { what, travels, bytes, signature } of signed) {
    const read = readers[what as keyof typeof readers](fromHex(travels), check);
    expect(toHex(read.signature)).toBe(signature);
    expect(isSigned(fromHex(signature), fromHex(bytes), fromHex(guardian))).toBe(true);
  }
  for (const packet of packets) {
    const read = decodePacket(fromHex(packet), verifySodium);
    expect([toHex(encodePacket(read.packet)), toHex(read.packet.document)]).toEqual([packet, document]);
  }
  expect(decodeInvitation(invitation)).toMatchObject({ bootstrap: ['127.0.0.1:49737'] });
});

describe('blocks', () => {
  const { grid, blocks } = fileOf('blocks.json');

  test('a replica executes them all and comes to the same verdicts and execution hashes', () => {
    const { store } = openTestStore({ how: 'join', grid: fromHex(grid) });
    for (const { block, hash, height } of blocks) {
      expect(store.apply(fromHex(block))).toBe('applied');
      expect(store.query('head', null)).toMatchObject({ height, headerHash: hash });
    }
    expect(blocks.flatMap(({ verdicts }) => verdicts)).toContain('money/insufficient');
  });

  test('the execution hash is that of the changes written beside them', () => {
    let before = zero32;
    for (const { header, verdicts, changes, execInput } of blocks) {
      const objects = encode(changes.map(([kind, key, object]) => [kind, key, fromHex(object ?? '')]));
      expect(toHex(objects)).toBe(execInput);
      before = sha256(concatBytes(before, encode(verdicts), objects));
      expect(toHex(decodeHeader(fromHex(header)).execHash)).toBe(toHex(before));
    }
  });

  test('the independent reader finds the same records, roots and history', () => {
    const leaves: Uint8Array[] = [];
    for (const { header, records, verdicts, block, hash } of blocks) {
      const read = readHeader(fromHex(header));
      const ids = records.map((record) => readRecord(fromHex(record)).id);
      expect(toHex(read.recordsRoot)).toBe(
        toHex(rootOf(ids.map((id, index) => hashes.recordLeaf(id, verdicts[index] ?? '')))),
      );
      expect(toHex(read.historyRoot)).toBe(toHex(rootOf(leaves)));
      leaves.push(hashes.leafHash(fromHex(hash)));
      expect(decodeBlock(fromHex(block)).records.map(toHex)).toEqual(records);
    }
  });

  /** Written here a third time: level by level, an odd one out moves up. */
  function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
    let level = leaves;
    while (level.length > 1) {
      const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, index) =>
        level.slice(2 * index, 2 * index + 2),
      );
      level = pairs.map(([left = zero32, right]) =>
        right === undefined ? left : hashes.sha256(Uint8Array.of(1), left, right),
      );
    }
    return level[0] ?? hashes.sha256();
  }
});

test('Merkle roots, paths and consistency hold for both', () => {
  const { roots, inclusion, consistency } = fileOf('merkle.json');
  const rootAt = (size: number): Uint8Array => fromHex(roots.find((each) => each.size === size)?.root ?? '');
  for (const { size, index, path } of inclusion) {
    const [leaf, root, way] = [leafHash(Uint8Array.of(index)), rootAt(size), path.map(fromHex)];
    expect(verifyMerklePath(leaf, index, size, way, root)).toBe(true);
    expect(hashes.isIncluded({ leaf, index, size, path: way, root })).toBe(true);
    expect(hashes.isIncluded({ leaf, index: (index + 1) % size, size, path: way, root })).toBe(size === 1);
  }
  for (const { from, to, path } of consistency) {
    const [first, second] = [from, to].map((size) => ({ size, root: rootAt(size) })) as [
      { size: number; root: Uint8Array },
      { size: number; root: Uint8Array },
    ];
    const way = path.map(fromHex);
    expect([from, to, verifyConsistency(first, second, way)]).toEqual([from, to, true]);
    expect([from, to, hashes.isConsistent(first, second, way)]).toEqual([from, to, true]);
    expect(hashes.isConsistent(first, second, [...way, zero32])).toBe(false);
  }
});

test('every proof file is proved or refused as it says, by both verifiers', () => {
  const { cases, head } = fileOf('proofs.json');
  expect(cases.length).toBeGreaterThan(35);
  for (const { what, kind, grid, file, code } of cases) {
    const sample = { kind, bytes: fromHex(file), grid: fromHex(grid) };
    for (const judge of [judgeByCore, judgeIndependently]) {
      const judgement = judge(sample);
      expect([kind, what, 'code' in judgement ? judgement.code : 'ok']).toEqual([kind, what, code]);
    }
  }
  expect(toHex(decodeHeadFile(fromHex(head)).header)).toBe(toHex(independent.readHead(fromHex(head)).bytes));
});

test('the examples of docs/BCDB.md are the transfer and the block of the vectors, byte for byte', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/BCDB.md'), 'utf8');
  const examples = [...text.matchAll(/```\n([\s\S]*?)```/g)].map(([, body = '']) =>
    [...body.matchAll(/^([0-9a-f]+)(?: {2,}.*)?$/gm)].map(([, hex = '']) => hex).join(''),
  );
  const transfer = fileOf('records.json').good.find(({ kind }) => kind === 'transfer');
  expect(examples).toContain(transfer?.record);
  expect(examples).toContain(fileOf('blocks.json').blocks[1]?.block);
  expect(text).toContain(`id  ${transfer?.id}`);
});
