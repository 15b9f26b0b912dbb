// Random histories of several actors: at every step the books balance, nobody is below zero, no node promises more
// than it has; and it makes no difference how a history is cut into blocks.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { burns, histories, historyPolicy, play } from './histories.ts';
import { faultsOf } from './invariants.ts';

/** What random histories must have reached for the properties to say anything. */
const everything =
  'transfer lock earning refund topup mint up down rewarded not-rewarded running settled cancelled deployed ' +
  'term-over deploy-deadline workload-error workload-deleted nothing-running deleted-by-quorum';

test('G32 whatever happens, the books balance, no account is negative, no node is over-provisioned', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(histories, burns, (history, burnPermille) => {
      const world = play(history, {
        policy: historyPolicy(burnPermille),
        ticks: noTicks,
        check: ({ state }) => expect(faultsOf(state)).toEqual([]),
      });
      for (const { what } of world.state.history) seen.add(what);
      for (const { reason } of world.state.all('contract')) seen.add(reason);
    }),
    { numRuns: 120 },
  );
  expect([...seen]).toEqual(expect.arrayContaining(everything.split(' '))); // histories that miss a rule prove nothing of it
}, 60_000);

test('cutting the same history into other blocks and ticks changes nothing', () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
  fc.assert(
    fc.property(histories, burns, cuts, (history, burnPermille, parts) => {
      const policy = historyPolicy(burnPermille);
      const whole = play(history, { policy, ticks: noTicks, check: ignore });
      const cut = play(history, { policy, ticks: (from, to) => ticksAt(parts, from, to), check: ignore });
      expect(cut.state.all('account')).toEqual(whole.state.all('account'));
      expect(cut.state.all('contract')).toEqual(whole.state.all('contract'));
      expect(cut.state.all('node')).toEqual(whole.state.all('node'));
      expect(cut.state.ledger).toEqual(whole.state.ledger);
      expect(cut.state.history).toEqual(whole.state.history);
    }),
    { numRuns: 50 },
  );
}, 60_000);

const noTicks = () => [];
const ignore = () => undefined;
const ticksAt = (parts: readonly number[], from: number, to: number): readonly number[] =>
  parts.map((part) => Math.floor(from + part * (to - from))).toSorted((a, b) => a - b);
