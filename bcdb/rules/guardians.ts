/** What guardians decide together: `policy` (what is in force, and who they are) and `epoch` (a fresh sequencer stream). */
import { certificateQuorum } from '../../core/block.ts';
import type { Bodies } from '../../core/bodies.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { countSigners, decodeMove, isGuardianCount, policyChangeBytes } from '../../core/guardian.ts';
import type { State } from '../state.ts';
import { type Context, gridKey, policyOf } from './context.ts';

/**
 * A new policy, and with it the guardians from the next block on. A quorum of the present guardians must have signed all
 * of it, and so must each new one: who does not know of its office would only stop the grid. One a block: so each set of
 * guardians signed a block, and proofs have a link for each. Throws `guardian/stale-policy` (another change came first),
 * `guardian/second-policy`, `guardian/bad-count | bad-statement | quorum-not-met | not-consented`, `record/malformed`.
 */
export function executePolicy(state: State, body: Bodies['policy'], { grid, verify, hasPolicy }: Context): void {
  const before = policyOf(state);
  const { policy, guardians, seats, signatures } = body;
  if (policy.version !== before.version + 1) {
    throw new AppError('guardian/stale-policy', `version ${policy.version}, in force is ${before.version}`);
  }
  if (hasPolicy === true) throw new AppError('guardian/second-policy', 'the block has one already');
  const next = guardians.map(toHex);
  if (new Set(next).size !== next.length) throw new AppError('record/malformed', 'guardians: one twice');
  if (!isGuardianCount(next.length)) throw new AppError('guardian/bad-count', `${next.length}`);
  const isAlone = next.length === 1 && seats.length === 0;
  if (!isAlone && seats.length !== next.length) throw new AppError('record/malformed', 'seats: one each');
  const message = policyChangeBytes({ grid, policy, guardians, seats });
  const added = next.filter((key) => !before.guardians.includes(key));
  const all = [...before.guardians, ...added].map(fromHex);
  countSigners(message, signatures, { guardians: all, verify });
  const signed = new Set(signatures.map(({ guardian }) => toHex(guardian)));
  const count = before.guardians.filter((key) => signed.has(key)).length;
  const needed = certificateQuorum(before.guardians.length);
  if (count < needed) throw new AppError('guardian/quorum-not-met', `${count} of ${needed}`);
  const absent = added.find((key) => !signed.has(key));
  if (absent !== undefined) throw new AppError('guardian/not-consented', absent);
  const { name, epoch } = before;
  state.put('policy', gridKey, {
    ...policy,
    name,
    guardians: next,
    seats: seats.length > 0 ? seats : undefined,
    epoch,
  });
}

/**
 * A fresh stream: a quorum of guardians moved to the next epoch or a later one. Which header may follow was judged by
 * whoever prepared this block; here it is only recorded. Only the first record of a block begins an epoch, the one that
 * the block's header names. Throws `guardian/wrong-epoch | bad-statement | quorum-not-met`.
 */
export function executeEpoch(state: State, body: Bodies['epoch'], { grid, verify, begins }: Context): void {
  const before = policyOf(state);
  if (body.epoch !== begins) throw new AppError('guardian/wrong-epoch', 'not the beginning of that epoch');
  if (body.epoch <= (before.epoch ?? 0)) throw new AppError('guardian/wrong-epoch', `it is ${before.epoch ?? 0}`);
  const guardians = before.guardians.map(fromHex);
  const moved = new Set<string>();
  for (const bytes of body.moves) {
    const { said, guardian } = decodeMove(bytes, { guardians, verify });
    if (said.epoch !== body.epoch || toHex(said.grid) !== toHex(grid)) throw new AppError('guardian/wrong-epoch');
    moved.add(toHex(guardian));
  }
  const needed = certificateQuorum(guardians.length);
  if (moved.size < needed) throw new AppError('guardian/quorum-not-met', `${moved.size} of ${needed}`);
  state.put('policy', gridKey, { ...before, epoch: body.epoch });
}
