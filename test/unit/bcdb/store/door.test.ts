// What nobody can hand in: every refusal with its code, at the own side (submit) and at the guardian's door (admit).

import { describe, expect, it } from 'vitest';
import { signSodium } from '../../../../bcdb/verify.ts';
import { zero32 } from '../../../../core/bytes.ts';
import { encode } from '../../../../core/cbor.ts';
import { addressOf } from '../../../../core/keys.ts';
import { sealRecord } from '../../../../core/record.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';
import { openGuardianStore } from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;

function setUp() {
  const alice = new Author('alice');
  const founding = foundGrid([[alice, 100n * tft]]);
  const { store, heads } = openGuardianStore(founding);
  return { alice, bob: new Author('bob'), grid: founding.grid, founding, store, heads };
}

/** A record as no version of ours would write it. */
function oddRecord(author: Author, fields: Readonly<Record<string, unknown>>): Uint8Array {
  const signed = encode({ v: 1, author: author.key, seq: 1, prev: zero32, body: {}, ...fields });
  return sealRecord(signed, signSodium(author.seed, signed));
}

type World = ReturnType<typeof setUp>;

const cases: readonly (readonly [string, string, (world: World) => Uint8Array])[] = [
  ['garbage bytes', 'cbor/malformed', () => Uint8Array.of(0xff, 1, 2, 3)],
  ['no bytes', 'cbor/malformed', () => new Uint8Array(0)],
  ['CBOR that is no record', 'record/malformed', () => encode({ hello: 'world' })],
  [
    'a record with bytes behind it',
    'cbor/malformed',
    ({ alice, bob, grid }) => Uint8Array.of(...alice.transfer(grid, bob.key, 1n), 0),
  ],
  [
    'a body nested deeper than every stack can bear',
    'cbor/malformed',
    ({ alice, grid }) => {
      let deep: unknown = null;
      for (let level = 0; level < 1000; level++) deep = [deep];
      return oddRecord(alice, { grid, kind: 'transfer', body: { to: deep } });
    },
  ],
  ['another grid', 'record/wrong-grid', ({ alice, bob }) => alice.transfer(seedOf('other grid'), bob.key, 1n)],
  ['a second genesis', 'record/wrong-grid', () => foundGrid([], { name: 'second' }).genesis],
  [
    'a changed amount',
    'record/bad-signature',
    ({ alice, bob, grid }) => {
      const honest = { grid, seq: 1, prev: zero32 };
      const cheap = alice.writeAt(honest, 'transfer', { to: bob.key, amountStroops: 1n });
      const dear = alice.writeAt(honest, 'transfer', { to: bob.key, amountStroops: 2n });
      return encode([dear.slice(3, 3 + (dear[2] ?? 0)), cheap.slice(-64)]);
    },
  ],
  [
    'a seq too far',
    'record/gap',
    ({ alice, bob, grid }) =>
      alice.writeAt({ grid, seq: 2, prev: zero32 }, 'transfer', { to: bob.key, amountStroops: 1n }),
  ],
  [
    'a prev that is not the record before',
    'record/gap',
    ({ alice, bob, grid }) =>
      alice.writeAt({ grid, seq: 1, prev: seedOf('x') }, 'transfer', { to: bob.key, amountStroops: 1n }),
  ],
  [
    'a newer envelope',
    'record/future-version',
    ({ alice, grid }) => oddRecord(alice, { v: 2, grid, kind: 'transfer' }),
  ],
  ['an unknown kind', 'record/unknown-kind', ({ alice, grid }) => oddRecord(alice, { grid, kind: 'teleport' })],
  [
    '1 MB of memo',
    'record/too-large',
    ({ alice, bob, grid }) =>
      oddRecord(alice, {
        grid,
        kind: 'transfer',
        body: { to: bob.key, amountStroops: 1n, memo: 'x'.repeat(1024 * 1024) },
      }),
  ],
];

describe('a record that cannot be valid', () => {
  it.each(cases)('%s is refused by submit with %s, and nothing changes', (_what, code, make) => {
    const world = setUp();
    expect(world.store.submit([make(world)])).toMatchObject([{ error: { code } }]);
    expect(world.store.pendingCount).toBe(0);
    expect(world.store.query('outbox', { limit: 10 })).toEqual([]);
  });

  it.each(cases)('%s is refused at the door with %s, and costs no disk', (_what, code, make) => {
    const world = setUp();
    expect(world.store.admit([make(world)])).toEqual([code]);
    expect(world.store.cutInMs()).not.toBe(0);
  });
});

