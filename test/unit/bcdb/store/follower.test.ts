// What a follower takes, what it refuses, and what stops it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridRules } from '../../../../bcdb/store/grid-rules.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { signSodium } from '../../../../bcdb/verify.ts';
import { type Block, decodeBlock, encodeBlock } from '../../../../core/block.ts';
import { zero32 } from '../../../../core/bytes.ts';
import { decode, encode } from '../../../../core/cbor.ts';
import { AppError } from '../../../../core/errors.ts';
import { sealRecord } from '../../../../core/record.ts';
import { type Forgery, forge } from '../../../support/bcdb-forge.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';
import {
  catchUp,
  codeFrom,
  openFollowerStore,
  openGuardianStore,
  openTestStore,
  twoBlocksAhead,
} from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;

type Ahead = { readonly first: Uint8Array; readonly block: Block; readonly record: Uint8Array };

describe('the next block, told ahead,', () => {
  it('is taken as without it, and so is another one than was told', () => {
    const { guardian, follower } = twoBlocksAhead();
    const [first, second] = [guardian.block(1), guardian.block(2)];
    expect([follower.apply(first, second), follower.apply(second, second)]).toEqual(['applied', 'applied']);
    expect(follower.query('head', null)).toEqual(guardian.query('head', null));
    const other = twoBlocksAhead();
    expect(other.follower.apply(other.guardian.block(1), other.guardian.block(1))).toBe('applied');
    expect(other.follower.apply(other.guardian.block(2))).toBe('applied');
  });

  it.each([
    ['a signature', ({ block, record }) => ({ ...block, records: [sealRecord(record, new Uint8Array(64))] })],
    ['no certificate', ({ block }) => ({ ...block, certificate: [] })],
    ['other records', ({ block, first }) => ({ ...block, records: decodeBlock(first).records })],
    ['bytes that are no header', ({ block }) => ({ ...block, headerBytes: Uint8Array.of(1) })],
  ] satisfies readonly (readonly [string, (world: Ahead) => Parameters<typeof encodeBlock>[0]])[])(
    'is refused for what is wrong with it only when its turn comes: %s',
    (_what, spoil) => {
      const { guardian, follower, alarms } = twoBlocksAhead();
      const [first, second] = [guardian.block(1), guardian.block(2)];
      const block = decodeBlock(second);
      const [record] = decode(block.records[0] ?? second) as [Uint8Array];
      const bad = encodeBlock(spoil({ first, block, record }));
      expect(follower.apply(first, bad)).toBe('applied');
      expect(codeFrom(() => follower.apply(bad, second))).toMatch(/^(replica\/bad-|cbor\/)/);
      expect([follower.apply(second), alarms]).toEqual(['applied', []]);
    },
  );
});

