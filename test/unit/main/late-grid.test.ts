/** A grid that answers only after a new member stopped waiting for it: the member's profile still gets there. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Replica } from '../../../bcdb/replica-api.ts';
import { zero32 } from '../../../core/bytes.ts';
import { verifyPortable } from '../../../core/keys.ts';
import { decodeRecord } from '../../../core/record.ts';
import type { ReplicaView } from '../../../core/views.ts';
import { openThreeBot } from '../../../main/three-bot.ts';
import { person, testGrid } from '../../support/people.ts';
import { MemoryKeychain } from './memory-keychain.ts';

it('publishes its profile once, as soon as the grid answers', async () => {
  const submitted: Uint8Array[] = [];
  let now: ReplicaView = {
    state: 'syncing',
    alarm: null,
    isGuardian: false,
    head: null,
    knownHeight: 0,
    peers: [],
    guardians: [],
    quorum: { needed: 1, here: 0 },
    pendingCount: 0,
    verification: null,
    healed: null,
  };
  const listeners = new Set<(view: ReplicaView) => void>();
  const answers: Record<string, unknown> = { next: { seq: 1, prev: zero32 }, profile: null };
  const replica = {
    grid: testGrid,
    net: person(7).key,
    state: () => now,
    query: async (name: string) =>
      name === 'outbox' ? submitted.map(() => ({ kind: 'profile', state: 'pending' })) : (answers[name] ?? null),
    submit: async (record: Uint8Array) => void submitted.push(record),
    handle: () => {},
    on: (event: string, listener: (view: ReplicaView) => void) => {
      if (event === 'state') listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {},
  } as unknown as Replica;
  const bot = await openThreeBot({
    version: '1',
    host: 'browser',
    folder: await mkdtemp(join(tmpdir(), 'late-')),
    now: Date.now,
    log: () => {},
    keychain: new MemoryKeychain(),
    binding: 'test',
    verify: verifyPortable,
    openReplica: async () => replica,
    nodePath: process.execPath,
    agentEntry: '',
    liveTimeoutMs: 10,
  });
  const call = (channel: string, input: unknown): Promise<unknown> =>
    bot
      .gate({ name: 'test', refusal: () => undefined }, { channel, size: 1, read: () => input })
      .then((answer) => (answer.kind === 'output' ? answer.output : Promise.reject(answer.error)));
  const made = (await call('identity.newWords', null)) as { readonly words: string[]; readonly ask: number[] };
  await call('identity.create', { name: 'anna', answers: made.ask.map((index) => made.words[index] ?? '') });
  await call('grid.join', { invitation: '3bot-grid:x' });
  expect(submitted).toEqual([]);
  now = { ...now, state: 'live' };
  for (let times = 0; times < 3; times++) for (const listener of listeners) listener(now);
  await vi.waitFor(() => expect(submitted.map((record) => decodeRecord(record).kind)).toEqual(['profile']));
  await bot.close();
});
