/**
 * A change of policy or guardians on its way round: the whole of what will be in force, and who has signed it so far.
 * Merging is a union: any order, twice, from anywhere, gives the same file. Pure.
 */
import * as v from 'valibot';
import { certificateQuorum, certificateSchema, type HeaderSignature } from './block.ts';
import type { Bodies } from './bodies.ts';
import { compareBytes, equalBytes, toHex } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import { isGuardianCount, type PolicyChange, policyBodySchema, policyChangeBytes } from './guardian.ts';
import type { PublicKey, Verify } from './keys.ts';
import { hash32, parse } from './schema.ts';

export type PolicyProposal = PolicyChange & {
  readonly grid: Uint8Array;
  readonly signatures: readonly HeaderSignature[];
};

const proposalSchema = v.strictObject({
  say: v.literal('3bot/policy-proposal'),
  v: v.literal(1),
  grid: hash32,
  ...policyBodySchema.entries,
  signatures: certificateSchema,
});

const sorted = (signatures: readonly HeaderSignature[]): readonly HeaderSignature[] =>
  [...signatures].sort((a, b) => compareBytes(a.guardian, b.guardian));

const changeOf = ({ policy, guardians, seats }: PolicyChange): PolicyChange => ({ policy, guardians, seats });

/** What each signature is over. */
const proposalMessage = (proposal: PolicyProposal): Uint8Array =>
  policyChangeBytes({ grid: proposal.grid, ...changeOf(proposal) });

/** Canonical bytes: signatures stand in the order of their keys. */
export const encodeProposal = (proposal: PolicyProposal): Uint8Array =>
  encode({
    say: '3bot/policy-proposal',
    v: 1,
    grid: proposal.grid,
    ...changeOf(proposal),
    signatures: sorted(proposal.signatures),
  });

/** Throws `cbor/*`, or `guardian/bad-statement` for another shape, a bad signature, or one guardian twice. */
export function decodeProposal(bytes: Uint8Array, verify: Verify): PolicyProposal {
  const { say: _say, v: _version, ...proposal } = parse(proposalSchema, decode(bytes), 'guardian/bad-statement');
  const message = proposalMessage(proposal);
  const seen = new Set<string>();
  for (const { guardian, signature } of proposal.signatures) {
    const hex = toHex(guardian);
    if (seen.has(hex)) throw new AppError('guardian/bad-statement', `${hex} twice`);
    if (!verify(signature, message, guardian)) throw new AppError('guardian/bad-statement', `signature of ${hex}`);
    seen.add(hex);
  }
  return proposal;
}

/** The union of the signatures of two copies. Throws `guardian/bad-statement` when they are of different changes. */
export function mergeProposals(a: PolicyProposal, b: PolicyProposal): PolicyProposal {
  if (!equalBytes(proposalMessage(a), proposalMessage(b))) {
    throw new AppError('guardian/bad-statement', 'these are two different changes');
  }
  const has = new Set(a.signatures.map(({ guardian }) => toHex(guardian)));
  const others = b.signatures.filter(({ guardian }) => !has.has(toHex(guardian)));
  return { ...a, signatures: sorted([...a.signatures, ...others]) };
}

/** The proposal with one more signature; the same again changes nothing. */
export function signProposal(
  proposal: PolicyProposal,
  guardian: PublicKey,
  sign: (bytes: Uint8Array) => Uint8Array,
): PolicyProposal {
  const signature = sign(proposalMessage(proposal));
  return mergeProposals(proposal, { ...proposal, signatures: [{ guardian, signature }] });
}

/** What stands between a proposal and its record, seen from what is in force. */
export type ProposalStanding = {
  /** Guardians in force that have signed, and how many of them must. */
  readonly signed: readonly PublicKey[];
  readonly needed: number;
  /** New guardians that have not signed yet: each must. */
  readonly unwilling: readonly PublicKey[];
  readonly isComplete: boolean;
};

/** Throws `guardian/stale-policy` when another change came first, `guardian/bad-count`, `record/wrong-grid`. */
export function judgeProposal(
  proposal: PolicyProposal,
  inForce: PolicyChange & { readonly grid: Uint8Array },
): ProposalStanding {
  if (!equalBytes(proposal.grid, inForce.grid)) throw new AppError('record/wrong-grid');
  if (proposal.policy.version !== inForce.policy.version + 1) {
    throw new AppError(
      'guardian/stale-policy',
      `version ${proposal.policy.version}, in force is ${inForce.policy.version}`,
    );
  }
  if (!isGuardianCount(proposal.guardians.length)) {
    throw new AppError('guardian/bad-count', `${proposal.guardians.length}`);
  }
  const has = new Set(proposal.signatures.map(({ guardian }) => toHex(guardian)));
  const present = new Set(inForce.guardians.map(toHex));
  const signed = inForce.guardians.filter((key) => has.has(toHex(key)));
  const needed = certificateQuorum(inForce.guardians.length);
  const unwilling = proposal.guardians.filter((key) => !present.has(toHex(key)) && !has.has(toHex(key)));
  return { signed, needed, unwilling, isComplete: signed.length >= needed && unwilling.length === 0 };
}

/** The body of the record. A signature of somebody who is no party is left out: the rules would refuse all of it. */
export function policyBody(proposal: PolicyProposal, inForce: PolicyChange): Bodies['policy'] {
  const parties = new Set([...inForce.guardians, ...proposal.guardians].map(toHex));
  return {
    ...changeOf(proposal),
    guardians: [...proposal.guardians],
    seats: [...proposal.seats],
    signatures: proposal.signatures.filter(({ guardian }) => parties.has(toHex(guardian))).map((each) => ({ ...each })),
  };
}
