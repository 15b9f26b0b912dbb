/**
 * A proposal becomes a block: the records that count, executed on top of the head, and the header that follows. The same
 * on every guardian, whatever waits at its own door (docs/BCDB.md, "Which records count").
 */
import { decodeHeader, type Header } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Proposal } from '../guardian/guardian-store-api.ts';
import type { Committer, Executable } from './committer.ts';
import { hexOf } from './database.ts';
import {
  type Execution,
  type ExecutorParts,
  executeBlock,
  executeGenesisBlock,
  type Incoming,
  incomingOf,
  type Outcome,
  verifyAll,
} from './executor.ts';
import { createdMsOf } from './guardian.ts';
import { epochOf, policyIn } from './standing-policy.ts';

/** Decides for one block after the other which records count. */
function recordsThatCount(
  { authors, state }: ExecutorParts,
  begins: number | undefined,
): (outcome: Outcome) => boolean {
  const mostBytes = policyIn(state).limits.recordBytes;
  const forks = new Set<string>();
  let isFirst = true;

  /** A second record for a seq is kept as evidence; a third would only cost disk. */
  function isNewFork(author: string, seq: number): boolean {
    const id = `${author}:${seq}`;
    if (forks.has(id) || authors.hasFork(author, seq)) return false;
    forks.add(id);
    return true;
  }

  return ({ incoming: { envelope, bytes }, refusal }) => {
    if (envelope === undefined) return false;
    // Only the block's first record begins an epoch; nobody can hold that up by a small limit.
    if (envelope.kind === 'epoch' ? !isFirst || begins === undefined : bytes.length > mostBytes) return false;
    const isCounted =
      refusal === undefined || (refusal.code === 'record/forked' && isNewFork(hexOf(envelope.author), envelope.seq));
    if (isCounted) isFirst = false;
    return isCounted;
  };
}

type Executed = { readonly execution: Execution; readonly epoch: number };

/** Block 0: the genesis alone, at the time that it names. */
function executeFirst(parts: ExecutorParts, { epoch, timeMs, position, records }: Proposal): Executed {
  const [only, ...others] = records;
  const genesis = only === undefined ? undefined : incomingOf(only);
  if (genesis === undefined || others.length > 0 || !equalBytes(genesis.id, parts.grid)) {
    throw new AppError('replica/bad-block', 'block 0 is the genesis and nothing else');
  }
  if (epoch !== 0 || position !== 0 || timeMs !== createdMsOf(genesis)) {
    throw new AppError('replica/bad-block', 'block 0 has the time of its genesis, epoch 0, position 0');
  }
  return { execution: executeGenesisBlock(parts, genesis, timeMs), epoch };
}

/**
 * Executes a proposal, leaving its changes in the overlays. `expected`: the header it must come to. `known` marks what
 * this guardian verified at its own door. Throws `guardian/wrong-epoch | bad-lock`, `replica/bad-block`.
 */
export function executeProposal(
  committer: Pick<Committer, 'parts' | 'chain' | 'seal'>,
  proposal: Proposal,
  expected: Uint8Array | undefined,
  known: (incoming: Incoming) => Incoming,
): Executable {
  const { parts, chain } = committer;
  const { execution, epoch } =
    chain.head === undefined ? executeFirst(parts, proposal) : executeNext(proposal, expected);
  const { timeMs, position } = proposal;
  const sealed = committer.seal(execution, { epoch, timeMs, position });
  if (expected !== undefined && !equalBytes(expected, sealed.headerBytes)) {
    throw new AppError('guardian/bad-lock', `height ${sealed.header.height}: the block comes to another header`);
  }
  return sealed;

  function executeNext({ records }: Proposal, wanted: Uint8Array | undefined): Executed {
    const { head } = chain;
    if (head === undefined) throw new AppError('replica/not-found', 'no genesis yet');
    const given = wanted === undefined ? undefined : decodeHeader(wanted, 'guardian/bad-lock');
    checkTime(proposal, head, given);
    const before = epochOf(parts.state);
    // A header that is proposed again keeps the epoch in which it was proposed first.
    const inEpoch = given?.epoch ?? proposal.epoch;
    if (inEpoch < before || proposal.epoch < before) throw new AppError('guardian/wrong-epoch', `it is ${before}`);
    const begins = inEpoch > before ? inEpoch : undefined;
    const incoming = verifyAll(
      records.map((bytes) => known(incomingOf(bytes))),
      parts,
    );
    const work = { height: head.height + 1, timeMs: proposal.timeMs, begins, records: incoming };
    const counts = recordsThatCount(parts, begins);
    const done = executeBlock(parts, { ...work, counts }, head.execHash);
    if (epochOf(parts.state) !== inEpoch) {
      throw new AppError('guardian/wrong-epoch', `epoch ${inEpoch} does not begin with its record`);
    }
    return { execution: done, epoch: inEpoch };
  }
}

function checkTime({ timeMs, position }: Proposal, head: { readonly timeMs: number }, given: Header | undefined): void {
  if (timeMs < head.timeMs) throw new AppError('replica/bad-block', 'time goes back');
  if (given !== undefined && (given.timeMs !== timeMs || given.position !== position)) {
    throw new AppError('guardian/bad-lock', 'another time or position than the header has');
  }
}
