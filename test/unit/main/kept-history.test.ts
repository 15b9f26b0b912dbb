/** What a person chose to keep of the history reaches the replica when it is opened, and nothing does while nobody chose. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ReplicaOptions } from '../../../bcdb/replica-api.ts';
import { AppError } from '../../../core/errors.ts';
import { defaultNetwork, type Settings } from '../../../core/ipc/views.ts';
import { wordsOf } from '../../../core/keys.ts';
import { createChanges } from '../../../main/changes.ts';
import { GridHome } from '../../../main/grid/grid-home.ts';
import { Vault } from '../../../main/vault/vault.ts';
import { MemoryKeychain } from './memory-keychain.ts';

it('each choice is asked for at each opening', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kept-'));
  const vault = await Vault.open({
    folder,
    keychain: new MemoryKeychain(),
    binding: 'test',
    now: Date.now,
    onTrouble: () => {},
  });
  await vault.create(wordsOf(new Uint8Array(32).fill(7)));
  let keeps: Settings['keeps'] = 'automatic';
  const opened: ReplicaOptions[] = [];
  const home = await GridHome.open({
    folder,
    vault,
    changes: createChanges(),
    log: () => {},
    now: Date.now,
    settings: () => ({ network: defaultNetwork, keeps }),
    openReplica(options) {
      opened.push(options);
      return Promise.reject(new AppError('grid/not-found'));
    },
    onOpened: async () => {},
    onDamaged: () => {},
  });
  for (keeps of ['automatic', 'light', 'archive'] as const) {
    await expect(home.join('3bot:x')).rejects.toMatchObject({ code: 'grid/not-found' });
  }
  expect(opened.map((options) => options.keeps)).toEqual([undefined, 'light', 'archive']);
});
