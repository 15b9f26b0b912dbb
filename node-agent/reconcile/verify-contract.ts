// The agent's own judgement of a recorded contract. Its replica has executed the rules already; here nothing of that is
// believed but what lies in the bytes: who signed what, for which document, addressed to whom. Pure.
import { equalBytes, sha256, toHex } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import {
  type Approval,
  approversOf,
  type ContractDocument,
  decodeDocument,
  documentHash,
  documentPrice,
  type Purpose,
  type Workload,
} from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import { keyOf, type PublicKey, type Verify } from '../../core/keys.ts';
import { quorumState } from '../../core/quorum.ts';
import type { ContractView } from '../../core/views.ts';

/** Who the judge is. `farmer` owns the node's farm, by address. */
export interface Judge {
  readonly grid: Uint8Array;
  readonly node: PublicKey;
  readonly farmer: string;
  readonly verify: Verify;
}

/** A workload that this node has to run. `specHash` changes with anything that would need another container. */
export interface Job {
  readonly contract: string;
  readonly version: number;
  readonly workload: Workload;
  readonly specHash: string;
}

/**
 * This node's jobs of a contract. Throws `contract/malformed`, `record/wrong-grid`, `contract/wrong-version`,
 * `approval/*`, `contract/quorum-not-met | payer-not-signed | farmer-not-accepted | unfunded`, `agent/not-for-me`.
 */
export function verifyContract(view: ContractView, judge: Judge): readonly Job[] {
  const document = decodeDocument(view.documentBytes);
  if (!equalBytes(document.grid, judge.grid)) throw new AppError('record/wrong-grid', 'the document');
  if (document.version !== view.version || document.version !== 1) throw new AppError('contract/wrong-version');
  const hash = documentHash(view.documentBytes);
  if (toHex(hash) !== view.id) throw new AppError('contract/malformed', 'the id is not that of the document');
  checkAgreed(document, hash, view, judge);
  checkFunded(document, view);
  const mine = document.workloads.filter((workload) => equalBytes(workload.node, judge.node));
  if (mine.length === 0) throw new AppError('agent/not-for-me', view.id.slice(0, 16));
  return mine.map((workload) => ({
    contract: view.id,
    version: document.version,
    workload,
    specHash: toHex(sha256(encode({ ...workload, version: document.version }))),
  }));
}

function checkAgreed(document: ContractDocument, hash: Uint8Array, view: ContractView, judge: Judge): void {
  const approvals: readonly Approval[] = view.approvals.map((approval) => ({
    ...approval,
    signer: keyOf(approval.signer),
  }));
  const peopleFor = (purpose: Purpose): ReadonlySet<string> => {
    const given = approvals.filter((approval) => approval.purpose === purpose);
    const subject = { grid: judge.grid, purpose, document: hash, version: document.version };
    return approversOf(subject, given, judge.verify);
  };
  const provision = peopleFor('provision');
  const { met, weight, threshold } = quorumState(document.provision, provision);
  if (!met) throw new AppError('contract/quorum-not-met', `${weight} of ${threshold}`);
  if (!provision.has(toHex(document.payer))) throw new AppError('contract/payer-not-signed');
  if (!peopleFor('accept').has(toHex(keyOf(judge.farmer)))) throw new AppError('contract/farmer-not-accepted');
}

/** The whole price came in, and what has not been earned is still locked. */
function checkFunded(document: ContractDocument, view: ContractView): void {
  const isPaid = view.paidIn >= documentPrice(document);
  const isLocked = view.locked > 0n && view.locked >= view.paidIn - view.earned - view.refunded;
  if (!isPaid || !isLocked) throw new AppError('contract/unfunded', `${view.locked} of ${view.paidIn} stroops locked`);
}
