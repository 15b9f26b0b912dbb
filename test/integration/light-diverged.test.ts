// A newcomer that begins with a snapshot which the guardians certified, and which their blocks do not lead to: the verification
// behind it stops the replica, keeps the proof where people look for it, and takes nothing over.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { startVerification } from '../../bcdb/replica/light-verify.ts';
import type { Rules } from '../../bcdb/store/executor.ts';
import { gridRules } from '../../bcdb/store/grid-rules.ts';
import { openSnapshotService } from '../../bcdb/store/snapshot-service.ts';
import { startStore } from '../../bcdb/store/store-client.ts';
import { verifySodium } from '../../bcdb/verify.ts';
import { decodeBlock, decodeHeader } from '../../core/block.ts';
import type { Bodies } from '../../core/bodies.ts';
import { decode, encode } from '../../core/cbor.ts';
import { codeOf, type ErrorData } from '../../core/errors.ts';
import { forge } from '../support/bcdb-forge.ts';
import { type TestGrid, until } from '../support/bcdb-replicas.ts';
import { importAll, sourceOf } from '../support/bcdb-snapshot.ts';
import { openFollowerStore } from '../support/bcdb-store.ts';
import { foundLong, heightOf, openLongGrid, writeHistory } from '../support/light-grid.ts';

const lieHeight = 100;

/** One payment moves more than was signed for. */
const lyingRules: Rules = {
  ...gridRules,
  executeRecord(state, record, context) {
    const body = record.body as Bodies['transfer'];
    const isLie = record.kind === 'transfer' && record.seq === lieHeight;
    gridRules.executeRecord(state, isLie ? { ...record, body: { ...body, amountStroops: 1000n } } : record, context);
  },
};

let grid: TestGrid | undefined;
let root = '';
afterEach(async () => {
  await grid?.end();
  grid = undefined;
  if (root !== '') rmSync(root, { recursive: true, force: true });
  root = '';
});

describe('a snapshot that was certified by liars', { timeout: 120_000 }, () => {
  it('of a state that their blocks do not lead to stops the replica, again after a restart; the proof is kept', async () => {
    const { made, invitation, alice, bob, founding } = await openLongGrid({ height: 260, each: 1, rules: lyingRules });
    grid = made;
    const first = await made.member('member', { how: 'join', invitation }, { keeps: 'light' });
    for (const start of ['first', 'again'] as const) {
      const member = start === 'first' ? first : await made.member('member', { how: 'open' }, { keeps: 'light' });
      await until('the verification to find it', () => member.state().alarm !== null, 60_000);
      expect(member.state()).toMatchObject({ state: 'stopped', alarm: { code: 'replica/diverged' } });
      expect(member.state().alarm?.detail).toContain(`block ${lieHeight}`);
      const payment = alice.transfer(founding.grid, bob.key, 1n);
      expect(await member.submit(payment).then(() => undefined, codeOf)).toBe('replica/diverged');
      // It is told before the proof has come over.
      const evidence = async () => (await member.query('evidence', { limit: 10 })).items;
      await until('the proof', async () => (await evidence()).length > 0);
      const [proof, ...more] = await evidence();
      expect(more).toEqual([]);
      expect(proof).toMatchObject({ what: 'divergence', height: lieHeight });
      // What the guardians signed, with their signatures.
      const [header, certificate] = decode(proof?.theirs ?? new Uint8Array(0)) as [Uint8Array, unknown[]];
      expect([decodeHeader(header).height, certificate.length]).toEqual([lieHeight, 1]);
      // Nothing was taken over.
      const { items } = await member.query('blocks', { from: lieHeight, limit: 5 });
      expect(items.filter(({ height }) => height > 0)).toEqual([]);
      expect(heightOf(member)).toBeGreaterThanOrEqual(256);
      await member.close();
    }
    expect(new Set(made.errors.map(({ code }) => code))).toEqual(new Set(['replica/diverged']));
  });

  it('at a header beside the one that all blocks lead to: both are kept, and the replica stops for good', async () => {
    root = mkdtempSync(join(tmpdir(), 'light-fork-'));
    const [whole, folder] = [join(root, 'whole'), join(root, 'light')];
    const parts = foundLong();
    const { founding } = parts;
    writeHistory(whole, parts, { height: 256, each: 1 });
    const service = openSnapshotService(whole, verifySodium);
    const reader = new Database(join(whole, 'replica.db'), { readonly: true });
    // The same state in another header: only who has both knows.
    const source = sourceOf(reader);
    const [block] = decode(source.blocks(256)) as [Uint8Array];
    const { timeMs } = decodeBlock(block).header;
    const { headerBytes: header, certificate } = decodeBlock(
      forge(block, founding.guardian, { header: { timeMs: timeMs + 1 } }),
    );
    const manifest = (height?: number) =>
      encode({ ...(decode(source.manifest(height)) as object), header, certificate: [...certificate] });
    mkdirSync(folder);
    const { store: light } = openFollowerStore(founding, { folder });
    importAll(light, { ...source, manifest }, 256);
    light.close();

    const alarms: (ErrorData | null)[] = [];
    const errors: unknown[] = [];
    const noop = (): void => undefined;
    const listener = { onHead: noop, onOutbox: noop, onPending: noop, onDefect: noop, onGone: noop };
    const store = startStore({ ...listener, onAlarm: (alarm) => alarms.push(alarm) });
    await store.call('open', { folder, start: { how: 'open' } });
    const verification = startVerification({
      folder,
      grid: founding.grid,
      floor: 256,
      keeps: 'archive',
      store,
      peers: {
        ready: () => [founding.guardian.key],
        ask: (_peer, method, question) => Promise.resolve(service.answer(method, question)),
        blame: (_peer, error) => errors.push(error),
      },
      height: () => 256,
      onProgress: noop,
      aside: (work) => work(),
      onDone: () => errors.push('taken over'),
      onError: (error) => errors.push(error),
    });
    await until('the fork to be found', () => errors.length > 0, 60_000);
    await verification.stop();
    expect(errors.map(codeOf)).toEqual(['replica/forked-head']);
    expect(alarms).toMatchObject([{ code: 'replica/forked-head' }]);
    const { items } = await store.query('evidence', { limit: 10 });
    expect(items).toMatchObject([{ what: 'two-headers', height: 256 }]);
    expect((await store.call('info')).floor).toBe(256);
    await store.close();
    service.close();
    reader.close();
  });
});
