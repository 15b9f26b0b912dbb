// Transfers, genesis allocations, profiles, and the kinds that the rules refuse as a whole.

import { describe, expect, test } from 'vitest';
import { unexplained } from '../../../../bcdb/rules/books.ts';
import { executeRecord } from '../../../../bcdb/rules/execute.ts';
import { executeGenesis } from '../../../../bcdb/rules/genesis.ts';
import { MemoryState } from '../../../../bcdb/rules/memory-state.ts';
import { type Held, lock, mint, refund, sharesOf } from '../../../../bcdb/rules/money.ts';
import { netProofBytes } from '../../../../core/bodies.ts';
import { zero32 } from '../../../../core/bytes.ts';
import { codeOf } from '../../../../core/errors.ts';
import { maxStroops } from '../../../../core/money.ts';
import { type Person, signBy } from '../../../support/fast-keys.ts';
import { faultsOf } from './invariants.ts';
import { person, startMs, testPolicy, tft, World } from './world.ts';

const [alice, bob] = [person('alice'), person('bob')];
const codeBy = (action: () => unknown): string | undefined => {
  try {
    action();
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
};

describe('transfer', () => {
  test('moves the amount, makes the account, and writes both statements', () => {
    const world = new World(testPolicy, [[alice, tft(10)]]);
    expect(world.pay(alice, bob, tft(3.5), 'lunch')).toBe('ok');
    expect([world.balance(alice), world.balance(bob)]).toEqual([tft(6.5), tft(3.5)]);
    const line = { reason: 'transfer', contract: null, memo: 'lunch' };
    expect(world.state.ledger.slice(-2)).toEqual([
      { ...line, account: alice.hex, delta: -tft(3.5), counterparty: bob.hex },
      { ...line, account: bob.hex, delta: tft(3.5), counterparty: alice.hex },
    ]);
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('of more than there is is refused, says what is missing, and leaves no trace', () => {
    const world = new World(testPolicy, [[alice, tft(10)]]);
    const before = [world.state.all('account'), world.state.ledger.length, world.state.history.length];
    const refused = world.submit(world.record('transfer', alice, { to: bob.key, amountStroops: tft(10) + 1n }));
    expect(refused).toEqual({ code: 'money/insufficient', detail: '0.0000001 TFT missing' });
    expect([world.state.all('account'), world.state.ledger.length, world.state.history.length]).toEqual(before);
    expect(world.pay(bob, alice, 1n)).toBe('money/insufficient');
  });

  test('to oneself changes nothing but the statement', () => {
    const world = new World(testPolicy, [[alice, tft(10)]]);
    expect(world.pay(alice, alice, tft(10))).toBe('ok');
    expect(world.balance(alice)).toBe(tft(10));
    expect(faultsOf(world.state)).toEqual([]);
  });

  test('of nothing, of less than nothing, or with an unknown field is no transfer', () => {
    const world = new World(testPolicy, [[alice, tft(10)]]);
    for (const amountStroops of [0n, -5n, 2n ** 63n, 1.5]) {
      expect(world.submit(world.record('transfer', alice, { to: bob.key, amountStroops: 1n })).code).toBe('ok');
      const record = world.record('transfer', alice, { to: bob.key, amountStroops: 1n });
      expect(world.submit({ ...record, body: { to: bob.key, amountStroops } }).code).toBe('record/malformed');
    }
    const extra = world.record('transfer', alice, { to: bob.key, amountStroops: 1n, fee: 1n });
    expect(world.submit(extra).code).toBe('record/malformed');
  });

  test('with a memo over the limit of the policy is refused, counted in bytes', () => {
    const world = new World(testPolicy, [[alice, tft(10)]]);
    expect(world.pay(alice, bob, 1n, 'x'.repeat(64))).toBe('ok');
    expect(world.pay(alice, bob, 1n, 'x'.repeat(65))).toBe('money/memo-too-long');
    expect(world.pay(alice, bob, 1n, '€'.repeat(22))).toBe('money/memo-too-long');
  });
});

describe('genesis', () => {
  const genesis = (change: object) => {
    const world = new World();
    const body = {
      name: 'g',
      createdMs: startMs,
      guardians: [alice.key],
      policy: testPolicy,
      allocations: [{ to: alice.key, amountStroops: 5n }],
      ...change,
    };
    return { record: world.record('genesis', alice, body), state: new MemoryState() };
  };

  test('sets policy and guardians, and mints what it allocates', () => {
    const { record, state } = genesis({});
    executeGenesis(state, record, startMs);
    expect(state.get('policy', 'grid')).toEqual({ ...testPolicy, guardians: [alice.hex], name: 'g' });
    expect(state.get('totals', 'grid')).toEqual({ minted: 5n, burned: 0n, balances: 5n, locked: 0n });
    expect(faultsOf(state)).toEqual([]);
  });

  test('is refused a second time, with a guardian twice, from the future, or with more than can exist', () => {
    const { record, state } = genesis({});
    executeGenesis(state, record, startMs);
    expect(codeBy(() => executeGenesis(state, record, startMs))).toBe('grid/exists');
    const world = new World();
    expect(world.submit(record).code).toBe('grid/exists');
    const allocation = { to: alice.key, amountStroops: maxStroops };
    const refusals = [
      [{ guardians: [alice.key, alice.key] }, 'record/malformed'],
      [{ createdMs: startMs + 1 }, 'record/malformed'],
      [{ allocations: [allocation, { ...allocation, amountStroops: 1n }] }, 'money/bad-amount'],
    ] as const;
    for (const [change, code] of refusals) {
      const bad = genesis(change);
      expect(codeBy(() => executeGenesis(bad.state, bad.record, startMs))).toBe(code);
    }
  });

  test('is no other record, and no other record runs before it', () => {
    const world = new World();
    const record = world.record('transfer', alice, { to: bob.key, amountStroops: 1n });
    expect(codeBy(() => executeGenesis(new MemoryState(), record, startMs))).toBe('record/malformed');
    const context = { grid: zero32, timeMs: startMs, verify: () => true };
    expect(codeBy(() => executeRecord(new MemoryState(), record, context))).toBe('grid/none');
  });
});

describe('profile', () => {
  const net = person('net of alice');
  /** Alice's profile as she would write it in `world`; `proof` says whose transport it is. */
  const profileIn = (world: World, who = alice, proof = signBy(net, proofOf(world, who))) => ({
    name: 'Alice',
    roles: ['consumer' as const],
    net: net.key,
    netProof: proof,
  });
  const proofOf = (world: World, who: Person): Uint8Array => netProofBytes({ grid: world.grid, account: who.key });

  test('is published and published anew; names need not be unique', () => {
    const world = new World();
    expect(world.say('profile', alice, profileIn(world))).toBe('ok');
    expect(world.say('profile', bob, profileIn(world, bob))).toBe('ok');
    expect(world.say('profile', alice, { ...profileIn(world), name: 'Ada', roles: ['farmer', 'farmer'] })).toBe('ok');
    expect(world.state.get('profile', alice.hex)).toMatchObject({ name: 'Ada', roles: ['farmer'] });
    expect(world.life(alice.hex)).toEqual(['published', 'published']);
  });

  test('with a name that hides something is refused', () => {
    const world = new World();
    const profile = profileIn(world);
    expect(world.say('profile', alice, { ...profile, name: ' Alice' })).toBe('profile/bad-name');
    expect(world.say('profile', alice, { ...profile, name: '   ' })).toBe('profile/bad-name');
    expect(world.submit(world.record('profile', alice, { ...profile, name: 'A\u202elice' })).code).toBe(
      'record/malformed',
    );
  });

  test('with a transport that did not say that it is hers is refused: nobody puts his name on another’s', () => {
    const world = new World();
    const byBob = signBy(bob, proofOf(world, alice));
    const forBob = signBy(net, proofOf(world, bob));
    const elsewhere = signBy(net, netProofBytes({ grid: zero32, account: alice.key }));
    for (const proof of [byBob, forBob, elsewhere, new Uint8Array(64)]) {
      expect(world.say('profile', alice, profileIn(world, alice, proof))).toBe('profile/net-not-proven');
    }
  });
});

test('known kinds that are not executed yet and unknown kinds are told apart', () => {
  const world = new World();
  const amend = {
    contract: zero32,
    document: zero32,
    approvals: [{ signer: zero32, purpose: 'amend', signature: new Uint8Array(64) }],
  };
  expect(world.submit(world.record('amend', alice, amend)).code).toBe('record/kind-unsupported');
  expect(world.submit(world.record('karma', alice, {})).code).toBe('record/unknown-kind');
  expect(world.submit(world.record('constructor', alice, {})).code).toBe('record/unknown-kind');
});

describe('money that is locked', () => {
  const empty: Held = { id: 'c', payer: alice.hex, paid: [], earned: 0n, refunded: 0n };

  test('is shared by payers in proportion, rounded down, the remainder to the first', () => {
    const paid = [alice, bob].map((who, index) => ({ key: who.hex, amount: index === 0 ? 1n : 2n }));
    const shares = (earned: bigint) => sharesOf({ ...empty, paid, earned }).map((share) => share.amount);
    expect([shares(0n), shares(1n), shares(2n), shares(3n)]).toEqual([
      [1n, 2n],
      [1n, 1n],
      [1n, 0n],
      [0n, 0n],
    ]);
  });

  test('goes back to the last stroop', () => {
    const world = new World(testPolicy, [
      [alice, 100n],
      [bob, 100n],
    ]);
    const held = lock(world.state, lock(world.state, empty, alice.hex, 33n, 'lock'), bob.hex, 67n, 'topup');
    expect([world.locked(alice), world.locked(bob)]).toEqual([33n, 67n]);
    refund(world.state, refund(world.state, held));
    expect([world.balance(alice), world.balance(bob), world.locked(alice), world.locked(bob)]).toEqual([
      100n,
      100n,
      0n,
      0n,
    ]);
  });

  test('no mint goes over what can exist', () => {
    const world = new World(testPolicy, [[alice, maxStroops - 3n]]);
    expect(mint(world.state, bob.hex, 10n, 'mint')).toBe(3n);
    expect(mint(world.state, bob.hex, 10n, 'mint')).toBe(0n);
    expect(faultsOf(world.state)).toEqual([]);
  });
});

test('unexplained says by how much the books are wrong', () => {
  expect(unexplained({ minted: 10n, burned: 1n, balances: 5n, locked: 4n })).toBe(0n);
  expect(unexplained({ minted: 10n, burned: 1n, balances: 5n, locked: 3n })).toBe(1n);
});

test('a refused record inside a savepoint leaves everything as it was, savepoints nest', () => {
  const state = new MemoryState();
  state.put('account', 'a', { key: 'a', balance: 1n, locked: 0n });
  state.begin();
  state.put('account', 'a', { key: 'a', balance: 2n, locked: 0n });
  state.begin();
  state.put('account', 'a', { key: 'a', balance: 3n, locked: 0n });
  state.put('account', 'b', { key: 'b', balance: 3n, locked: 0n });
  state.undo();
  expect(state.all('account').map((account) => account.balance)).toEqual([2n]);
  state.undo();
  expect(state.all('account').map((account) => account.balance)).toEqual([1n]);
});
