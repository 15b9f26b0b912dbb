// Vectors of records: one good record of each kind, and records that must be refused, each with the code.

import { type Bodies, countersignBytes, netProofBytes, type RecordKind } from '../../core/bodies.ts';
import { sha256, toHex, zero32 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import {
  approvalBytes,
  type ContractDocument,
  documentHash,
  encodeDocument,
  type Purpose,
} from '../../core/contract.ts';
import { encodeSigned, moveBytes, policyChangeBytes } from '../../core/guardian.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { draftBytes, recordId, sealRecord } from '../../core/record.ts';
import { certify, proofGrid } from './proof-grid.ts';
import { type Signer, signer } from './signers.ts';

const [alice, bob, farmer, node] = ['alice', 'bob', 'farmer', 'node'].map(signer) as [Signer, Signer, Signer, Signer];
const guardians = ['a', 'b', 'c', 'd'].map(signer);
const seats = guardians.map(({ name }, index) => ({ name, route: `10.0.0.${index + 1}:4222` }));
const capacity = { cruMilli: 4000, mruBytes: 2 ** 33, sruBytes: 10 ** 11, hruBytes: 0 };
const timeMs = 1_700_000_000_000;

export type RecordVector = {
  readonly kind: string;
  readonly author: string;
  readonly signedBytes: string;
  readonly id: string;
  readonly signature: string;
  readonly record: string;
};

function sealed<K extends RecordKind>(author: Signer, grid: Uint8Array, kind: K, body: Bodies[K]): RecordVector {
  const signedBytes = draftBytes({ grid, kind, author: author.key, seq: 1, prev: zero32, body });
  return vectorOf(author, kind, signedBytes);
}

function vectorOf(author: Signer, kind: string, signedBytes: Uint8Array): RecordVector {
  const signature = author.sign(signedBytes);
  return {
    kind,
    author: author.hex,
    signedBytes: toHex(signedBytes),
    id: toHex(recordId(signedBytes)),
    signature: toHex(signature),
    record: toHex(sealRecord(signedBytes, signature)),
  };
}

const genesisBody: Bodies['genesis'] = {
  name: 'vectors',
  createdMs: timeMs,
  guardians: guardians.map(({ key }) => key),
  seats,
  policy: defaultPolicy,
  allocations: [{ to: alice.key, amountStroops: 10_000_000_000n }],
};
const genesis = sealed(alice, zero32, 'genesis', genesisBody);
/** The grid of all vectors of this file. */
export const vectorGrid: Uint8Array = recordId(Buffer.from(genesis.signedBytes, 'hex'));

export function documentVector(grid: Uint8Array): ContractDocument {
  const signers = [alice, bob].map(({ key }) => ({ key, weight: 1 }));
  return {
    v: 1,
    grid,
    version: 1,
    title: 'A page',
    payer: alice.key,
    workloads: [
      {
        name: 'web',
        node: node.key,
        kind: 'container',
        image: `sha256:${'ab'.repeat(32)}`,
        env: { LANG: 'C' },
        capacity: { cruMilli: 500, mruBytes: 2 ** 28, sruBytes: 0, hruBytes: 0 },
        priceStroops: 36_000_000n,
      },
    ],
    termSeconds: 3600,
    signByMs: timeMs + 86_400_000,
    deployWithinMs: 600_000,
    provision: { threshold: 2, signers },
    delete: { threshold: 1, signers },
    nonce: sha256(zero32).slice(0, 16),
  };
}

export function approvalVector(who: Signer, document: Uint8Array, purpose: Purpose, version = 1) {
  const subject = { grid: vectorGrid, purpose, document: documentHash(document), version };
  return { signer: who.key, purpose, signature: who.sign(approvalBytes(subject)) };
}

/** One of each kind; whether a rule would also execute it depends on the state and is not what these say. */
function goodRecords(): readonly RecordVector[] {
  const grid = vectorGrid;
  const document = encodeDocument(documentVector(grid));
  const contract = documentHash(document);
  const change = { policy: { ...defaultPolicy, version: 2 }, guardians: genesisBody.guardians, seats };
  const message = policyChangeBytes({ grid, ...change });
  const head = proofGrid({ guardians: ['a', 'b', 'c', 'd'], length: 2 }).head(1);
  const move = moveBytes({ grid, epoch: 1, ...head, lock: null });
  const joining = { farm: sha256(zero32), capacity, features: ['ssd'], net: node.key };
  return [
    genesis,
    sealed(alice, grid, 'policy', { ...change, signatures: certify(guardians, message) }),
    sealed(alice, grid, 'profile', {
      name: 'Alice',
      roles: ['consumer'],
      net: bob.key,
      netProof: bob.sign(netProofBytes({ grid, account: alice.key })),
    }),
    sealed(alice, grid, 'transfer', { to: bob.key, amountStroops: 125_000_000n, memo: 'lunch' }),
    sealed(farmer, grid, 'farm', {
      name: 'Kitchen rack',
      place: { country: 'BE', city: 'Lochristi' },
      prices: { cuHourStroops: 10_000_000n, suHourStroops: 0n },
      payout: farmer.key,
      accept: { auto: true, minTermSeconds: 60, blocked: [bob.key] },
    }),
    sealed(node, grid, 'node', {
      ...joining,
      agentVersion: '1.0.0',
      countersignature: farmer.sign(countersignBytes({ grid, node: node.key, ...joining })),
    }),
    sealed(node, grid, 'uptime', { sessionMs: 60_000, used: { ...capacity, cruMilli: 500 } }),
    sealed(alice, grid, 'contract', {
      document,
      approvals: [
        approvalVector(alice, document, 'provision'),
        approvalVector(bob, document, 'provision'),
        approvalVector(farmer, document, 'accept'),
      ],
    }),
    sealed(bob, grid, 'topup', { contract, amountStroops: 1n }),
    sealed(alice, grid, 'amend', { contract, document, approvals: [approvalVector(alice, document, 'amend', 2)] }),
    sealed(node, grid, 'result', {
      contract,
      version: 1,
      workload: 'web',
      state: 'error',
      code: 'agent/image-unavailable',
    }),
    sealed(alice, grid, 'cancel', { contract, version: 1, approvals: [approvalVector(bob, document, 'delete')] }),
    sealed(alice, grid, 'epoch', {
      epoch: 1,
      moves: guardians.slice(0, 3).map(({ key, sign }) => encodeSigned(move, { guardian: key, signature: sign(move) })),
    }),
  ];
}

type Refused = { readonly what: string; readonly record: string; readonly code: string };

/** Refused before any rule sees them: encoding, shape, grid, signature, kind, body. */
function refusedRecords(): readonly Refused[] {
  const good = sealed(alice, vectorGrid, 'transfer', { to: bob.key, amountStroops: 5n });
  const fields = { v: 1, grid: vectorGrid, kind: 'transfer', author: alice.key, seq: 1, prev: zero32 };
  const body = { to: bob.key, amountStroops: 5 };
  const odd = (change: Record<string, unknown>): string =>
    vectorOf(alice, 'transfer', encode({ ...fields, body, ...change })).record;
  const signed = Buffer.from(good.signedBytes, 'hex');
  const flipped = Uint8Array.from(Buffer.from(good.signature, 'hex'), (byte, index) => (index === 5 ? byte ^ 1 : byte));
  const refused = (what: string, code: string, record: string): Refused => ({ what, record, code });
  return [
    refused('nothing', 'cbor/malformed', ''),
    refused('a byte too many', 'cbor/malformed', `${good.record}00`),
    refused('cut short', 'cbor/malformed', good.record.slice(0, -2)),
    refused('a length that is not the shortest', 'cbor/malformed', `9802${good.record.slice(2)}`),
    refused('keys out of order', 'cbor/not-canonical', toHex(encode([swappedKeys(signed), alice.sign(signed)]))),
    refused('a float', 'cbor/malformed', 'f93c00'),
    refused('a pair of something else', 'record/malformed', toHex(encode([1, 2]))),
    refused('a signature of 63 bytes', 'record/malformed', toHex(encode([signed, new Uint8Array(63)]))),
    refused('an entry too many', 'record/malformed', odd({ more: 1 })),
    refused('no author', 'record/malformed', odd({ author: undefined })),
    refused('seq 0', 'record/malformed', odd({ seq: 0 })),
    refused('seq above 2^53', 'record/malformed', odd({ seq: 2n ** 53n })),
    refused('a kind in capitals', 'record/malformed', odd({ kind: 'Transfer' })),
    refused('a body that is a number', 'record/malformed', odd({ body: 1 })),
    refused('a newer envelope', 'record/future-version', odd({ v: 2 })),
    refused('another grid', 'record/wrong-grid', odd({ grid: sha256(vectorGrid) })),
    refused('a genesis signed for a grid', 'record/wrong-grid', odd({ kind: 'genesis' })),
    refused('another signature', 'record/bad-signature', toHex(sealRecord(signed, flipped))),
    refused("another's signature", 'record/bad-signature', toHex(sealRecord(signed, bob.sign(signed)))),
    refused('an unknown kind', 'record/unknown-kind', odd({ kind: 'prayer' })),
    refused('a body without its amount', 'record/malformed', odd({ body: { to: bob.key } })),
    refused('a body with an entry too many', 'record/malformed', odd({ body: { ...body, more: 1 } })),
    refused('an amount of 0', 'record/malformed', odd({ body: { ...body, amountStroops: 0 } })),
    refused('an invisible character in a memo', 'record/malformed', odd({ body: { ...body, memo: 'a\u202eb' } })),
  ];
}

/** The first two entries of the envelope exchanged: `v` stands behind `seq`. */
function swappedKeys(signed: Uint8Array): Uint8Array {
  const text = toHex(signed);
  const [v, seq] = ['617601', '6373657101'];
  return Buffer.from(text.replace(v, '').replace(seq, seq + v), 'hex');
}

export const recordVectors = () => ({
  about:
    'A record is canonical CBOR of [signedBytes, signature]; id = SHA-256(signedBytes). Seeds are SHA-256 of a name.',
  grid: toHex(vectorGrid),
  good: goodRecords(),
  refused: refusedRecords(),
});
