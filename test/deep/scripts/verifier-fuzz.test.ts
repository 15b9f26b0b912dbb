// G28: proofs changed at random and by plan are refused by core's verifier and by the independent one, with the same code.
// 20,000 changes here, a million in `npm run chaos`.

import { expect, test } from 'vitest';
import { fuzzProofs, judgeByCore, judgeIndependently, samples } from '../../support/proof-mutations.ts';
import { rounds } from '../../support/rounds.ts';

const batch = 5000;
const hourMs = 3_600_000;

test('every good file is proved by both, whether or not the grid is known, and for no other grid', () => {
  for (const sample of samples()) {
    const { kind, bytes, grid } = sample;
    const good = judgeByCore(sample);
    expect('proved' in good).toBe(true);
    expect(judgeIndependently(sample)).toEqual(good);
    expect(judgeByCore({ kind, bytes })).toEqual(good);
    expect(judgeIndependently({ kind, bytes })).toEqual(good);
    const elsewhere = { code: `${kind === 'receipt' ? 'receipt' : 'proof'}/wrong-grid` };
    const other = grid.map((byte) => byte ^ 1);
    expect(judgeByCore({ kind, bytes, grid: other })).toEqual(elsewhere);
    expect(judgeIndependently({ kind, bytes, grid: other })).toEqual(elsewhere);
  }
});

test(
  'G28 no changed proof is believed, and both verifiers say the same of each',
  () => {
    const seen = new Set<string>();
    let tried = 0;
    for (let seed = 1; tried < rounds(20_000, 1_000_000); seed++) {
      const outcome = fuzzProofs(batch, seed);
      tried += outcome.tried;
      for (const code of Object.keys(outcome.codes)) seen.add(code);
    }
    // The changes reach every check: a fuzzer that only ever breaks the encoding would prove nothing.
    const checks = ['malformed', 'wrong-grid', 'bad-signature', 'bad-path', 'bad-certificate'];
    const wanted = [...checks.flatMap((what) => [`receipt/${what}`, `proof/${what}`]), 'proof/inconsistent'];
    expect(wanted.filter((code) => !seen.has(code))).toEqual([]);
  },
  rounds(hourMs / 6, 8 * hourMs),
);
