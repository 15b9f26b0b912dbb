// The rules against a second, naive model of them: the same random histories, the same verdicts, the same money, nodes and
// contracts after every step.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordKind } from '../../../../core/bodies.ts';
import { toHex } from '../../../../core/bytes.ts';
import { NaiveGrid } from '../../../support/naive/grid.ts';
import { rounds } from '../../../support/rounds.ts';
import { burns, folk, histories, historyPolicy, play } from '../../../unit/bcdb/rules/histories.ts';
import { person, startMs, tft, type World } from '../../../unit/bcdb/rules/world.ts';

const runs = rounds(150, 20_000);

/** The real state in the words of the naive one. */
function seenOf({ state }: World): readonly Record<string, string>[] {
  const totals = state.get('totals', 'grid');
  const policy = state.get('policy', 'grid');
  const accounts = state.all('account').map(({ key, balance, locked }) => [key, `${balance} ${locked}`] as const);
  const contracts = state.all('contract').map(({ id, ...contract }) => {
    const loads = contract.workloads.map(
      ({ state: word, runningMs, earnedStroops, priceStroops }) =>
        `${word}/${runningMs}/${earnedStroops}/${priceStroops}`,
    );
    const { reason, termSeconds, waitUntilMs, refunded, earned } = contract;
    return [id, [contract.state, reason, termSeconds, waitUntilMs, refunded, earned, ...loads].join(' ')] as const;
  });
  return [
    Object.fromEntries([
      ...accounts.filter(([, line]) => line !== '0 0'),
      ['all', `${totals?.minted} ${totals?.burned}`],
    ]),
    Object.fromEntries(
      state.all('node').map(({ id, isUp, used }) => {
        return [id, `${isUp} ${used.cruMilli} ${used.mruBytes} ${used.sruBytes} ${used.hruBytes}`];
      }),
    ),
    Object.fromEntries(contracts),
    { policy: `${policy?.version} ${policy?.uptimeGraceMs} ${policy?.guardians.join(' ')}` },
  ];
}

test('random histories: the rules and a naive second model say the same of every record and agree after every step', () => {
  const verdicts = new Set<string>();
  let records = 0;
  fc.assert(
    fc.property(histories, burns, (history, burnPermille) => {
      const policy = historyPolicy(burnPermille);
      const naive = new NaiveGrid(
        policy,
        startMs,
        folk.map(({ hex }) => [hex, tft(100)] as const),
        [person('guardian').hex],
      );
      play(history, {
        policy,
        ticks: () => [],
        onTime: (ms) => naive.passTo(ms),
        onRecord({ kind, author, id, body }, verdict, grid) {
          naive.id = grid;
          records += 1;
          verdicts.add(verdict);
          expect(naive.say(kind as RecordKind, toHex(author), toHex(id), body as never), `${kind}`).toBe(verdict);
        },
        check: (world) =>
          expect([naive.books(), naive.nodes(), naive.contracts(), { policy: naive.inForce() }]).toEqual(seenOf(world)),
      });
    }),
    { numRuns: runs },
  );
  // Histories in which nothing was ever refused would prove nothing of refusals.
  expect([...verdicts]).toEqual(
    expect.arrayContaining([
      'ok',
      'money/insufficient',
      'contract/unfunded',
      'node/no-capacity',
      'node/down',
      'guardian/second-policy',
      'guardian/stale-policy',
      'guardian/quorum-not-met',
      'guardian/not-consented',
    ]),
  );
  console.log(`${runs} histories, ${records} records, verdicts: ${[...verdicts].sort().join(' ')}`);
}, 600_000);
