// The outbox: durable order of own records until each is final or rejected, on a member and on a guardian.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gridRules } from '../../../../bcdb/store/grid-rules.ts';
import { previewLimit } from '../../../../bcdb/store/preview.ts';
import { toHex, zero32 } from '../../../../core/bytes.ts';
import { addressOf } from '../../../../core/keys.ts';
import { defaultPolicy } from '../../../../core/policy.ts';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import { catchUp, openFollowerStore, openGuardianStore, openTestStore } from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function setUp() {
  const alice = new Author('alice');
  const bob = new Author('bob');
  const founding = foundGrid([[alice, 100n * tft]]);
  const guardian = openGuardianStore(founding).store;
  const member = openFollowerStore(founding, { folder });
  catchUp(member.store, guardian);
  return { alice, bob, founding, grid: founding.grid, guardian, member: member.store, told: member.outbox };
}

const states = (store: ReturnType<typeof setUp>['member']): readonly unknown[] =>
  store
    .query('outbox', { limit: 10 })
    .toReversed()
    .map(({ state, code, height }) => [state, code, height]);

describe('the outbox of a member', () => {
  it('holds records until their block is executed, and tells', () => {
    const { alice, bob, grid, guardian, member, told } = setUp();
    member.submit([alice.transfer(grid, bob.key, tft), alice.transfer(grid, bob.key, tft)]);
    expect(states(member)).toEqual([
      ['pending', null, null],
      ['pending', null, null],
    ]);
    guardian.admit(member.pending(10).map(({ bytes }) => bytes));
    guardian.cut();
    catchUp(member, guardian);
    expect(states(member)).toEqual([
      ['final', null, 1],
      ['final', null, 1],
    ]);
    expect(told).toMatchObject([{ state: 'final' }, { state: 'final' }]);
    expect(member.pendingCount).toBe(0);
  });

  it('overtaken by several records of its author in one block: the first is forked, the rest follow nothing', () => {
    const { alice, bob, grid, guardian, member } = setUp();
    const elsewhere = new Author('alice');
    member.submit([alice.transfer(grid, bob.key, 1n), alice.transfer(grid, bob.key, 2n)]);
    guardian.admit([3n, 4n, 5n].map((amount) => elsewhere.transfer(grid, bob.key, amount)));
    guardian.cut();
    catchUp(member, guardian);
    expect(states(member)).toEqual([
      ['rejected', 'record/forked', null],
      ['rejected', 'record/gap', null],
    ]);
  });

  it('survives a restart, in order', () => {
    const { alice, bob, grid, member } = setUp();
    member.submit([1n, 2n, 3n].map((amount) => alice.transfer(grid, bob.key, amount)));
    const before = member.pending(10);
    member.close();
    const again = openTestStore({ how: 'open' }, { folder }).store;
    expect(again.pending(10)).toEqual(before);
    expect(again.query('next', { author: addressOf(alice.key) })).toEqual({ seq: 4, prev: alice.last });
    again.close();
  });

  it('says what the next record must carry, the pending ones counted', () => {
    const { alice, bob, grid, member } = setUp();
    const author = addressOf(alice.key);
    expect(member.query('next', { author })).toEqual({ seq: 1, prev: zero32 });
    member.submit([alice.transfer(grid, bob.key, 1n)]);
    expect(member.query('next', { author })).toEqual({ seq: 2, prev: alice.last });
  });

  it('a verdict of the block rejects with its code, and the seq is taken all the same', () => {
    const { alice, bob, grid, guardian, member } = setUp();
    // More than is foreseen one by one: the overspend gets through to its block.
    const many = Array.from({ length: previewLimit }, () => alice.transfer(grid, bob.key, 1n));
    const overspend = alice.transfer(grid, bob.key, 1000n * tft);
    const overspendId = toHex(alice.last);
    const after = alice.transfer(grid, bob.key, 2n);
    for (const result of member.submit([...many, overspend, after])) expect(result).toHaveProperty('view');
    guardian.admit(member.pending(1000).map(({ bytes }) => bytes));
    guardian.cut();
    catchUp(member, guardian);
    expect(member.entry(overspendId)).toMatchObject({ state: 'rejected', code: 'money/insufficient', height: 1 });
    expect(member.entry(toHex(alice.last))).toMatchObject({ state: 'final', code: null });
    expect(member.query('account', { address: addressOf(bob.key) })).toMatchObject({
      balance: BigInt(previewLimit) + 2n,
    });
  });

  it('a record refused at the door takes its followers with it: they are gaps', () => {
    const { alice, bob, grid, member, told } = setUp();
    member.submit([1n, 2n, 3n].map((amount) => alice.transfer(grid, bob.key, amount)));
    const [first] = member.pending(10);
    member.refuse(first?.id ?? '', 'record/kind-unsupported');
    expect(states(member)).toEqual([
      ['rejected', 'record/kind-unsupported', null],
      ['rejected', 'record/gap', null],
      ['rejected', 'record/gap', null],
    ]);
    expect(told).toHaveLength(3);
    expect(member.query('next', { author: addressOf(alice.key) })).toEqual({ seq: 1, prev: zero32 });
  });

  it('a record that stands in a block is final, whatever was said of it at the door', () => {
    const { alice, bob, grid, guardian, member } = setUp();
    member.submit([alice.transfer(grid, bob.key, 1n), alice.transfer(grid, bob.key, 2n)]);
    guardian.admit(member.pending(10).map(({ bytes }) => bytes));
    member.refuse(member.pending(1)[0]?.id ?? '', 'record/rate-limited');
    guardian.cut();
    catchUp(member, guardian);
    expect(states(member)).toEqual([
      ['final', null, 1],
      ['final', null, 1],
    ]);
  });

  it('G29 another machine took the seq: what waited for it here is forked, its followers are gaps', () => {
    const { alice, bob, grid, guardian, member } = setUp();
    const elsewhere = new Author('alice');
    guardian.admit([elsewhere.transfer(grid, bob.key, 7n)]);
    guardian.cut();
    member.submit([alice.transfer(grid, bob.key, 1n), alice.transfer(grid, bob.key, 2n)]);
    catchUp(member, guardian);
    expect(states(member)).toEqual([
      ['rejected', 'record/forked', null],
      ['rejected', 'record/gap', null],
    ]);
    expect(member.query('next', { author: addressOf(alice.key) })).toEqual({ seq: 2, prev: elsewhere.last });
  });
});

