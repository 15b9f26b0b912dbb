/** The one equation of the books: `balances + locked = minted - burned`. Pure. */
import type { Totals } from '../state.ts';

/** What the books cannot explain, in stroops: 0n, or the rules are broken. */
export const unexplained = (totals: Totals): bigint => totals.minted - totals.burned - totals.balances - totals.locked;
