// A grid with a history long enough for a snapshot, and Vera who joins it: usable at once, while the whole history is verified behind
// her. Its guardian then stands still, so that the pictures find her in the middle. Looks at no window.

import { join } from 'node:path';
import { Author } from '../bench/author.ts';
import { admitAll, foundGrid, openGuardian } from '../bench/bench-grid.ts';
import type { Scene } from '../demo/scene.ts';
import type { Member } from '../lab/member.ts';
import { until } from '../lib/threebot.ts';
import { startGuardian } from './guardian-members.ts';

/** Above the first height that has a snapshot, and records enough for one to be worth while. */
const blocks = 300;
const perBlock = 100;

export class LongHistory {
  readonly #scene: Scene;
  #guardian: Member | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Writes the history, starts its guardian, lets Vera join, and stops the guardian in the middle. */
  async join(): Promise<void> {
    const folder = join(this.#scene.folder, 'long');
    write(folder);
    const guardian = await startGuardian('guardian', folder, { how: 'open' });
    this.#guardian = guardian;
    const invitation = await guardian.call('invitation', null);
    await this.#scene.born('Vera');
    const vera = this.#scene.bot('Vera');
    await vera.call('app.saveSettings', { ...(await vera.call('app.settings', null)), keeps: 'archive' });
    const joined = vera.call('grid.join', { invitation });
    await until(
      'a part of the history to be verified',
      async () => ((await vera.call('grid.state', null))?.verification?.doneHeight ?? 0) > 0,
      120_000,
    );
    guardian.freeze();
    await joined;
  }

  async stop(): Promise<void> {
    this.#guardian?.thaw();
    await this.#guardian?.stop();
  }
}

function write(folder: string): void {
  const people = Array.from({ length: perBlock }, (_, index) => new Author(`person ${index}`));
  let nowMs = Date.now() - 3_600_000;
  const founding = foundGrid(people, 10n ** 9n, { createdMs: nowMs, name: 'Long history' });
  const store = openGuardian(folder, founding, () => nowMs);
  for (let height = 1; height <= blocks; height++) {
    nowMs += 1000;
    const records = people.map((person, index) => {
      const to = (people[(index + height) % perBlock] ?? person).key;
      return person.write(founding.grid, 'transfer', { to, amountStroops: 1n }).bytes;
    });
    admitAll(store, records);
    store.cut();
  }
  store.close();
}
