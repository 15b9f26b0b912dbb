// A small certified history made by hand, with guardians that change: what proofs of every kind are made from in tests.
// Nothing of a store is in it, so that a store's proofs can be held against these. Its execution hashes are made up.

import {
  certificateQuorum,
  certifyBytes,
  encodeBlock,
  encodeHeader,
  type HeaderSignature,
  headerHash,
  recordLeaf,
  recordsRootOf,
} from '../../core/block.ts';
import type { Bodies, RecordKind } from '../../core/bodies.ts';
import { compareBytes, sha256, zero32 } from '../../core/bytes.ts';
import { policyChangeBytes } from '../../core/guardian.ts';
import { merklePath, merkleRoot } from '../../core/merkle.ts';
import { consistencyPath } from '../../core/merkle-source.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { Foundation, GuardianLink } from '../../core/proofs-guardians.ts';
import { type CertifiedHead, encodeConsistency, encodeHeaderProof, historyLeaf } from '../../core/proofs-history.ts';
import { encodeReceipt, type Receipt } from '../../core/receipt.ts';
import { draftBytes, recordId, sealRecord } from '../../core/record.ts';
import { type Signer, signer } from './signers.ts';

/** A record with its id and what became of it. */
export type Outcome = { readonly bytes: Uint8Array; readonly id: Uint8Array; readonly verdict: string };
export type HandBlock = {
  readonly headerBytes: Uint8Array;
  readonly hash: Uint8Array;
  readonly certificate: HeaderSignature[];
  readonly outcomes: readonly Outcome[];
};

export type ProofGrid = {
  readonly grid: Uint8Array;
  readonly genesis: Uint8Array;
  readonly blocks: readonly HandBlock[];
  head(height: number): CertifiedHead;
  blockBytes(height: number): Uint8Array;
  foundation(height: number): Foundation;
  parts(height: number, index: number, head?: number): Receipt;
  receipt(height: number, index: number, head?: number): Uint8Array;
  headerProof(height: number, head: number): Uint8Array;
  consistency(from: number, to: number): Uint8Array;
};

export type ProofGridOptions = {
  readonly name?: string;
  /** Names of the first guardians, and of those that a policy at a height puts in their place. */
  readonly guardians: readonly string[];
  readonly changes?: Readonly<Record<number, readonly string[]>>;
  /** Blocks, the genesis' among them; each after it has this many transfers. */
  readonly length: number;
  readonly transfers?: number;
  /** Epochs in which the headers of these heights were certified, all proposed in epoch 0. */
  readonly epochs?: Readonly<Record<number, number>>;
  /** Makes another history of the same grid from this height on. */
  readonly forkFrom?: number;
};

const firstMs = 1_700_000_000_000;

/** Signatures of a quorum over a header, or over other bytes; `epoch`: a later one in which they certify a header. */
export function certify(who: readonly Signer[], bytes: Uint8Array, epoch?: number): HeaderSignature[] {
  const message = epoch === undefined ? bytes : certifyBytes(bytes, epoch);
  return who
    .slice(0, certificateQuorum(who.length))
    .map(({ key, sign }) => ({ guardian: key, signature: sign(message), ...(epoch !== undefined && { epoch }) }))
    .sort((a, b) => compareBytes(a.guardian, b.guardian));
}

