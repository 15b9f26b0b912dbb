// A guardian's folder is put back as it was some time ago, as people do after a failed disk. It must never say a second thing where
// it had said one: checked in what stands in the streams, in what every guardian signed, and by what the others found.

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { rounds } from '../support/rounds.ts';
import { checkGrid } from './final-check.ts';
import { LabGrid } from './lab-grid.ts';

const restores = rounds(1, 50);

/** Holes in files stay holes. */
const copy = (from: string, to: string): void => {
  rmSync(to, { recursive: true, force: true });
  execFileSync('cp', ['-a', '--sparse=always', from, to]);
};

needs('netns', 'nats')('a guardian restored from an old backup', () => {
  let grid: LabGrid | undefined;
  afterEach(() => grid?.end());

  it(`${restores} times: signs again, and never a second header at a height`, async () => {
    grid = new LabGrid();
    await grid.start();
    const { random } = grid;
    for (let round = 0; round < restores; round++) {
      const victim = random.pick(grid.guardians);
      const other = random.pick(grid.guardians.filter((guardian) => guardian !== victim));
      const { folder } = victim.options;
      const backup = join(grid.root, 'backup');

      // Killed in the middle of a block, so that the backup may have a promise above its head.
      await victim.crash();
      copy(folder, backup);
      await grid.restart(victim);
      for (let count = 0; count < 3; count++) await grid.payOne();
      await sleep(random.between(0, 3000));
      await victim.crash();

      // All of it, or the database alone beside a newer sequencer.
      if (random.next() < 0.5) copy(backup, folder);
      else {
        for (const name of ['replica.db', 'replica.db-wal', 'replica.db-shm'])
          rmSync(join(folder, name), { force: true });
        execFileSync('sh', ['-c', 'cp -a "$1"/replica.db* "$2"/', 'sh', backup, folder]);
      }
      await grid.restart(victim);
      await grid.payOne();
      // Without another guardian the restored one is needed: it signs.
      await other.crash();
      await grid.payOne();
      await grid.restart(other);
      await grid.payOne();
    }
    await grid.settle();
    await grid.stop();
    const { records, blocks, statements } = checkGrid(grid);
    expect(statements).toBeGreaterThan(blocks);
    console.log(
      `restore: ${restores} rounds, seed ${random.seed}, ${records} records, ${blocks} blocks, ${statements} statements`,
    );
  });
});
