/**
 * Quorum policies: who must agree. They count people, not signatures: a signer counts once, wherever it stands.
 * Pure; signatures are checked elsewhere, this module sees only who has signed.
 */
import { toHex } from './bytes.ts';
import { AppError } from './errors.ts';
import type { PublicKey } from './keys.ts';

/** A person, or a group that counts as one signer when its own quorum is met. */
export type Signer =
  | { readonly key: PublicKey; readonly weight: number; readonly required?: boolean | undefined }
  | { readonly group: Quorum; readonly weight: number; readonly required?: boolean | undefined };

export type Quorum = { readonly threshold: number; readonly signers: readonly Signer[] };

/** Groups in groups, at most this deep, so that a hostile document cannot exhaust the stack. */
export const maxQuorumDepth = 8;

/** All people of a quorum, nested ones too, in the order in which they stand. */
export function signersOf(quorum: Quorum): readonly PublicKey[] {
  return quorum.signers.flatMap((signer) => ('key' in signer ? [signer.key] : signersOf(signer.group)));
}

/**
 * Refuses a policy that could never be met, or that would be met by nobody (G4): threshold 0
 * (`quorum/threshold-zero`), no signers (`quorum/empty`), one person twice (`quorum/duplicate-signer`), a weight
 * that is no positive integer (`quorum/bad-weight`), a threshold above all weights (`quorum/unreachable`).
 */
export function checkQuorum(quorum: Quorum): void {
  checkLevel(quorum, 1);
  const people = signersOf(quorum).map(toHex);
  if (new Set(people).size !== people.length) throw new AppError('quorum/duplicate-signer');
}

function checkLevel(quorum: Quorum, depth: number): void {
  if (depth > maxQuorumDepth) throw new AppError('quorum/too-deep', `${maxQuorumDepth} levels at most`);
  if (quorum.signers.length === 0) throw new AppError('quorum/empty');
  if (!Number.isSafeInteger(quorum.threshold) || quorum.threshold < 1) throw new AppError('quorum/threshold-zero');
  for (const signer of quorum.signers) {
    if (!Number.isSafeInteger(signer.weight) || signer.weight < 1) throw new AppError('quorum/bad-weight');
    if ('group' in signer) checkLevel(signer.group, depth + 1);
  }
  const reachable = quorum.signers.reduce((sum, signer) => sum + signer.weight, 0);
  if (reachable < quorum.threshold) {
    throw new AppError('quorum/unreachable', `threshold ${quorum.threshold}, all weights together ${reachable}`);
  }
}

/** How far a quorum is. `missingRequired` and `missing` list people who have not signed yet. */
export type QuorumState = {
  readonly met: boolean;
  readonly weight: number;
  readonly threshold: number;
  readonly missingRequired: readonly PublicKey[];
  readonly missing: readonly PublicKey[];
};

/** Judges a quorum by the set of people (public keys in hex) whose valid approvals are at hand. */
export function quorumState(quorum: Quorum, approvedHex: ReadonlySet<string>): QuorumState {
  let weight = 0;
  let isRequiredMet = true;
  const missingRequired: PublicKey[] = [];
  const missing: PublicKey[] = [];
  for (const signer of quorum.signers) {
    const nested = 'group' in signer ? quorumState(signer.group, approvedHex) : undefined;
    const hasSigned = 'key' in signer ? approvedHex.has(toHex(signer.key)) : nested?.met === true;
    const absent = hasSigned ? [] : 'key' in signer ? [signer.key] : (nested?.missing ?? []);
    if (hasSigned) weight += signer.weight;
    missing.push(...absent);
    if (signer.required !== true) continue;
    missingRequired.push(...absent);
    isRequiredMet &&= hasSigned;
  }
  return {
    met: isRequiredMet && weight >= quorum.threshold,
    weight,
    threshold: quorum.threshold,
    missingRequired,
    missing,
  };
}
