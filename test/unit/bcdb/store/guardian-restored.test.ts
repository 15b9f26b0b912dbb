// What a guardian promised outlives its process, and an old backup of its disk.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { signSodium } from '../../../../bcdb/verify.ts';
import { headerHash } from '../../../../core/block.ts';
import { encode } from '../../../../core/cbor.ts';
import { prepareBytes } from '../../../../core/guardian.ts';
import { Author } from '../../../support/bcdb-grid.ts';
import {
  agree,
  commitBlock,
  firstProposal,
  foundSharedGrid,
  nextProposal,
  openGuardianStores,
  signerOf,
} from '../../../support/bcdb-guardians.ts';
import { catchUp, codeFrom, openTestStore } from '../../../support/bcdb-store.ts';
import { signatureOf } from '../../../support/two-statements.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Four guardians with block 0; the first one keeps its database in a folder. */
function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'guardian-'));
  folders.push(folder);
  const alice = new Author('alice');
  const founding = foundSharedGrid(4, [[alice, 1000n]]);
  const [lead] = founding.guardians;
  if (lead === undefined) throw new Error('no guardian');
  const others = openGuardianStores(founding)
    .slice(1)
    .map(({ store }) => store);
  const open = (at = folder) =>
    openTestStore({ how: 'create', genesis: founding.genesis }, { folder: at, guardianSeed: lead.seed }).store;
  const first = open();
  commitBlock([first, ...others], firstProposal(founding));
  const record = alice.transfer(founding.grid, lead.key, 1n);
  const rival = new Author('alice').transfer(founding.grid, lead.key, 2n);
  return { folder, founding, others, first, open, record, rival };
}

/** A copy of a closed database, as a backup has it. */
function backUp(folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'backup-'));
  folders.push(copy);
  mkdirSync(copy, { recursive: true });
  copyFileSync(join(folder, 'replica.db'), join(copy, 'replica.db'));
  return copy;
}

describe('after a restart', () => {
  it('a guardian prepares and signs nothing else at a height, and gives the same again', () => {
    const { first, others, open, record, rival } = setUp();
    const proposal = nextProposal(first, [record]);
    const { certificate } = agree([first, ...others], proposal);
    first.close();
    const again = open();
    again.act((acts) => acts.propose(nextProposal(again, [rival])));
    expect(codeFrom(() => again.act((acts) => acts.prepare()))).toBe('replica/forked-head');
    expect(again.act((acts) => acts.locked())?.proposal).toEqual(proposal);
    again.act((acts) => acts.propose(proposal));
    const prepares = others.map((store) => signerOf(store.act((acts) => acts.prepare())));
    expect(again.act((acts) => acts.lock(0, prepares))).toEqual(certificate[0]);
    again.act((acts) => acts.certify(certificate));
    expect(again.info().head?.height).toBe(1);
    again.close();
  });

  it('it stays in the epoch that it moved to', () => {
    const { first, open } = setUp();
    first.act((acts) => acts.move(3));
    first.close();
    const again = open();
    expect(again.situation().epoch).toBe(3);
    again.act((acts) => acts.propose(nextProposal(again, [], { epoch: 0 })));
    expect(codeFrom(() => again.act((acts) => acts.prepare()))).toBe('guardian/wrong-epoch');
    again.close();
  });

  it('founders that stopped before block 0 was certified go on', () => {
    const folder = mkdtempSync(join(tmpdir(), 'guardian-'));
    folders.push(folder);
    const founding = foundSharedGrid(3);
    const guardianSeed = founding.guardian.seed;
    const created = openTestStore({ how: 'create', genesis: founding.genesis }, { folder, guardianSeed }).store;
    created.act((acts) => acts.propose(firstProposal(founding)));
    created.act((acts) => acts.prepare());
    created.close();
    const opened = openTestStore({ how: 'open' }, { folder, guardianSeed }).store;
    expect(opened.situation()).toMatchObject({ role: 'several', genesis: founding.genesis });
    const others = openGuardianStores(founding).slice(1);
    commitBlock([opened, ...others.map(({ store }) => store)], firstProposal(founding));
    expect(opened.situation()).toMatchObject({ genesis: null, head: { height: 0 } });
    opened.close();
  });
});