describe('a block that proves nothing is refused, and the right one is taken after it', () => {
  type World = ReturnType<typeof twoBlocksAhead>;
  const cases: readonly (readonly [string, string, (world: World) => Uint8Array])[] = [
    ['garbage', 'cbor/malformed', () => Uint8Array.of(1, 2, 3)],
    ['a block out of order', 'replica/bad-block', ({ guardian }) => guardian.block(2)],
    ['a block of another grid', 'replica/bad-block', (world) => forged(world, { header: { grid: seedOf('x') } })],
    ['time that goes back', 'replica/bad-block', (world) => forged(world, { header: { timeMs: 5 } })],
    ['another epoch', 'replica/bad-block', (world) => forged(world, { header: { epoch: 1 } })],
    ['no certificate', 'replica/bad-certificate', (world) => forged(world, { certificate: [] })],
    [
      'a certificate of somebody else',
      'replica/bad-certificate',
      ({ guardian, alice }) => forge(guardian.block(1), alice, {}),
    ],
    [
      'a certificate of another header',
      'replica/bad-certificate',
      (world) => forged(world, { certificate: decodeBlock(world.guardian.block(2)).certificate }),
    ],
    [
      'one signature twice',
      'replica/bad-certificate',
      (world) => {
        const { certificate } = decodeBlock(world.guardian.block(1));
        const stranger = { guardian: world.alice.key, signature: new Uint8Array(64) };
        return forged(world, { certificate: [...certificate, stranger] });
      },
    ],
  ];
  const forged = ({ guardian, author }: World, forgery: Forgery): Uint8Array =>
    forge(guardian.block(1), author, forgery);

  it.each(cases)('%s: %s', (_what, code, make) => {
    const world = twoBlocksAhead();
    expect(codeFrom(() => world.follower.apply(make(world)))).toBe(code);
    expect(world.alarms).toEqual([]);
    catchUp(world.follower, world.guardian);
    expect(world.follower.info()).toMatchObject({ head: world.guardian.info().head, alarm: null });
  });

  it('records that somebody changed on the way: refused, and no alarm', () => {
    const { guardian, follower, alarms, alice, bob, grid } = twoBlocksAhead();
    const block = decodeBlock(guardian.block(1));
    const [record = new Uint8Array(0)] = block.records;
    const spoiled = Uint8Array.from(record);
    spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1;
    for (const records of [[alice.transfer(grid, bob.key, 9n)], [Uint8Array.of(1)], [spoiled]]) {
      expect(codeFrom(() => follower.apply(encodeBlock({ ...block, records })))).toBe('replica/bad-block');
    }
    expect(codeFrom(() => follower.apply(encodeBlock({ ...block, verdicts: ['money/insufficient'] })))).toBe(
      'replica/bad-block',
    );
    expect(alarms).toEqual([]);
    catchUp(follower, guardian);
  });

  it('any byte of it changed: refused, and no alarm (fuzzed)', () => {
    const { guardian, follower, alarms } = twoBlocksAhead();
    const block = guardian.block(1);
    fc.assert(
      fc.property(fc.nat(block.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Uint8Array.from(block);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        expect(codeFrom(() => follower.apply(bytes))).toMatch(/^(cbor\/|replica\/bad-)/);
      }),
      { numRuns: 300 },
    );
    expect(alarms).toEqual([]);
    catchUp(follower, guardian);
  });

  it('the genesis of another grid is refused as block 0', () => {
    const founding = foundGrid([], { name: 'mine' });
    const other = openGuardianStore(foundGrid([], { name: 'other' })).store;
    const { store } = openFollowerStore(founding);
    expect(codeFrom(() => store.apply(other.block(0)))).toBe('replica/bad-block');
    expect(store.info().head).toBeNull();
  });
});