describe('the outbox of a guardian', () => {
  it('what was pending at a crash is cut into a block after the restart, once', () => {
    const alice = new Author('alice');
    const founding = foundGrid([[alice, 100n * tft]]);
    const bob = new Author('bob');
    const first = openGuardianStore(founding, { folder: join(folder, 'guardian') }).store;
    first.submit([alice.transfer(founding.grid, bob.key, tft)]);
    first.close();
    const seed = Uint8Array.from(founding.guardian.seed);
    const again = openTestStore({ how: 'open' }, { folder: join(folder, 'guardian'), guardianSeed: seed }).store;
    expect(again.cutInMs()).toBe(0);
    again.cut();
    again.cut();
    expect(again.query('account', { address: addressOf(bob.key) })).toMatchObject({ balance: tft });
    expect(states(again)).toEqual([['final', null, 1]]);
    again.close();
  });

  it('a record on which the rules break down is thrown out with its followers; the others go on', () => {
    const alice = new Author('alice');
    const bob = new Author('bob');
    const founding = foundGrid([
      [alice, 100n * tft],
      [bob, 100n * tft],
    ]);
    const poison = 666n;
    const rules: typeof gridRules = {
      ...gridRules,
      executeRecord(state, record, context) {
        if (BigInt(String(record.body['amountStroops'])) === poison) throw new TypeError('a defect');
        gridRules.executeRecord(state, record, context);
      },
    };
    const { store, defects } = openGuardianStore(founding, { rules });
    const records = [
      bob.transfer(founding.grid, alice.key, 1n),
      alice.transfer(founding.grid, bob.key, poison),
      alice.transfer(founding.grid, bob.key, 5n),
    ];
    expect(store.admit(records)).toEqual([null, null, null]);
    store.cut();
    store.cut();
    expect(defects).toMatchObject([{ detail: expect.stringContaining('a defect') }]);
    expect(store.query('account', { address: addressOf(bob.key) })).toMatchObject({ seq: 1 });
    expect(store.query('account', { address: addressOf(alice.key) })).toMatchObject({ seq: 0 });
    expect(store.query('head', null)).toMatchObject({ height: 1, recordCount: 2 });
  });

  it('keeps the newest thousand final entries, and every one that waits', () => {
    const alice = new Author('alice');
    const founding = foundGrid([[alice, 100n * tft]]);
    const { store } = openGuardianStore(founding);
    for (let round = 0; round < 6; round++) {
      store.submit(Array.from({ length: 200 }, () => alice.transfer(founding.grid, founding.guardian.key, 1n)));
      store.cut();
    }
    const entries = store.query('outbox', { limit: 1000 });
    expect(entries).toHaveLength(1000);
    expect(entries[0]).toMatchObject({ id: toHex(alice.last), state: 'final' });
    expect(store.entry(toHex(alice.last))).toMatchObject({ state: 'final', height: 6 });
  });
});

describe('the outbox of a guardian whose door strangers keep full', () => {
  it('gets its records in as soon as a block made room', () => {
    const alice = new Author('alice');
    const policy = { ...defaultPolicy, limits: { ...defaultPolicy.limits, recordsPerBlock: 1 } };
    const founding = foundGrid([[alice, tft]], { policy });
    const limits = { pending: 2, pendingPerAuthor: 10, pendingBytes: 1_000_000 };
    const { store } = openGuardianStore(founding, { limits });
    const stranger = new Author('stranger');
    const flood = (): void => void store.admit([stranger.transfer(founding.grid, alice.key, 1n)]);
    flood();
    flood();
    store.submit([alice.transfer(founding.grid, stranger.key, 1n)]);
    for (let round = 0; round < 4; round++) {
      store.cut();
      flood();
    }
    expect(states(store)).toMatchObject([['final', null, 3]]);
    store.close();
  });
});
