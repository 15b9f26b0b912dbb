/**
 * The only functions that move money. Each keeps accounts, totals and ledger in step, so that at every moment
 * `balances + locked = minted - burned`. Must not know why money moves: other rules decide that.
 */
import { AppError } from '../../core/errors.ts';
import { formatTft, maxStroops } from '../../core/money.ts';
import type { Account, Contract, Hex, LedgerEntry, State, Totals } from '../state.ts';
import { gridKey } from './context.ts';

/** The part of a contract that says whose money is locked in it. */
export type Held = Pick<Contract, 'id' | 'payer' | 'paid' | 'earned' | 'refunded'>;

/** A farmer's part of one settlement. */
export type Payout = { readonly to: Hex; readonly amount: bigint; readonly burn: bigint };

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** What is locked in a contract now. */
export const restOf = (held: Held): bigint => sum(held.paid.map((part) => part.amount)) - held.earned - held.refunded;

/**
 * Whose the locked rest is: in proportion to what each paid, rounded down, the remainder to the first. This is what
 * each payer's `locked` shows and what a refund pays back.
 */
export function sharesOf(held: Held): readonly { readonly key: Hex; readonly amount: bigint }[] {
  const total = sum(held.paid.map((part) => part.amount));
  const rest = restOf(held);
  if (total === 0n) return [];
  const shares = held.paid.map((part) => ({ key: part.key, amount: (rest * part.amount) / total }));
  const remainder = rest - sum(shares.map((share) => share.amount));
  return shares.map((share, index) => (index === 0 ? { ...share, amount: share.amount + remainder } : share));
}

const accountOf = (state: State, key: Hex): Account => state.get('account', key) ?? { key, balance: 0n, locked: 0n };

/** What an account can spend, in stroops. */
export const balanceOf = (state: State, key: Hex): bigint => accountOf(state, key).balance;

function changeTotals(state: State, change: Partial<Totals>): void {
  const now = state.get('totals', gridKey) ?? { minted: 0n, burned: 0n, balances: 0n, locked: 0n };
  state.put('totals', gridKey, {
    minted: now.minted + (change.minted ?? 0n),
    burned: now.burned + (change.burned ?? 0n),
    balances: now.balances + (change.balances ?? 0n),
    locked: now.locked + (change.locked ?? 0n),
  });
}

/** Changes one balance and writes its ledger line. Throws `money/insufficient` rather than go below zero. */
function changeBalance(state: State, entry: LedgerEntry): void {
  const account = accountOf(state, entry.account);
  const balance = account.balance + entry.delta;
  if (balance < 0n) throw new AppError('money/insufficient', `${formatTft(-balance)} TFT missing`);
  state.put('account', entry.account, { ...account, balance });
  state.addLedger(entry);
  state.addHistory({ object: 'account', id: entry.account, what: entry.reason, detail: entry.delta.toString() });
}

/** Moves what is shown as locked from how a contract stood to how it stands. Answers the change of the sum. */
function changeLocked(state: State, before: Held, after: Held): bigint {
  const changes = new Map<Hex, bigint>();
  for (const share of sharesOf(before)) changes.set(share.key, -share.amount);
  for (const share of sharesOf(after)) changes.set(share.key, (changes.get(share.key) ?? 0n) + share.amount);
  for (const [key, change] of changes) {
    if (change === 0n) continue;
    const account = accountOf(state, key);
    state.put('account', key, { ...account, locked: account.locked + change });
  }
  return restOf(after) - restOf(before);
}

/** New money: an allocation of the genesis, or a reward. Never more than can exist in all; answers what was minted. */
export function mint(state: State, to: Hex, wanted: bigint, reason: 'genesis' | 'mint'): bigint {
  const room = maxStroops - (state.get('totals', gridKey)?.minted ?? 0n);
  const amount = wanted < room ? wanted : room;
  if (amount === 0n) return 0n;
  changeTotals(state, { minted: amount, balances: amount });
  changeBalance(state, { account: to, reason, delta: amount, counterparty: null, contract: null, memo: null });
  return amount;
}

/** From one balance to another. Throws `money/insufficient`. */
export function transfer(state: State, from: Hex, to: Hex, amount: bigint, memo: string | null): void {
  const line = { reason: 'transfer', contract: null, memo } as const;
  changeBalance(state, { ...line, account: from, delta: -amount, counterparty: to });
  changeBalance(state, { ...line, account: to, delta: amount, counterparty: from });
}

/** From a balance into a contract. Throws `money/insufficient`. */
export function lock<C extends Held>(state: State, held: C, from: Hex, amount: bigint, reason: 'lock' | 'topup'): C {
  changeBalance(state, {
    account: from,
    reason,
    delta: -amount,
    counterparty: null,
    contract: held.id,
    memo: null,
  });
  const known = held.paid.some((part) => part.key === from);
  const paid = known
    ? held.paid.map((part) => (part.key === from ? { ...part, amount: part.amount + amount } : part))
    : [...held.paid, { key: from, amount }];
  const after = { ...held, paid };
  changeTotals(state, { balances: -amount, locked: changeLocked(state, held, after) });
  return after;
}

/** From a contract to the farmers, less what the policy burns. */
export function earn<C extends Held>(state: State, held: C, payouts: readonly Payout[]): C {
  const amount = sum(payouts.map((payout) => payout.amount));
  if (amount === 0n) return held;
  const burned = sum(payouts.map((payout) => payout.burn));
  const after = { ...held, earned: held.earned + amount };
  changeTotals(state, { locked: changeLocked(state, held, after), balances: amount - burned, burned });
  for (const { to, amount: part, burn } of payouts) {
    if (part === burn) continue;
    changeBalance(state, {
      account: to,
      reason: 'earning',
      delta: part - burn,
      counterparty: held.payer,
      contract: held.id,
      memo: null,
    });
  }
  return after;
}

/** All that is left in a contract goes back to those who paid. */
export function refund<C extends Held>(state: State, held: C): C {
  const rest = restOf(held);
  if (rest === 0n) return held;
  const after = { ...held, refunded: held.refunded + rest };
  changeTotals(state, { locked: changeLocked(state, held, after), balances: rest });
  for (const share of sharesOf(held)) {
    if (share.amount === 0n) continue;
    changeBalance(state, {
      account: share.key,
      reason: 'refund',
      delta: share.amount,
      counterparty: null,
      contract: held.id,
      memo: null,
    });
  }
  return after;
}