describe('restored from an old backup', () => {
  /** What the first guardian said at height 1 after its backup was made, as it stands in the stream. */
  function restored() {
    const world = setUp();
    const { first, folder, open, others, record } = world;
    first.close();
    const backup = backUp(folder);
    const before = open();
    const proposal = nextProposal(before, [record]);
    const stores = [before, ...others];
    for (const store of stores) store.act((acts) => acts.propose(proposal));
    const statements = stores.map((store) => store.act((acts) => acts.prepare()));
    const prepares = statements.map(signerOf);
    const certificate = stores.map((store) => store.act((acts) => acts.lock(0, prepares)));
    const { headerBytes } = before.act((acts) => acts.propose(proposal));
    before.close();
    const share = encode([headerBytes, certificate[0]?.guardian, certificate[0]?.signature]);
    const [statement = new Uint8Array(0)] = statements;
    return { ...world, again: open(backup), proposal, prepares, certificate, share, statement, headerBytes };
  }

  it('a guardian would prepare another header, had it not read its own prepare: then it refuses', () => {
    const { again, rival, statement } = restored();
    again.adopt(statement, 0);
    again.adopt(statement, 0);
    again.act((acts) => acts.propose(nextProposal(again, [rival])));
    expect(codeFrom(() => again.act((acts) => acts.prepare()))).toBe('replica/forked-head');
    expect(again.info().alarm).toBeNull();
    again.close();
  });

  it('a guardian would sign another header, had it not read its own share: then it refuses', () => {
    const { again, rival, share, founding } = restored();
    again.adopt(share, 0);
    const { headerBytes } = again.act((acts) => acts.propose(nextProposal(again, [rival])));
    const message = prepareBytes({ grid: founding.grid, epoch: 0, height: 1, header: headerHash(headerBytes) });
    const forged = founding.guardians.map(({ key, seed }) => ({ guardian: key, signature: signSodium(seed, message) }));
    expect(codeFrom(() => again.act((acts) => acts.lock(0, forged)))).toBe('replica/forked-head');
    again.close();
  });

  it('a guardian does not move without the lock that its signature rests on, and gets it back from the stream', () => {
    const { again, share, proposal, prepares, certificate } = restored();
    again.adopt(share, 0);
    expect(codeFrom(() => again.act((acts) => acts.move(1)))).toBe('guardian/bad-lock');
    again.act((acts) => acts.propose(proposal));
    expect(again.act((acts) => acts.lock(0, prepares))).toEqual(certificate[0]);
    expect(again.act((acts) => acts.move(1))).toBeInstanceOf(Uint8Array);
    again.close();
  });

  it('a lock of an earlier epoch is not the one that its signature rests on: it does not move with that either', () => {
    const { again, proposal, prepares, headerBytes, founding } = restored();
    again.act((acts) => acts.propose(proposal));
    again.act((acts) => acts.lock(0, prepares));
    const later = signatureOf(founding.guardian, headerBytes, 1);
    again.adopt(encode([headerBytes, later.guardian, later.signature]), 1);
    expect(codeFrom(() => again.act((acts) => acts.move(2)))).toBe('guardian/bad-lock');
    again.close();
  });

  it('a guardian takes its move back too', () => {
    const { again, others, founding } = restored();
    const lead = founding.guardian;
    const twin = openTestStore({ how: 'join', grid: founding.grid }, { guardianSeed: lead.seed }).store;
    catchUp(twin, again);
    again.adopt(
      twin.act((acts) => acts.move(4)),
      0,
    );
    expect(again.situation().epoch).toBe(4);
    expect(others).toHaveLength(3);
    again.close();
  });

  it('a proof that its own key said two things stops it for good', () => {
    const { again, statement, founding } = restored();
    again.adopt(statement, 0);
    const bytes = prepareBytes({ grid: founding.grid, epoch: 0, height: 1, header: founding.grid });
    const second = encode([bytes, founding.guardian.key, signSodium(founding.guardian.seed, bytes)]);
    expect(codeFrom(() => again.adopt(second, 0))).toBe('replica/forked-head');
    expect(again.info().alarm).toMatchObject({ code: 'replica/forked-head' });
    expect(codeFrom(() => again.act((acts) => acts.prepare()))).toBe('replica/forked-head');
    again.close();
  });
});

it('the database itself refuses a second signature in one epoch, and one in an earlier epoch', () => {
  const { first, others, folder, record } = setUp();
  agree([first, ...others], nextProposal(first, [record], { epoch: 0 }));
  first.close();
  const db = new Database(join(folder, 'replica.db'));
  const insert = db.prepare('INSERT INTO signed (height, epoch, hash, signature) VALUES (?, ?, ?, ?)');
  const hash = Buffer.alloc(32);
  expect(() => insert.run(1, 0, hash, hash)).toThrow('signed in this epoch or a later one');
  insert.run(1, 2, hash, hash);
  expect(() => insert.run(1, 1, hash, hash)).toThrow('signed in this epoch or a later one');
  db.close();
});
