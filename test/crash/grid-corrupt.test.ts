// A bit flips in a file of a stopped guardian or member: its database, what SQLite keeps beside it, its feed, its nats-server's
// store. It is harmless, repaired from the others, or told by a code; no file is ever thrown away for it, and nobody goes on with
// books that are silently wrong.

import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, globSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { codeOf } from '../../core/errors.ts';
import type { Member } from '../../scripts/lab/member.ts';
import { needs } from '../support/needs.ts';
import type { Random } from '../support/random.ts';
import { rounds } from '../support/rounds.ts';
import { checkGrid } from './final-check.ts';
import { LabGrid } from './lab-grid.ts';

const flips = rounds(6, 100);

/** Holes in files stay holes. */
const copy = (from: string, to: string): void => {
  rmSync(to, { recursive: true, force: true });
  execFileSync('cp', ['-a', '--sparse=always', from, to]);
};

/** Files with something in them; the database as often as all others together. */
function chooseFile(folder: string, random: Random): string {
  const files = globSync('**/*', { cwd: folder }).filter((name) => {
    const stat = statSync(join(folder, name));
    return stat.isFile() && stat.size > 0 && stat.blocks > 0 && !name.endsWith('-shm');
  });
  const isDatabase = (name: string): boolean => name.startsWith('replica.db');
  const group = files.filter((name) => isDatabase(name) === random.next() < 0.5);
  return random.pick(group.length > 0 ? group : files);
}

/** Flips one bit of a byte that is not in a hole. */
function flip(path: string, random: Random): number {
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    let offset = 0;
    for (let tries = 0; tries < 1000 && (byte[0] === 0 || tries === 0); tries++) {
      offset = random.between(0, statSync(path).size);
      readSync(file, byte, 0, 1, offset);
    }
    byte[0] = (byte[0] ?? 0) ^ (1 << random.between(0, 8));
    writeSync(file, byte, 0, 1, offset);
    return offset;
  } finally {
    closeSync(file);
  }
}

needs('netns', 'nats')('a bit that flips on disk', () => {
  let grid: LabGrid | undefined;
  afterEach(() => grid?.end());

  /** Up, and with everybody else's head; or the code that says why not. */
  async function comesBack(lab: LabGrid, victim: Member): Promise<string | null> {
    try {
      await lab.restart(victim);
      const [head] = await lab.heads(lab.payers);
      let alarm: string | null = null;
      await lab.until('the victim to come along, or to say why not', async () => {
        const view = await victim.call('state', null);
        alarm = view.state === 'stopped' ? (view.alarm?.code ?? 'stopped') : null;
        return alarm !== null || (view.head?.height ?? -1) >= (head?.height ?? 0);
      });
      return alarm;
    } catch (error) {
      return codeOf(error) ?? String(error);
    }
  }

  it(`${flips} times: harmless, repaired or told; never silently wrong, and nothing thrown away`, async () => {
    grid = new LabGrid({ payers: 1 });
    await grid.start();
    const { random, guardians, members, root } = grid;
    const outcomes: string[] = [];
    for (let round = 0; round < flips; round++) {
      const victim = random.pick([guardians[3], members[1]].filter((each) => each !== undefined));
      const { folder } = victim.options;
      const backup = join(root, 'backup');
      await grid.payOne();
      await (random.next() < 0.5 ? victim.stop() : victim.crash());
      copy(folder, backup);
      const name = chooseFile(folder, random);
      const offset = flip(join(folder, name), random);
      const code = await comesBack(grid, victim);
      outcomes.push(`${victim.name} ${name}@${offset}: ${code ?? 'went on'}`);
      if (code === null) continue;
      expect(code, outcomes.at(-1)).toMatch(/^(replica|guardian|store)\//);
      expect(existsSync(join(folder, name)), 'it is still there').toBe(true);
      // What a person does: puts a copy back.
      await victim.crash();
      copy(backup, folder);
      expect(await comesBack(grid, victim)).toBeNull();
    }
    console.log(outcomes.join('\n'));
    await grid.payOne();
    await grid.settle();
    await grid.stop();
    const { records, blocks } = checkGrid(grid);
    console.log(`corrupt: ${flips} rounds, seed ${random.seed}, ${records} records, ${blocks} blocks`);
  });
});
