// Vectors of what guardians sign and of a real little history: certificates, statements, blocks with their state changes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../bcdb/store/database.ts';
import { gridRules } from '../../bcdb/store/grid-rules.ts';
import { Store } from '../../bcdb/store/store.ts';
import { verifySodium } from '../../bcdb/verify.ts';
import { certificateQuorum, decodeBlock, encodeHeader, type HeaderSignature, headerHash } from '../../core/block.ts';
import { toHex, zero32 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { encodeDocument } from '../../core/contract.ts';
import { encodeSigned, moveBytes, policyChangeBytes, prepareBytes, tickBytes } from '../../core/guardian.ts';
import { encodeInvitation } from '../../core/invitation.ts';
import { encodePacket } from '../../core/packet.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { draftBytes, recordId, sealRecord } from '../../core/record.ts';
import { certify } from './proof-grid.ts';
import { approvalVector, documentVector, vectorGrid } from './records.ts';
import { type Signer, signer } from './signers.ts';

const timeMs = 1_700_000_000_000;
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** With every entry that a header may have. */
const fullHeader = {
  grid: vectorGrid,
  epoch: 2,
  height: 256,
  prev: headerHash(zero32),
  timeMs,
  recordCount: 3,
  recordsRoot: headerHash(Uint8Array.of(1)),
  historyRoot: headerHash(Uint8Array.of(2)),
  execHash: headerHash(Uint8Array.of(3)),
  stateRoot: headerHash(Uint8Array.of(4)),
  position: 4711,
};

type CertificateVector = {
  readonly what: string;
  readonly guardians: readonly string[];
  readonly certificate: readonly (readonly [guardian: string, signature: string, epoch?: number])[];
  readonly code: string;
};

function certificatesOf(header: Uint8Array, count: number): readonly CertificateVector[] {
  const guardians = names.slice(0, count).map(signer);
  const share = ({ key, sign }: Signer): HeaderSignature => ({ guardian: key, signature: sign(header) });
  const quorum = certificateQuorum(count);
  const shares = guardians.map(share);
  const enough = shares.slice(0, quorum);
  const short = shares.slice(0, quorum - 1);
  const later = (epoch: number): HeaderSignature[] => certify(guardians, header, epoch);
  const [first] = shares;
  const flipped = first?.signature.map((byte, index) => (index === 0 ? byte ^ 1 : byte)) ?? new Uint8Array(64);
  const vector = (what: string, code: string, certificate: readonly HeaderSignature[]): CertificateVector => ({
    what: `${count} guardians: ${what}`,
    guardians: guardians.map(({ hex }) => hex),
    certificate: certificate.map(({ guardian, signature, epoch }) =>
      epoch === undefined ? [toHex(guardian), toHex(signature)] : [toHex(guardian), toHex(signature), epoch],
    ),
    code,
  });
  const bad = 'replica/bad-certificate';
  return [
    vector('a quorum', 'ok', enough),
    vector('all', 'ok', shares),
    vector('a quorum in another order', 'ok', enough.toReversed()),
    vector('a quorum, one of it twice', 'ok', [...enough, ...enough.slice(0, 1)]),
    vector('a quorum in a later epoch', 'ok', later(3)),
    vector('a quorum that names the header’s own epoch', bad, later(fullHeader.epoch)),
    vector(
      'a quorum that names another epoch than it signed',
      bad,
      later(3).map((one) => ({ ...one, epoch: 4 })),
    ),
    vector('a quorum in an epoch before the header’s', bad, later(fullHeader.epoch - 1)),
    vector('a quorum, one of it under another epoch', bad, [
      ...later(3).slice(0, -1),
      ...later(3)
        .slice(-1)
        .map((one) => ({ ...one, epoch: 4 })),
    ]),
    vector(
      'a quorum that hides its epoch',
      bad,
      later(3).map(({ guardian, signature }) => ({ guardian, signature })),
    ),
    vector('shares of two epochs', bad, [...later(3).slice(0, 1), ...shares]),
    vector('one too few', bad, short),
    vector('one too few, one of them twice', bad, [...short, ...shares.slice(0, quorum > 1 ? 1 : 0)]),
    vector('a stranger besides', bad, [...enough, share(signer('stranger'))]),
    vector('a stranger for the last of the quorum', bad, [...short, share(signer('stranger'))]),
    vector('a signature changed', bad, [
      { guardian: guardians[0]?.key ?? zero32, signature: flipped },
      ...enough.slice(1),
    ]),
    vector('a signature under another name', bad, [
      ...short,
      { guardian: guardians.at(-1)?.key ?? zero32, signature: flipped },
    ]),
  ];
}

/** Headers, and certificates of all sizes about the first one. */
export function headerVectors() {
  const { stateRoot: _root, position: _position, ...least } = fullHeader;
  const bytes = encodeHeader(fullHeader);
  const plain = (each: object) =>
    Object.fromEntries(
      Object.entries(each).map(([name, value]) => [name, value instanceof Uint8Array ? toHex(value) : value]),
    );
  return {
    about: 'A certificate holds when a quorum of different guardians, and nobody else, signed the bytes of the header.',
    headers: [fullHeader, least].map((each) => {
      const headerBytes = encodeHeader(each);
      return { fields: plain(each), bytes: toHex(headerBytes), hash: toHex(headerHash(headerBytes)) };
    }),
    certificates: { header: toHex(bytes), cases: [1, 3, 4, 5, 7].flatMap((count) => certificatesOf(bytes, count)) },
  };
}

/** What guardians and people sign besides records and headers, and what carries it. */
export function statementVectors() {
  const [a, alice, bob] = ['a', 'alice', 'bob'].map(signer) as [Signer, Signer, Signer];
  const header = encodeHeader(fullHeader);
  const certificate = certify(names.slice(0, 4).map(signer), header);
  const lock = { epoch: 0, header, prepares: certificate };
  const statements: Readonly<Record<string, Uint8Array>> = {
    tick: tickBytes({ grid: vectorGrid, epoch: 0, height: 7, timeMs }),
    prepare: prepareBytes({ grid: vectorGrid, epoch: 0, height: 7, header: headerHash(header) }),
    move: moveBytes({ grid: vectorGrid, epoch: 1, header, certificate, lock: null }),
    'move with a lock': moveBytes({ grid: vectorGrid, epoch: 2, header, certificate, lock }),
  };
  const document = encodeDocument(documentVector(vectorGrid));
  const change = { policy: { ...defaultPolicy, version: 2 }, guardians: [a.key], seats: [] };
  const approvals = [approvalVector(alice, document, 'provision'), approvalVector(bob, document, 'provision')];
  const packet = { purpose: 'provision', document, coordinator: alice.key, approvals } as const;
  const invitation = { grid: vectorGrid, feeds: [a.key], peers: [bob.key], bootstrap: ['127.0.0.1:49737'] };
  return {
    about: 'A signed statement travels as canonical CBOR of [bytes, guardian, signature].',
    guardian: a.hex,
    signed: Object.entries(statements).map(([what, bytes]) => {
      const signature = a.sign(bytes);
      const travels = encodeSigned(bytes, { guardian: a.key, signature });
      return { what, bytes: toHex(bytes), signature: toHex(signature), travels: toHex(travels) };
    }),
    policyChange: toHex(policyChangeBytes({ grid: vectorGrid, ...change })),
    document: toHex(document),
    packets: [packet, { ...packet, head: { header, certificate } }].map((each) => toHex(encodePacket(each))),
    invitation: encodeInvitation(invitation),
  };
}

/** A grid of one guardian through five blocks, executed by the real rules; every change is there to hash again. */
export function blockVectors() {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  try {
    return { about: blocksAbout, ...historyIn(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const blocksAbout =
  'execHash = SHA-256(execHash of the block before, or 32 zero bytes || CBOR of the verdicts || CBOR of the changes), each change [kind, key, object].';

function historyIn(folder: string) {
  const [guardian, alice, bob] = ['solo', 'alice', 'bob'].map(signer) as [Signer, Signer, Signer];
  const ends = new Map<string, { readonly seq: number; readonly prev: Uint8Array }>();
  const write = (
    author: Signer,
    draft: Pick<Parameters<typeof draftBytes>[0], 'grid' | 'kind' | 'body'>,
  ): Uint8Array => {
    const { seq, prev } = ends.get(author.hex) ?? { seq: 1, prev: zero32 };
    const signed = draftBytes({ ...draft, author: author.key, seq, prev });
    ends.set(author.hex, { seq: seq + 1, prev: recordId(signed) });
    return sealRecord(signed, author.sign(signed));
  };
  const genesis = write(guardian, {
    grid: zero32,
    kind: 'genesis',
    body: {
      name: 'blocks',
      createdMs: timeMs,
      guardians: [guardian.key],
      policy: defaultPolicy,
      allocations: [{ to: alice.key, amountStroops: 1_000_000_000n }],
    },
  });
  const grid = ends.get(guardian.hex)?.prev ?? zero32;
  const time = { nowMs: timeMs };
  const nothing = (): void => undefined;
  const store = new Store({
    folder,
    start: { how: 'create', genesis },
    guardianSeed: guardian.seed,
    rules: gridRules,
    verify: verifySodium,
    clock: () => time.nowMs,
    events: { head: nothing, outbox: nothing, alarm: nothing, defect: nothing },
  });
  const pay = (author: Signer, to: Signer, amountStroops: bigint) =>
    write(author, { grid, kind: 'transfer', body: { to: to.key, amountStroops } });
  const blocks: readonly (() => readonly Uint8Array[])[] = [
    () => [pay(alice, bob, 125_000_000n)],
    () => [pay(alice, bob, 1n), pay(bob, alice, 2n), pay(alice, guardian, 3n)],
    () => [],
    // Each can be paid for by itself, both together cannot: the second stands in the block as refused.
    () => [pay(bob, alice, 100_000_000n), pay(bob, guardian, 100_000_000n)],
  ];
  for (const records of blocks) {
    time.nowMs += 1000;
    store.admit(records());
    store.cut();
  }
  const bytes = [0, 1, 2, 3, 4].map((height) => store.block(height));
  store.close();
  return { grid: toHex(grid), blocks: bytes.map((block, height) => blockVector(folder, block, height)) };
}

type Row = { readonly kind: string; readonly key: Buffer; readonly value: Buffer };

function blockVector(folder: string, block: Uint8Array, height: number) {
  const { headerBytes, records, verdicts } = decodeBlock(block);
  const open = openDatabase(folder);
  const rows = open.db.prepare<[number], Row>('SELECT kind, key, value FROM versions WHERE height = ?').all(height);
  open.close();
  const keyOf = ({ key }: Row): string => (key.length === 0 ? 'grid' : key.toString('hex'));
  const changes = rows
    .map((row) => ({ row, id: `${row.kind}:${keyOf(row)}` }))
    .sort((x, y) => (x.id < y.id ? -1 : 1))
    .map(({ row }) => [row.kind, keyOf(row), new Uint8Array(row.value)] as const);
  return {
    height,
    block: toHex(block),
    header: toHex(headerBytes),
    hash: toHex(headerHash(headerBytes)),
    records: records.map(toHex),
    verdicts,
    changes: changes.map(([kind, key, object]) => [kind, key, toHex(object)]),
    execInput: toHex(encode(changes)),
  };
}
