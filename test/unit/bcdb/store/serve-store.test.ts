// What the thread around a store adds to it: when a guardian may speak as one.

import { expect, it } from 'vitest';
import { gridRules } from '../../../../bcdb/store/grid-rules.ts';
import type { FromStore } from '../../../../bcdb/store/protocol.ts';
import { serveStore } from '../../../../bcdb/store/serve-store.ts';
import { createVerifyPool, verifyAlone } from '../../../../bcdb/store/verify-pool.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { decode } from '../../../../core/cbor.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';

/** A guardian alone, served, with one who has money. */
function serveGuardian(onSaid: (message: FromStore) => void = () => undefined) {
  const alice = new Author('alice');
  const { genesis, grid, guardian } = foundGrid([[alice, 1000n]]);
  const said: FromStore[] = [];
  const served = serveStore({
    rules: gridRules,
    verify: verifySodium,
    verifyMany: createVerifyPool(verifySodium, 1),
    clock: Date.now,
    say(each) {
      said.push(each);
      onSaid(each);
    },
  });
  const start = { how: 'create', genesis } as const;
  served.hear({ id: 1, name: 'open', input: [{ folder: ':memory:', start, guardianSeed: guardian.seed }] });
  served.hear({ id: 2, name: 'order', input: [] });
  const pay = (count: number) => Array.from({ length: count }, () => alice.transfer(grid, guardian.key, 1n));
  const answerTo = (id: number) =>
    said.find((each) => (each.type === 'done' || each.type === 'failed') && each.id === id);
  const counts = () => said.flatMap((each) => (each.type === 'head' ? [each.head.recordCount] : []));
  return { served, said, pay, answerTo, counts };
}

it('records that come in while others wait for their block are let in after it, and answered each for itself', async () => {
  const { served, said, pay, answerTo, counts } = serveGuardian((each) => {
    if (each.type !== 'done' || each.id !== 3) return;
    served.hear({ id: 4, name: 'admit', input: [second] });
    served.hear({ id: 5, name: 'admit', input: [[new Uint8Array(3)]] });
  });
  const [first, second] = [pay(40), pay(40)];
  served.hear({ id: 3, name: 'admit', input: [first] });
  expect(answerTo(3)).toBeUndefined();
  await expect.poll(() => counts().at(-1)).toBe(81);
  const order = said.flatMap((each) => {
    if (each.type === 'head') return each.head.recordCount > 1 ? [`head ${each.head.recordCount}`] : [];
    return each.type === 'done' && each.id >= 3 ? [`done ${each.id}`] : [];
  });
  expect(order).toEqual(['done 3', 'head 41', 'done 4', 'done 5', 'head 81']);
  expect(answerTo(3)).toMatchObject({ value: first.map(() => null) });
  expect(answerTo(4)).toMatchObject({ value: second.map(() => null) });
  expect(answerTo(5)).toMatchObject({ value: ['cbor/malformed'] });
  served.hear({ id: 6, name: 'close', input: [] });
});

it('records that are being judged when the store closes are answered before', () => {
  const { served, said, pay, answerTo } = serveGuardian();
  served.hear({ id: 3, name: 'admit', input: [pay(40)] });
  served.hear({ id: 4, name: 'close', input: [] });
  expect(said.flatMap((each) => (each.type === 'done' ? [each.id] : []))).toEqual([1, 2, 3, 4]);
  served.hear({ id: 5, name: 'admit', input: [pay(1)] });
  expect(answerTo(5)).toMatchObject({ type: 'failed', error: { code: 'replica/closed' } });
});

it('a guardian claims its head as all there is only once it has taken office', () => {
  const { genesis, guardian } = foundGrid([]);
  const said: FromStore[] = [];
  const served = serveStore({
    rules: gridRules,
    verify: verifySodium,
    verifyMany: verifyAlone(verifySodium),
    clock: () => 1,
    say: (each) => said.push(each),
  });
  const isClaimed = (): boolean => {
    served.hear({ id: 2, name: 'headAnswer', input: [seedOf('nonce'), { net: seedOf('net'), feed: null }] });
    const answer = said.findLast((each) => each.type === 'done');
    const { claim } = decode(answer?.value as Uint8Array) as { claim: { isAll: boolean } };
    return claim.isAll;
  };
  const start = { how: 'create', genesis } as const;
  served.hear({ id: 1, name: 'open', input: [{ folder: ':memory:', start, guardianSeed: guardian.seed }] });
  const before = isClaimed();
  served.hear({ id: 3, name: 'order', input: [] });
  const after = isClaimed();
  served.hear({ id: 4, name: 'close', input: [] });
  expect([before, after]).toEqual([false, true]);
});