describe('what the guardians signed and cannot be right stops the replica', () => {
  const refusesAll = (
    { follower, guardian, alice, bob, grid }: ReturnType<typeof twoBlocksAhead>,
    code: string,
  ): void => {
    expect(follower.info().alarm).toMatchObject({ code });
    expect(codeFrom(() => follower.apply(guardian.block(1)))).toBe(code);
    expect(codeFrom(() => follower.submit([alice.transfer(grid, bob.key, 1n)]))).toBe(code);
  };

  it('a block whose execution comes to another state: diverged, nothing kept', () => {
    const world = twoBlocksAhead();
    const before = world.follower.info().head;
    const block = forge(world.guardian.block(1), world.author, { header: { execHash: seedOf('other state') } });
    expect(codeFrom(() => world.follower.apply(block))).toBe('replica/diverged');
    expect(world.alarms).toMatchObject([{ code: 'replica/diverged', detail: expect.stringContaining('other state') }]);
    expect(world.follower.info().head).toEqual(before);
    refusesAll(world, 'replica/diverged');
  });

  it('a block with other verdicts than ours: diverged, and the record is named', () => {
    const world = twoBlocksAhead();
    const block = forge(world.guardian.block(1), world.author, { verdicts: ['money/insufficient'] });
    expect(codeFrom(() => world.follower.apply(block))).toBe('replica/diverged');
    expect(world.alarms).toMatchObject([{ detail: 'record 0 of block 1: ok here, money/insufficient there' }]);
  });

  it('rules of another version come to another state: diverged', () => {
    const alice = new Author('alice');
    const founding = foundGrid([[alice, 100n * tft]]);
    const guardian = openGuardianStore(founding).store;
    const rules = {
      ...gridRules,
      executeRecord: () => {
        throw new AppError('money/insufficient');
      },
    };
    const { store } = openFollowerStore(founding, { rules });
    guardian.submit([alice.transfer(founding.grid, founding.guardian.key, 1n)]);
    guardian.cut();
    expect(codeFrom(() => catchUp(store, guardian))).toBe('replica/diverged');
  });

  it('rules that break down on a block the guardians executed: diverged', () => {
    const alice = new Author('alice');
    const founding = foundGrid([[alice, 100n * tft]]);
    const guardian = openGuardianStore(founding).store;
    const rules = {
      ...gridRules,
      executeRecord: () => {
        throw new TypeError('a defect');
      },
    };
    const { store } = openFollowerStore(founding, { rules });
    guardian.submit([alice.transfer(founding.grid, founding.guardian.key, 1n)]);
    guardian.cut();
    expect(codeFrom(() => catchUp(store, guardian))).toBe('replica/diverged');
  });

  it('a second certified block at a height: forked, with the first record that differs', () => {
    const world = twoBlocksAhead();
    catchUp(world.follower, world.guardian);
    const other = world.alice.transfer(world.grid, world.bob.key, 9n);
    const block = forge(world.guardian.block(2), world.author, { records: [other] });
    expect(codeFrom(() => world.follower.apply(block))).toBe('replica/forked-head');
    expect(world.alarms).toMatchObject([{ detail: expect.stringContaining('height 2: record 0 differs') }]);
    refusesAll(world, 'replica/forked-head');
  });

  it('a block on top of another history: forked', () => {
    const world = twoBlocksAhead();
    const block = forge(world.guardian.block(1), world.author, { header: { prev: seedOf('other history') } });
    expect(codeFrom(() => world.follower.apply(block))).toBe('replica/forked-head');
  });

  it('a kind that this version does not know, executed by the guardians: outdated', () => {
    const world = twoBlocksAhead();
    const signed = encode({
      v: 1,
      grid: world.grid,
      kind: 'teleport',
      author: world.bob.key,
      seq: 1,
      prev: zero32,
      body: {},
    });
    const record = sealRecord(signed, signSodium(world.bob.seed, signed));
    const block = forge(world.guardian.block(1), world.author, { records: [record] });
    expect(codeFrom(() => world.follower.apply(block))).toBe('replica/outdated');
  });

  it('the same block again is known, and no alarm', () => {
    const { follower, guardian, alarms } = twoBlocksAhead();
    catchUp(follower, guardian);
    expect(follower.apply(guardian.block(1))).toBe('known');
    expect(alarms).toEqual([]);
  });
});

describe('what is here is not what a quorum signed: damage of this disk, and no proof against the guardians', () => {
  type Met = (store: Store, right: Uint8Array) => unknown;
  const applied: Met = (store, right) => store.apply(right);
  const told: Met = (store, right) => {
    const { headerBytes: header, certificate } = decodeBlock(right);
    return store.judgeTold({ header, certificate: [...certificate] });
  };

  it.each([
    ['a header', 'UPDATE blocks SET header = (SELECT header FROM blocks WHERE height = 2) WHERE height = 1', applied],
    ['a hash', 'UPDATE blocks SET hash = zeroblob(32) WHERE height = 1', told],
  ] as const)('%s', (_what, sql, meet) => {
    const folder = mkdtempSync(join(tmpdir(), 'follower-'));
    const { founding, guardian } = twoBlocksAhead();
    const first = openFollowerStore(founding, { folder }).store;
    catchUp(first, guardian);
    first.close();
    const db = new Database(join(folder, 'replica.db'));
    expect(db.prepare(sql).run().changes).toBe(1);
    db.close();
    const { store, alarms } = openTestStore({ how: 'open' }, { folder });
    expect(codeFrom(() => meet(store, guardian.block(1)))).toBe('replica/corrupt');
    expect(alarms.map((alarm) => alarm?.code)).toEqual(['replica/corrupt']);
    expect(store.query('evidence', { limit: 10 }).items).toEqual([]);
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
