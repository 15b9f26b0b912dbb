/**
 * The contract document ("smart contract for IT"), its checks, and the approvals that people sign.
 * The document's canonical bytes are what is shown, hashed, signed and stored. Pure.
 */
import * as v from 'valibot';
import { sha256, toHex } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import type { PublicKey, Verify } from './keys.ts';
import { checkQuorum, type Quorum, type Signer, signersOf } from './quorum.ts';
import {
  bytesOf,
  capacitySchema,
  hash32,
  integer,
  key32,
  parse,
  positiveStroops,
  signature64,
  text,
  timeMs,
} from './schema.ts';

const required = v.optional(v.literal(true));
const weight = integer(0, 1_000_000);

const signerSchema: v.GenericSchema<unknown, Signer> = v.union([
  v.strictObject({ key: key32, weight, required }),
  v.strictObject({ group: v.lazy(() => quorumSchema), weight, required }),
]);

const quorumSchema: v.GenericSchema<unknown, Quorum> = v.strictObject({
  threshold: integer(0),
  signers: v.pipe(v.array(signerSchema), v.maxLength(10_000)),
});

/** Names of workloads and of environment variables. */
const name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/));
const envName = v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/));

export const workloadSchema = v.strictObject({
  name,
  /** The node's public key. */
  node: key32,
  kind: v.literal('container'),
  /** `sha256:<config id>` or `repository@sha256:<digest>`: never a tag, which could change its meaning. */
  image: v.pipe(v.string(), v.maxLength(255), v.regex(/^([a-z0-9][a-z0-9./_:-]*@)?sha256:[0-9a-f]{64}$/)),
  command: v.optional(v.pipe(v.array(text(1024)), v.maxLength(64))),
  env: v.optional(
    v.pipe(
      v.record(envName, text(1024)),
      v.check((env) => Object.keys(env).length <= 64),
    ),
  ),
  capacity: capacitySchema,
  /** For the whole term, in stroops; earned per second of running workload. */
  priceStroops: positiveStroops,
});

export const documentSchema = v.strictObject({
  v: v.literal(1),
  grid: hash32,
  version: integer(1),
  title: text(80, 1),
  payer: key32,
  workloads: v.pipe(v.array(workloadSchema), v.minLength(1)),
  /** Seconds of running that the price pays for, from the first `ok` on. */
  termSeconds: integer(1),
  /** Block time after which it can no longer be recorded. */
  signByMs: timeMs,
  /** Milliseconds after recording within which every workload must run, else all money goes back. */
  deployWithinMs: integer(1000),
  provision: quorumSchema,
  delete: quorumSchema,
  /** Makes two otherwise equal contracts two. */
  nonce: bytesOf(16),
});

export type Workload = v.InferOutput<typeof workloadSchema>;
export type ContractDocument = v.InferOutput<typeof documentSchema>;

/** Names that hold a secret more often than not, and values that look like one (G7). */
const secretName = /pass(word|wd|phrase)?|secret|token|private|api_?key|credential|mnemonic|seed/i;
const secretValue =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bS[A-Z2-7]{55}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]+\.[\w-]+\.[\w-]+/;

/** Refuses plaintext secrets in an immutable, public log; the detail names the field, never the value. */
function checkSecrets(workload: Workload, index: number): void {
  for (const [key, value] of Object.entries(workload.env ?? {})) {
    if (secretName.test(key) || secretValue.test(value)) {
      throw new AppError('contract/secret-in-plain', `workloads.${index}.env.${key}`);
    }
  }
  for (const [position, argument] of (workload.command ?? []).entries()) {
    if (secretValue.test(argument) || /^--?[\w-]*(password|secret|token|api-?key)=./i.test(argument)) {
      throw new AppError('contract/secret-in-plain', `workloads.${index}.command.${position}`);
    }
  }
}

/**
 * Checks what the shape alone cannot say. Throws `quorum/*` (G4), `quorum/required-not-listed` when the payer
 * is not among those who provision, `contract/duplicate-workload`, `contract/secret-in-plain` (G7).
 */
export function checkDocument(document: ContractDocument): void {
  checkQuorum(document.provision);
  checkQuorum(document.delete);
  const payerHex = toHex(document.payer);
  if (!signersOf(document.provision).some((key) => toHex(key) === payerHex)) {
    throw new AppError('quorum/required-not-listed', 'the payer must be among those who sign');
  }
  const names = document.workloads.map((workload) => workload.name);
  if (new Set(names).size !== names.length) throw new AppError('contract/duplicate-workload');
  document.workloads.forEach(checkSecrets);
}

/** Canonical bytes of a document: what is hashed, shown and signed. */
export const encodeDocument = (document: ContractDocument): Uint8Array => encode(document);

/** Parses and checks a document. Throws `cbor/*`, `contract/malformed` and all codes of `checkDocument`. */
export function decodeDocument(bytes: Uint8Array): ContractDocument {
  const document = parse(documentSchema, decode(bytes), 'contract/malformed');
  checkDocument(document);
  return document;
}

/** Document hash: the contract's id when it is version 1. */
export const documentHash = (bytes: Uint8Array): Uint8Array => sha256(bytes);

/** What the whole contract costs: the sum that is locked when it is recorded. */
export const documentPrice = (document: ContractDocument): bigint =>
  document.workloads.reduce((sum, workload) => sum + workload.priceStroops, 0n);

/** What an approval is good for, and for nothing else (G2). `accept` is the farmer's. */
export const purposes = ['provision', 'delete', 'amend', 'replace-signer', 'accept'] as const;
export type Purpose = (typeof purposes)[number];

export const approvalSchema = v.strictObject({ signer: key32, purpose: v.picklist(purposes), signature: signature64 });
export type Approval = v.InferOutput<typeof approvalSchema>;

/** What an approval stands for: one purpose, one version of one document on one grid. */
export type ApprovalSubject = {
  readonly grid: Uint8Array;
  readonly purpose: Purpose;
  /** Hash of the document's bytes. */
  readonly document: Uint8Array;
  readonly version: number;
};

/** The canonical bytes that an approver signs. `say` keeps them apart from records and every other signed thing. */
export const approvalBytes = (subject: ApprovalSubject): Uint8Array =>
  encode({ say: '3bot/approval', v: 1, ...subject });

/**
 * The people (hex keys) with a valid approval of `subject`. Throws `approval/wrong-purpose` for one made for
 * something else, `approval/bad-signature` for a forged one. The same person twice counts once (G1).
 */
export function approversOf(
  subject: ApprovalSubject,
  approvals: readonly Approval[],
  verify: Verify,
): ReadonlySet<string> {
  const message = approvalBytes(subject);
  const people = new Set<string>();
  for (const approval of approvals) {
    if (approval.purpose !== subject.purpose)
      throw new AppError('approval/wrong-purpose', `made for ${approval.purpose}`);
    if (!verify(approval.signature, message, approval.signer)) {
      throw new AppError('approval/bad-signature', toHex(approval.signer).slice(0, 16));
    }
    people.add(toHex(approval.signer));
  }
  return people;
}

/** All keys that have a say or a share in a contract: payer and signers of both quorums, each once. */
export function partiesOf(document: ContractDocument): readonly PublicKey[] {
  const keys = [document.payer, ...signersOf(document.provision), ...signersOf(document.delete)];
  return [...new Map(keys.map((key) => [toHex(key), key])).values()];
}
