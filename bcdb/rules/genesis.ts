/** The first record of a grid: its policy, its guardians, and what money there is from the start. */
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { isGuardianCount } from '../../core/guardian.ts';
import { maxStroops } from '../../core/money.ts';
import { type Envelope, parseBody } from '../../core/record.ts';
import type { State } from '../state.ts';
import { gridKey } from './context.ts';
import { mint } from './money.ts';

/**
 * Executes a genesis on an empty state. Throws `grid/exists` on one that is not empty, `record/malformed` for what
 * is no genesis or names a guardian twice, `guardian/bad-count`, `money/bad-amount` when it allocates more than can exist.
 */
export function executeGenesis(state: State, record: Envelope, timeMs: number): void {
  if (state.get('policy', gridKey) !== undefined) throw new AppError('grid/exists');
  const parsed = parseBody(record);
  if (parsed.kind !== 'genesis') throw new AppError('record/malformed', 'a genesis is expected');
  const { name, guardians, seats, policy, allocations, createdMs } = parsed.body;
  if (createdMs > timeMs) throw new AppError('record/malformed', 'createdMs: after its own block');
  const keys = guardians.map(toHex);
  if (new Set(keys).size !== keys.length) throw new AppError('record/malformed', 'guardians: one twice');
  if (!isGuardianCount(keys.length)) throw new AppError('guardian/bad-count', `${keys.length}`);
  if (seats !== undefined && seats.length !== keys.length) throw new AppError('record/malformed', 'seats: one each');
  if (allocations.reduce((sum, { amountStroops }) => sum + amountStroops, 0n) > maxStroops) {
    throw new AppError('money/bad-amount', 'more than can exist');
  }
  state.put('policy', gridKey, { ...policy, guardians: keys, name, seats });
  state.put('totals', gridKey, { minted: 0n, burned: 0n, balances: 0n, locked: 0n });
  for (const { to, amountStroops } of allocations) mint(state, toHex(to), amountStroops, 'genesis');
}