describe('submit', () => {
  const verdicts = [
    ['an overspend', 'money/insufficient', 101n * tft, undefined],
    ['a memo over the policy', 'money/memo-too-long', 1n, 'x'.repeat(65)],
  ] as const;
  it.each(verdicts)('judges %s at the present head: %s', (_what, code, amount, memo) => {
    const { store, alice, bob, grid } = setUp();
    expect(store.submit([alice.transfer(grid, bob.key, amount, memo)])).toMatchObject([{ error: { code } }]);
    expect(store.pendingCount).toBe(0);
  });

  it('counts what is pending: the second of two that overspend together is refused', () => {
    const { store, alice, bob, grid } = setUp();
    const first = alice.transfer(grid, bob.key, 60n * tft);
    const second = alice.transfer(grid, bob.key, 60n * tft);
    expect(store.submit([first])).toMatchObject([{ view: { state: 'pending' } }]);
    expect(store.submit([second])).toMatchObject([{ error: { code: 'money/insufficient' } }]);
  });

  it('sees records that build on each other, in one call and in several', () => {
    const { store, alice, bob, grid } = setUp();
    const carol = new Author('carol');
    const chain = [
      alice.transfer(grid, bob.key, 50n * tft),
      bob.transfer(grid, carol.key, 40n * tft),
      carol.transfer(grid, alice.key, 30n * tft),
    ];
    expect(store.submit(chain.slice(0, 2))).toMatchObject([{ view: {} }, { view: {} }]);
    expect(store.submit(chain.slice(2))).toMatchObject([{ view: {} }]);
    store.cut();
    expect(store.query('books', {})).toMatchObject({ unexplained: 0n });
    expect(store.query('outbox', { limit: 9 }).map(({ state }) => state)).toEqual(['final', 'final', 'final']);
  });

  it('refuses a record handed in again: pending or final, it is replayed', () => {
    const { store, alice, bob, grid } = setUp();
    const record = alice.transfer(grid, bob.key, tft);
    store.submit([record]);
    expect(store.submit([record])).toMatchObject([{ error: { code: 'record/replayed' } }]);
    store.cut();
    expect(store.submit([record])).toMatchObject([{ error: { code: 'record/replayed' } }]);
  });

  it('G29 one key on two machines: the second record for a seq is forked, and both are named', () => {
    const { store, alice, bob, grid } = setUp();
    const at = { grid, seq: 1, prev: zero32 };
    const here = alice.writeAt(at, 'transfer', { to: bob.key, amountStroops: 1n });
    const there = alice.writeAt(at, 'transfer', { to: bob.key, amountStroops: 2n });
    store.submit([here]);
    const expected = {
      error: { code: 'record/forked', detail: expect.stringMatching(/seq 1: \w{64} stands, \w{64}/) },
    };
    expect(store.submit([there])).toMatchObject([expected]);
    store.cut();
    expect(store.submit([there])).toMatchObject([expected]);
    expect(store.admit([there])).toEqual(['record/forked']);
  });
});

describe('the door', () => {
  it('knows a record that it has, pending or final: its sender may ask again', () => {
    const { store, alice, bob, grid } = setUp();
    const record = alice.transfer(grid, bob.key, tft);
    expect(store.admit([record, record])).toEqual([null, null]);
    store.cut();
    expect(store.admit([record])).toEqual([null]);
    store.cut();
    expect(store.query('account', { address: addressOf(bob.key) })).toMatchObject({ balance: tft });
  });

  it('takes no more of one author than its limit, and more when a block has taken them', () => {
    const alice = new Author('alice');
    const founding = foundGrid([[alice, 100n * tft]]);
    const limits = { pending: 100, pendingPerAuthor: 2, pendingBytes: 1_000_000 };
    const { store } = openGuardianStore(founding, { limits });
    const records = [1n, 2n, 3n].map((amount) => alice.transfer(founding.grid, founding.guardian.key, amount));
    expect(store.admit(records)).toEqual([null, null, 'record/rate-limited']);
    store.cut();
    expect(store.admit(records.slice(2))).toEqual([null]);
  });

  it('takes no more in all than its limits', () => {
    const authors = ['a', 'b', 'c'].map((name) => new Author(name));
    const founding = foundGrid(authors.map((author) => [author, tft] as const));
    const limits = { pending: 2, pendingPerAuthor: 9, pendingBytes: 1_000_000 };
    const { store } = openGuardianStore(founding, { limits });
    const records = authors.map((author) => author.transfer(founding.grid, founding.guardian.key, 1n));
    expect(store.admit(records)).toEqual([null, null, 'record/rate-limited']);
  });
});
