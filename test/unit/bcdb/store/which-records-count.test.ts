// Of what stands in the stream, every guardian puts the same records into the block, whatever waits at its own door.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridRules } from '../../../../bcdb/store/grid-rules.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { signSodium } from '../../../../bcdb/verify.ts';
import { toHex, zero32 } from '../../../../core/bytes.ts';
import { encode } from '../../../../core/cbor.ts';
import { addressOf } from '../../../../core/keys.ts';
import { defaultPolicy } from '../../../../core/policy.ts';
import { sealRecord } from '../../../../core/record.ts';
import { Author, seedOf } from '../../../support/bcdb-grid.ts';
import { commitBlock, nextProposal, sharedWorld } from '../../../support/bcdb-guardians.ts';
import { catchUp, codeFrom, openFollowerStore } from '../../../support/bcdb-store.ts';

const proposed = (store: Store, records: readonly Uint8Array[]) =>
  store.act((acts) => acts.propose(nextProposal(store, records)));

/** Flips a bit of a record's signature. */
function spoiled(record: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(record);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}

describe('a record', () => {
  const at = { seq: 1, prev: zero32 };

  it('that cannot count is left out: bad shape, signature, grid, size, a gap, one that stands already', () => {
    const { first, alice, bob, grid } = sharedWorld();
    const good = alice.transfer(grid, bob.key, 1n);
    const big = sealRecord(
      ...((): [Uint8Array, Uint8Array] => {
        const body = { to: bob.key, amountStroops: 1n, memo: 'x'.repeat(300_000) };
        const signed = encode({ v: 1, grid, kind: 'transfer', author: bob.key, ...at, body });
        return [signed, signSodium(bob.seed, signed)];
      })(),
    );
    const out = [
      Uint8Array.of(0xff),
      encode({ hello: 'world' }),
      spoiled(bob.writeAt({ grid, ...at }, 'transfer', { to: alice.key, amountStroops: 1n })),
      bob.writeAt({ grid: seedOf('other'), ...at }, 'transfer', { to: alice.key, amountStroops: 1n }),
      bob.writeAt({ grid, seq: 2, prev: zero32 }, 'transfer', { to: alice.key, amountStroops: 1n }),
      bob.writeAt({ grid, seq: 1, prev: seedOf('x') }, 'transfer', { to: alice.key, amountStroops: 1n }),
      big,
    ];
    const block = proposed(first, [...out, good, good, ...out]);
    expect(block).toMatchObject({ records: [good], verdicts: ['ok'] });
    const { stores } = sharedWorld();
    commitBlock(stores, nextProposal(first, [good]));
    expect(proposed(stores[0] as Store, [good]).records).toEqual([]);
  });

  it('that the rules refuse takes its seq and stays, with its verdict; so does an unknown kind', () => {
    const { first, alice, bob, grid } = sharedWorld();
    const signed = encode({ v: 1, grid, kind: 'teleport', author: alice.key, ...at, body: {} });
    const odd = sealRecord(signed, signSodium(alice.seed, signed));
    const poor = bob.transfer(grid, alice.key, 1n);
    const next = bob.transfer(grid, alice.key, 2n);
    expect(proposed(first, [poor, odd, next])).toMatchObject({
      records: [poor, odd, next],
      verdicts: ['money/insufficient', 'record/unknown-kind', 'money/insufficient'],
    });
  });

  it('that is the second one for a seq stays as evidence; a third, or the same again, does not', () => {
    const { stores, first, alice, bob, grid } = sharedWorld();
    const fork = (amountStroops: bigint) => alice.writeAt({ grid, ...at }, 'transfer', { to: bob.key, amountStroops });
    const good = alice.transfer(grid, bob.key, 1n);
    const [second, third, fourth] = [fork(2n), fork(3n), fork(4n)];
    expect(proposed(first, [good, second, second, third])).toMatchObject({
      records: [good, second],
      verdicts: ['ok', 'record/forked'],
    });
    commitBlock(stores, nextProposal(first, [good, second, second, third]));
    expect(proposed(first, [second, fourth, good]).records).toEqual([]);
    expect(first.query('books', {})).toMatchObject({ unexplained: 0n });
  });

  it('on which the rules break down is left out with what follows it, and the grid goes on', () => {
    const rules: typeof gridRules = {
      ...gridRules,
      executeRecord(state, record, context) {
        if (record.seq === 2) throw new TypeError('a defect of ours');
        gridRules.executeRecord(state, record, context);
      },
    };
    const { opened, stores, first, alice, bob, grid, founding } = sharedWorld(4, { rules });
    const records = [1n, 2n, 3n].map((amount) => alice.transfer(grid, bob.key, amount));
    expect(first.admit(records)).toEqual([null, null, null]);
    commitBlock(stores, nextProposal(first, records));
    expect(opened.map(({ defects }) => defects.length)).toEqual([1, 1, 1, 1]);
    expect(first.query('account', { address: addressOf(bob.key) }).balance).toBe(1n);
    expect(first.situation().waiting).toBe(0);
    const follower = openFollowerStore(founding, { rules }).store;
    catchUp(follower, first);
    expect(follower.info()).toMatchObject({ alarm: null, head: first.info().head });
  });
});

describe('guardians with different doors', () => {
  it('come to the same block of the same stream, whatever each of them admitted (property)', () => {
    const names = ['a', 'b', 'c'];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 4 }), fc.nat(2), fc.boolean()), { maxLength: 12 }),
        fc.array(fc.array(fc.nat(11), { maxLength: 6 }), { minLength: 3, maxLength: 3 }),
        (steps, doors) => {
          const { stores, first, grid } = sharedWorld(3);
          const people = names.map((name) => new Author(name));
          const stream = steps.map(([who, seq, to, isGood], index) => {
            const author = people[who] as Author;
            const body = { to: (people[to] as Author).key, amountStroops: BigInt(index + 1) };
            const record =
              author.seq + 1 === seq
                ? author.write(grid, 'transfer', body)
                : author.writeAt({ grid, seq, prev: author.last }, 'transfer', body);
            return isGood ? record : spoiled(record);
          });
          for (const [index, picks] of doors.entries()) {
            const some = picks.flatMap((pick) => stream[pick] ?? []);
            (stores[index] as Store).admit(some);
            (stores[index] as Store).takeAdmitted(index, 10_000);
          }
          const headers = stores.map((store) => toHex(proposed(store, stream).headerBytes));
          expect(new Set(headers).size).toBe(1);
          commitBlock(stores, nextProposal(first, stream));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('take no signature for good that only another record with the same id had', () => {
    const { stores, first, alice, bob, grid } = sharedWorld();
    const record = alice.transfer(grid, bob.key, 1n);
    expect(first.admit([record])).toEqual([null]);
    const headers = stores.map((store) => toHex(proposed(store, [spoiled(record)]).headerBytes));
    expect(new Set(headers).size).toBe(1);
    expect(proposed(first, [spoiled(record)]).records).toEqual([]);
  });
});

it('the limit on a record is that of the policy in force before the block', () => {
  const policy = { ...defaultPolicy, limits: { ...defaultPolicy.limits, recordBytes: 1024 } };
  const { first, alice, bob, grid } = sharedWorld(4, { policy });
  const long = alice.writeAt({ grid, seq: 1, prev: zero32 }, 'transfer', {
    to: bob.key,
    amountStroops: 1n,
    memo: 'x'.repeat(1000),
  });
  expect(proposed(first, [long]).records).toEqual([]);
  expect(codeFrom(() => first.act((acts) => acts.prepare()))).toBeUndefined();
});
