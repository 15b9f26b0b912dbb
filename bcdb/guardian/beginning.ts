/** The first steps of an epoch: which message of its stream begins it, and offering one when nobody else did. */

import { decodeHeader } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { codeOf } from '../../core/errors.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import { type Beginning, type Judgement, judgeBegin, judgeMoves, type Standpoint, usableMoves } from './epoch-begin.ts';
import type { Message } from './messages.ts';
import type { OfficeStore, Situation } from './office-parts.ts';
import { proposalOf } from './round.ts';

export type BeginningOptions = {
  readonly grid: Uint8Array;
  readonly verify: Verify;
  readonly self: PublicKey;
  readonly store: OfficeStore;
};

/** Guardians offer a beginning one after the other, so that mostly one does it for all. */
const turnMs = 1500;

/** Codes by which the store says that a block cannot begin the epoch: everybody's store alike. */
const refusals: ReadonlySet<unknown> = new Set(['guardian/bad-lock', 'guardian/wrong-epoch', 'replica/bad-block']);

/** Undefined before block 0, when no epoch can end. */
function standpoint({ grid, verify }: BeginningOptions, situation: Situation): Standpoint | undefined {
  const { headerBytes, guardians, guardiansBefore } = situation;
  return headerBytes === null ? undefined : { grid, verify, headerBytes, guardians, guardiansBefore };
}

/**
 * What a `begin` at `position` in the stream of `epoch` means, at the present head: by its signatures, and by what the
 * store comes to with its blocks.
 */
export async function judgeBeginning(
  options: BeginningOptions,
  situation: Situation,
  { message, epoch, position }: { message: Extract<Message, { kind: 'begin' }>; epoch: number; position: number },
): Promise<Judgement<Beginning>> {
  const at = standpoint(options, situation);
  if (at === undefined) return { outcome: 'invalid', why: 'there is no block 0' };
  const judged = judgeBegin(message, epoch, at);
  if (judged.outcome !== 'valid') return judged;
  const { value } = judged;
  const { timeMs } = decodeHeader(at.headerBytes);
  try {
    if (value.next === 'repropose') {
      const { headerBytes, records } = value.block;
      await options.store.propose(proposalOf(headerBytes, records, epoch), headerBytes);
    } else {
      // A trial: the block itself is still to be cut.
      await options.store.propose({ epoch, timeMs, position, records: [value.epochRecord] });
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || !refusals.has(code)) throw error;
    return { outcome: 'invalid', why: code };
  }
  return judged;
}

/** The `begin` that this guardian can offer by `moves`; undefined: it cannot, others can. */
export async function offerBeginning(
  options: BeginningOptions,
  situation: Situation,
  epoch: number,
  moves: readonly Uint8Array[],
): Promise<Message | undefined> {
  const at = standpoint(options, situation);
  if (at === undefined) return undefined;
  const usable = usableMoves(moves, epoch, at);
  const judged = judgeMoves(usable, epoch, at);
  if (judged.outcome !== 'valid' || judged.value.certifiedHeight !== decodeHeader(at.headerBytes).height)
    return undefined;
  const { obliged } = judged.value;
  const locked = obliged === null ? null : await options.store.locked();
  if (obliged !== null && (locked === null || !equalBytes(locked.headerBytes, obliged.header))) return undefined;
  const epochRecord = await options.store.epochRecord(epoch, usable);
  const block = locked === null ? null : { headerBytes: locked.headerBytes, records: locked.proposal.records };
  return { kind: 'begin', epochRecord, obliged: block };
}

/** How long after the stream was opened this guardian's turn to offer comes, for the `round`th time. */
export function turnAfterMs(guardians: readonly PublicKey[], self: PublicKey, epoch: number, round: number): number {
  const count = guardians.length;
  const place = guardians.map(toHex).indexOf(toHex(self));
  return ((((place - epoch) % count) + count) % count) * turnMs + round * count * turnMs;
}
