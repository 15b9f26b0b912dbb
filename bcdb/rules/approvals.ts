/** Who has really agreed: approvals sorted by purpose, held to the people who may give them, verified. */

import { toHex } from '../../core/bytes.ts';
import { type Approval, type ApprovalSubject, approversOf, type Purpose } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import { type Quorum, quorumState } from '../../core/quorum.ts';
import type { Hex } from '../state.ts';
import type { Context } from './context.ts';

/** One document of one version: what all approvals of a record are about. */
export type Subject = Pick<ApprovalSubject, 'document' | 'version'>;

/** Whose word counts for each purpose. A purpose that is not listed is the wrong one. */
export type Allowed = Partial<Record<Purpose, ReadonlySet<Hex>>>;

/**
 * The people behind the approvals, by purpose; each counts once (G1). Throws `approval/wrong-purpose` (G2),
 * `approval/not-a-signer`, `approval/bad-signature`.
 */
export function approvers(
  subject: Subject,
  approvals: readonly Approval[],
  allowed: Allowed,
  context: Context,
): (purpose: Purpose) => ReadonlySet<Hex> {
  for (const { purpose, signer } of approvals) {
    const people = allowed[purpose];
    if (people === undefined) throw new AppError('approval/wrong-purpose', `made for ${purpose}`);
    if (!people.has(toHex(signer))) throw new AppError('approval/not-a-signer', toHex(signer));
  }
  const { grid, verify } = context;
  const byPurpose = new Map<Purpose, ReadonlySet<Hex>>();
  for (const purpose of Object.keys(allowed) as Purpose[]) {
    const given = approvals.filter((approval) => approval.purpose === purpose);
    byPurpose.set(purpose, approversOf({ grid, purpose, ...subject }, given, verify));
  }
  return (purpose) => byPurpose.get(purpose) ?? new Set();
}

/** Throws `contract/quorum-not-met` with how far it is. */
export function checkQuorumMet(quorum: Quorum, people: ReadonlySet<Hex>): void {
  const { met, weight, threshold, missingRequired } = quorumState(quorum, people);
  if (met) return;
  const absent = missingRequired.map((key) => toHex(key).slice(0, 16)).join(' ');
  throw new AppError('contract/quorum-not-met', `${weight} of ${threshold}${absent === '' ? '' : `, needs ${absent}`}`);
}
