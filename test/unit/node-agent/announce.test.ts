// Announcing: the farmer's word is needed, kept, and asked for again only when something changed that matters.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countersignBytes } from '../../../core/bodies.ts';
import { toHex } from '../../../core/bytes.ts';
import { AppError } from '../../../core/errors.ts';
import { sign, verifyPortable } from '../../../core/keys.ts';
import { afterFailure, pauseMs, waitMs } from '../../../node-agent/reconcile/back-off.ts';
import { type AnnounceParts, announce, hasChanged } from '../../../node-agent/records/announce.ts';
import { createAuthor } from '../../../node-agent/records/author.ts';
import { createNodeKey } from '../../../node-agent/records/node-key.ts';
import { beatMs, startUptime } from '../../../node-agent/records/uptime.ts';
import { createScene, type Scene, seedOf } from '../../support/agent-scene.ts';

const gib = 2 ** 30;
let folder = '';
let scene: Scene;
let asked = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'announce-'));
  scene = await createScene();
  asked = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

function parts(change: Partial<AnnounceParts> = {}): AnnounceParts {
  const key = createNodeKey(seedOf('node'));
  const { replica } = scene.grid.open(key.publicKey);
  return {
    replica,
    author: createAuthor(replica, key),
    verify: verifyPortable,
    nodePublicKey: key.publicKey,
    farm: scene.farm,
    capacity: { cruMilli: 2000, mruBytes: 4 * gib, sruBytes: 100 * gib, hruBytes: 0 },
    features: ['container'],
    agentVersion: '1.0.0',
    folder,
    askFarmer: async (statement) => {
      asked += 1;
      return scene.countersign(statement);
    },
    ...change,
  };
}

test('a countersigned node stands in the records; saying the same again asks nobody and writes nothing', async () => {
  const node = await announce(parts());
  expect(node).toMatchObject({ status: 'up', capacity: { cruMilli: 2000 }, agentVersion: '1.0.0' });
  await announce(parts());
  await announce(parts({ capacity: { cruMilli: 2000, mruBytes: 4 * gib, sruBytes: 97 * gib, hruBytes: 0 } }));
  expect(asked).toBe(1);
});

test('a new agent version needs no new signature; less memory does', async () => {
  await announce(parts());
  expect(await announce(parts({ agentVersion: '1.1.0' }))).toMatchObject({ agentVersion: '1.1.0' });
  expect(asked).toBe(1);
  const smaller = { cruMilli: 2000, mruBytes: 2 * gib, sruBytes: 100 * gib, hruBytes: 0 };
  expect(await announce(parts({ capacity: smaller }))).toMatchObject({ capacity: smaller });
  expect(asked).toBe(2);
});

test('a signature by anybody but the farm’s owner is not taken', async () => {
  const askFarmer: AnnounceParts['askFarmer'] = async (statement) =>
    sign(seedOf('consumer'), countersignBytes(statement));
  await expect(announce(parts({ askFarmer }))).rejects.toMatchObject({ code: 'node/not-countersigned' });
  expect(await parts().replica.query('node', { id: toHex(parts().nodePublicKey) })).toBeNull();
});

test('only what matters counts as a change', () => {
  const said = {
    farm: 'ab',
    net: 'cd',
    agentVersion: '1',
    features: ['a', 'b'],
    capacity: { cruMilli: 2000, mruBytes: 1000, sruBytes: 0, hruBytes: 0 },
  };
  const now = {
    farm: Uint8Array.of(0xab),
    replica: { net: Uint8Array.of(0xcd) },
    agentVersion: '1',
    features: ['b', 'a'],
    capacity: { cruMilli: 2000, mruBytes: 950, sruBytes: 0, hruBytes: 0 },
  };
  expect(hasChanged(said, now)).toBe(false);
  expect(hasChanged(said, { ...now, capacity: { ...now.capacity, mruBytes: 949 } })).toBe(true);
  expect(hasChanged(said, { ...now, capacity: { ...now.capacity, sruBytes: 1 } })).toBe(true);
  expect(hasChanged(said, { ...now, features: ['a'] })).toBe(true);
  expect(hasChanged(said, { ...now, farm: Uint8Array.of(1) })).toBe(true);
});

test('uptime is said three times in the grace, once the node stands, and never piles up', async () => {
  const { replica, author } = parts();
  const key = createNodeKey(seedOf('node'));
  const used = () => ({ cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 });
  const stop = startUptime({ replica, author, node: key, used, nowMs: () => performance.now(), log: () => undefined });
  const count = async () =>
    (await replica.query('outbox', { author: key.address, limit: 100 })).filter(({ kind }) => kind === 'uptime').length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await count()).toBe(0);
  await announce(parts());
  scene.grid.setCutting(false);
  await expect.poll(count, { timeout: 3000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 700));
  stop();
  expect(await count()).toBe(1);
  expect([beatMs(300_000), beatMs(3000), beatMs(0), beatMs(1e9)]).toEqual([100_000, 1000, 500, 300_000]);
});

test('pauses grow to five minutes; a clock set back makes none longer; six deaths are enough', () => {
  expect([1, 2, 3, 9, 40].map(pauseMs)).toEqual([1000, 2000, 4000, 256_000, 300_000]);
  const died = new AppError('agent/workload-failed', 'exit code 1', { retry: true });
  const busy = new AppError('agent/engine-failed', 'busy', { retry: true });
  let entry = afterFailure(undefined, died, 10_000);
  expect(entry).toEqual({ failures: 1, notBeforeMs: 11_000 });
  expect([waitMs(entry, 10_500), waitMs(entry, 12_000), waitMs(entry, 0)]).toEqual([500, 0, 1000]);
  for (let failures = 2; failures < 6; failures++) entry = afterFailure(entry, died, 10_000);
  expect(entry.givenUp).toBeUndefined();
  expect(afterFailure(entry, died, 10_000).givenUp).toMatchObject({ code: 'agent/workload-failed' });
  expect(afterFailure(entry, busy, 10_000).givenUp).toBeUndefined();
  expect(afterFailure(undefined, new AppError('agent/limit-mismatch', 'memory'), 0).givenUp).toBeDefined();
});
