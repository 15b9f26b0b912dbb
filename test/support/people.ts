/** Key pairs for tests, made from a small number, and small contracts between them. No randomness, no clock. */
import {
  type Approval,
  approvalBytes,
  type ContractDocument,
  encodeDocument,
  type Purpose,
} from '../../core/contract.ts';
import { addressOf, type PublicKey, publicKeyOf, sign } from '../../core/keys.ts';
import { subjectOf } from '../../core/packet.ts';

export type Person = { readonly seed: Uint8Array; readonly key: PublicKey; readonly address: string };

/** The person number `n`, always the same. */
export function person(n: number): Person {
  const seed = new Uint8Array(32).fill(n);
  const key = publicKeyOf(seed);
  return { seed, key, address: addressOf(key) };
}

export const testGrid = new Uint8Array(32).fill(99);

/** A valid document: `payer` rents one container on `node`; all of `signers` may sign, `threshold` must. */
export function documentOf(options: {
  readonly payer: Person;
  readonly signers: readonly Person[];
  readonly threshold: number;
  readonly node: Person;
  readonly changes?: Partial<ContractDocument>;
}): ContractDocument {
  const quorum = {
    threshold: options.threshold,
    signers: options.signers.map(({ key }) => ({ key, weight: 1 })),
  };
  return {
    v: 1,
    grid: testGrid,
    version: 1,
    title: 'A page',
    payer: options.payer.key,
    workloads: [
      {
        name: 'web',
        node: options.node.key,
        kind: 'container',
        image: `sha256:${'ab'.repeat(32)}`,
        capacity: { cruMilli: 500, mruBytes: 2 ** 28, sruBytes: 0, hruBytes: 0 },
        priceStroops: 36_000_000n,
      },
    ],
    termSeconds: 3600,
    signByMs: 10_000,
    deployWithinMs: 60_000,
    provision: quorum,
    delete: quorum,
    nonce: new Uint8Array(16),
    ...options.changes,
  };
}

/** A good approval of `purpose`, by `signer`, over the document. */
export function approvalOf(signer: Person, document: ContractDocument, purpose: Purpose): Approval {
  const bytes = approvalBytes(subjectOf(document, encodeDocument(document), purpose));
  return { signer: signer.key, purpose, signature: sign(signer.seed, bytes) };
}
