/** What people say of themselves and pay each other: `profile` and `transfer`. */
import { type Bodies, netProofBytes } from '../../core/bodies.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Hex, State } from '../state.ts';
import { type Context, policyOf } from './context.ts';
import { transfer } from './money.ts';

/** Names are not unique and never trusted as identity. Throws `profile/bad-name`, `profile/net-not-proven`. */
export function executeProfile(state: State, author: Hex, body: Bodies['profile'], { grid, verify }: Context): void {
  if (body.name.trim() !== body.name) throw new AppError('profile/bad-name', 'spaces at its edges');
  if (!verify(body.netProof, netProofBytes({ grid, account: fromHex(author) }), body.net)) {
    throw new AppError('profile/net-not-proven');
  }
  const roles = [...new Set(body.roles)];
  state.put('profile', author, { key: author, name: body.name, roles, net: toHex(body.net) });
  state.addHistory({ object: 'profile', id: author, what: 'published', detail: body.name });
}

/** A key without an account gets one. Throws `money/memo-too-long`, `money/insufficient`. */
export function executeTransfer(state: State, author: Hex, body: Bodies['transfer']): void {
  const most = policyOf(state).limits.memoBytes;
  const size = new TextEncoder().encode(body.memo ?? '').length;
  if (size > most) throw new AppError('money/memo-too-long', `${size} bytes, at most ${most}`);
  transfer(state, author, toHex(body.to), body.amountStroops, body.memo ?? null);
}
