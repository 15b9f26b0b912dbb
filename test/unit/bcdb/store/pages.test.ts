// Pages by cursor: of whatever list, opaque, good for one question, and in their place while the list grows.

import { describe, expect, it } from 'vitest';
import type { Store } from '../../../../bcdb/store/store.ts';
import { signSodium } from '../../../../bcdb/verify.ts';
import { netProofBytes } from '../../../../core/bodies.ts';
import { addressOf } from '../../../../core/keys.ts';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import { codeFrom, openGuardianStore } from '../../../support/bcdb-store.ts';

const [alice, bob] = [new Author('alice'), new Author('bob')];

/** Eight payments and as many people with a profile, a block each. */
function world() {
  const payer = new Author('alice');
  const founding = foundGrid([[payer, 1_000_000n]]);
  const { store } = openGuardianStore(founding);
  const { grid } = founding;
  let count = 0;
  const grow = (): void => {
    count += 1;
    const author = new Author(`person ${count}`);
    const netProof = signSodium(author.seed, netProofBytes({ grid, account: author.key }));
    const body = { name: `Person ${count}`, roles: ['consumer' as const], net: author.key, netProof };
    store.admit([payer.transfer(grid, bob.key, BigInt(count)), author.write(grid, 'profile', body)]);
    store.cut();
  };
  for (let block = 0; block < 8; block++) grow();
  return { store, grow };
}

type Asked = { readonly after?: string | undefined; readonly limit: number };
type Answer = { readonly items: readonly unknown[]; readonly next: string | null };

const lists: readonly (readonly [string, (store: Store, asked: Asked) => Answer])[] = [
  ['ledger', (store, asked) => store.query('ledger', { address: addressOf(bob.key), ...asked })],
  ['history', (store, asked) => store.query('history', { object: 'account', id: addressOf(alice.key), ...asked })],
  ['blocks', (store, asked) => store.query('blocks', asked)],
  ['blocks from a height', (store, asked) => store.query('blocks', { from: 5, ...asked })],
  ['profiles', (store, asked) => store.query('profiles', { search: '', ...asked })],
  ['profiles by name', (store, asked) => store.query('profiles', { search: 'person', ...asked })],
];

describe.each(lists)('pages of %s', (_, ask) => {
  it('are the whole list, each item once, and stay in their place while it grows', () => {
    const { store, grow } = world();
    const whole = ask(store, { limit: 100 });
    expect(whole.next).toBeNull();
    expect(whole.items.length).toBeGreaterThan(5);
    let page = ask(store, { limit: 2 });
    const paged = [...page.items];
    while (page.next !== null) {
      expect(page.items).toHaveLength(2);
      grow();
      page = ask(store, { limit: 2, after: page.next });
      paged.push(...page.items);
    }
    expect(paged).toEqual(whole.items);
  });

  it('go on only with a cursor of this very question', () => {
    const { store } = world();
    const { next } = ask(store, { limit: 2 });
    expect(next).toMatch(/^[A-Za-z0-9_-]+$/);
    for (const [, other] of lists.filter(([, one]) => one !== ask)) {
      expect(codeFrom(() => other(store, { limit: 2, after: next ?? '' }))).toBe('query/bad-cursor');
    }
    for (const after of ['7', '', `${next}AAAA`, (next ?? '').slice(1)]) {
      expect(codeFrom(() => ask(store, { limit: 2, after }))).toBe('query/bad-cursor');
    }
  });
});

it('blocks from a height begin there', () => {
  const { store } = world();
  const heights = (from: number) => store.query('blocks', { from, limit: 3 }).items.map(({ height }) => height);
  expect(heights(5)).toEqual([5, 4, 3]);
  expect(heights(0)).toEqual([0]);
  expect(heights(999)).toEqual([8, 7, 6]);
});