export function proofGrid(options: ProofGridOptions): ProofGrid {
  const { name = 'proof grid', length, transfers = 3, changes = {}, forkFrom = length } = options;
  const creator = signer(`creator of ${name}`);
  const alice = signer('alice');
  const chains = new Map<string, { seq: number; prev: Uint8Array }>();

  function write<K extends RecordKind>(author: Signer, grid: Uint8Array, kind: K, body: Bodies[K]): Outcome {
    const { seq, prev } = chains.get(author.hex) ?? { seq: 0, prev: zero32 };
    const signed = draftBytes({ grid, kind, author: author.key, seq: seq + 1, prev, body });
    const id = recordId(signed);
    chains.set(author.hex, { seq: seq + 1, prev: id });
    return { bytes: sealRecord(signed, author.sign(signed)), id, verdict: 'ok' };
  }

  let now = options.guardians.map(signer);
  const genesis = write(creator, zero32, 'genesis', {
    name,
    createdMs: firstMs,
    guardians: now.map(({ key }) => key),
    policy: defaultPolicy,
    allocations: [{ to: alice.key, amountStroops: 1_000_000_000n }],
  });
  const grid = genesis.id;
  const blocks: HandBlock[] = [];
  const links: { readonly height: number; readonly link: GuardianLink }[] = [];
  let version = 1;

  function policyRecord(next: readonly Signer[]): Outcome {
    version += 1;
    const change = {
      policy: { ...defaultPolicy, version },
      guardians: next.map(({ key }) => key),
      seats: next.map(({ name: who }, index) => ({ name: who, route: `10.0.0.${index + 1}:4222` })),
    };
    const message = policyChangeBytes({ grid, ...change });
    const signers = [...new Map([...now, ...next].map((one) => [one.hex, one])).values()];
    const signatures = signers.map((one) => ({ guardian: one.key, signature: one.sign(message) }));
    return write(creator, grid, 'policy', { ...change, signatures });
  }

  function proven(height: number, index: number) {
    const block = blocks[height];
    const outcome = block?.outcomes[index];
    if (block === undefined || outcome === undefined) throw new Error(`no record ${index} at ${height}`);
    const leaves = block.outcomes.map(({ id, verdict }) => recordLeaf(id, verdict));
    return {
      record: outcome.bytes,
      verdict: outcome.verdict,
      index,
      path: [...merklePath(leaves, index)],
      header: block.headerBytes,
      certificate: block.certificate,
    };
  }

  const leaves = (): Uint8Array[] => blocks.map(({ hash }) => historyLeaf(hash));

  for (let height = 0; height < length; height++) {
    const next = changes[height]?.map(signer);
    const outcomes = height === 0 ? [genesis] : next === undefined ? [] : [policyRecord(next)];
    for (let count = 0; height > 0 && count < transfers; count++) {
      const memo = height >= forkFrom ? 'another story' : undefined;
      const amountStroops = BigInt(height * 10 + count + 1);
      const outcome = write(alice, grid, 'transfer', { to: creator.key, amountStroops, memo });
      outcomes.push({ ...outcome, verdict: count === 1 ? 'money/insufficient' : 'ok' });
    }
    const headerBytes = encodeHeader({
      grid,
      epoch: 0,
      height,
      prev: blocks.at(-1)?.hash ?? zero32,
      timeMs: firstMs + height * 1000,
      recordCount: outcomes.length,
      recordsRoot: recordsRootOf(
        outcomes.map(({ id }) => id),
        outcomes.map(({ verdict }) => verdict),
      ),
      historyRoot: merkleRoot(leaves()),
      execHash: sha256(Uint8Array.of(height & 0xff, height >> 8)),
      ...(now.length > 1 && { position: height * 7 }),
    });
    blocks.push({
      headerBytes,
      hash: headerHash(headerBytes),
      certificate: certify(now, headerBytes, options.epochs?.[height]),
      outcomes,
    });
    if (next === undefined) continue;
    const { verdict: _ok, ...link } = proven(height, 0);
    links.push({ height, link });
    now = next;
  }

  const foundation = (height: number): Foundation => ({
    genesis: genesis.bytes,
    guardians: links.filter((one) => one.height < height).map(({ link }) => link),
  });
  const head = (height: number): CertifiedHead => {
    const block = blocks[height];
    if (block === undefined) throw new Error(`no block ${height}`);
    return { header: block.headerBytes, certificate: block.certificate };
  };
  const inclusion = (height: number, size: number): Uint8Array[] => [...merklePath(leaves().slice(0, size), height)];

  function parts(height: number, index: number, later?: number): Receipt {
    const tied = later === undefined ? undefined : { ...head(later), path: inclusion(height, later) };
    return {
      ...proven(height, index),
      ...foundation(later ?? height),
      ...(tied !== undefined && { head: tied }),
    };
  }

  return {
    grid,
    genesis: genesis.bytes,
    blocks,
    head,
    blockBytes(height) {
      const block = blocks[height];
      if (block === undefined) throw new Error(`no block ${height}`);
      const { headerBytes, certificate, outcomes } = block;
      const records = outcomes.map(({ bytes }) => bytes);
      return encodeBlock({ headerBytes, certificate, records, verdicts: outcomes.map(({ verdict }) => verdict) });
    },
    foundation,
    parts,
    receipt: (height, index, later) => encodeReceipt(parts(height, index, later)),
    headerProof: (height, at) =>
      encodeHeaderProof({
        ...foundation(at),
        header: head(height).header,
        head: head(at),
        path: inclusion(height, at),
      }),
    consistency(from, to) {
      const all = leaves();
      const subtree = (start: number, size: number): Uint8Array => merkleRoot(all.slice(start, start + size));
      return encodeConsistency({
        ...foundation(to),
        from: head(from),
        to: head(to),
        path: [...consistencyPath(subtree, from, to)],
        inclusion: from === to ? [] : inclusion(from, to),
      });
    },
  };
}
