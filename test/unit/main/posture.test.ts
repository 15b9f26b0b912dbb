/** The security posture never says that all was verified while it was not. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ReplicaView } from '../../../core/views.ts';
import { postureOf } from '../../../main/handlers/posture.ts';
import type { House } from '../../../main/house.ts';

it.each<[string, Partial<ReplicaView> | null, boolean, RegExp]>([
  ['on no grid', null, true, /^Every block was verified/],
  ['all verified', { alarm: null, verification: null }, true, /^Every block was verified/],
  [
    'on a snapshot',
    { alarm: null, verification: { doneHeight: 1, ofHeight: 256 } },
    false,
    /blocks below it are still being verified/,
  ],
  [
    'an alarm comes before all',
    { alarm: { code: 'replica/diverged', detail: '' }, verification: { doneHeight: 1, ofHeight: 256 } },
    false,
    /raised an alarm \(replica\/diverged\)/,
  ],
])('the history %s', async (_name, view, isGood, words) => {
  const house = {
    vault: { state: { kind: 'unlocked', protection: 'passphrase' }, hasPassphrase: true },
    keychainHealth: { look: async () => ({ name: 'none', code: 'keychain/unavailable' }) },
    folder: await mkdtemp(join(tmpdir(), 'posture-')),
    grid: { view: () => view },
    damaged: [],
    settings: { value: { autoLockMinutes: 15 } },
  } as unknown as House;
  const history = (await postureOf(house)).find(({ name }) => name === 'History');
  expect(history).toEqual({ name: 'History', isGood, words: expect.stringMatching(words) });
});
