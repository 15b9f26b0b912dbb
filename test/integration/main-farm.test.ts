/** The farm's switch over a real child process: flipped fast, and the node's request put away and taken up again. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Replica } from '../../bcdb/replica-api.ts';
import { toHex } from '../../core/bytes.ts';
import { createChanges } from '../../main/changes.ts';
import { Farm } from '../../main/farm/farm.ts';
import { Reviews } from '../../main/review/reviews.ts';
import type { Vault } from '../../main/vault/vault.ts';
import { person } from '../support/people.ts';

const here = dirname(fileURLToPath(import.meta.url));
const [farmer, node] = [person(1), person(2)];
const noReplica = undefined;
let farm: Farm;
let reviews: Reviews;

/** Answers only what a farm asks. */
const replica = {
  query: async (name: string) => (name === 'farms' ? [{ id: toHex(person(3).key), owner: farmer.address }] : null),
  invitation: async () => '3bot-grid:x',
} as unknown as Replica;

const vault = {
  publicKey: (name: string) => (name === 'node' ? node.key : farmer.key),
  use: (_name: string, action: (bytes: Uint8Array) => unknown) => action(Uint8Array.from(node.seed)),
} as unknown as Vault;

beforeEach(async () => {
  let lastId = 0;
  reviews = new Reviews({
    sign: () => new Uint8Array(64),
    newId: () => (++lastId).toString(16).padStart(64, '0'),
  });
  farm = await Farm.open({
    folder: await mkdtemp(join(tmpdir(), 'farm-')),
    vault,
    reviews,
    changes: createChanges(),
    log: () => {},
    now: Date.now,
    replica: () => replica,
    nodePath: process.execPath,
    agentEntry: join(here, 'entry-fake-agent.ts'),
    onDamaged: () => {},
  });
});

afterEach(() => farm.stop());

const request = () =>
  vi.waitFor(
    async () => {
      const { countersign } = await farm.view(noReplica);
      if (countersign === null) throw new Error('not asked yet');
      return countersign;
    },
    { timeout: 20_000 },
  );

it('the node’s request that was put away can be taken up again', async () => {
  await farm.start({});
  const first = await request();
  expect((await request()).id).toBe(first.id);
  reviews.drop(first.id);
  const second = await request();
  expect(second.id).not.toBe(first.id);
  await expect(reviews.approve(second.id, second.digest)).resolves.toEqual({ record: null, contract: null });
});

it('flipped off and on at once, it is on', async () => {
  await farm.start({});
  await request();
  await Promise.all([farm.stop(), farm.start({})]);
  expect(farm.isRunning).toBe(true);
  await request();
});
