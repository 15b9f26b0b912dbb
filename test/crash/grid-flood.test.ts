// Strangers hand in junk by the hundred thousand, of every kind that costs them little. Guardians stay small in memory and on disk,
// and honest payments go on becoming final.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { needs } from '../support/needs.ts';
import { rounds } from '../support/rounds.ts';
import { checkGrid } from './final-check.ts';
import { LabGrid } from './lab-grid.ts';

const junk = 20_000 * rounds(1, 50);
const strangers = 2;
const entry = fileURLToPath(new URL('./entry-flood.ts', import.meta.url));
const mebibyte = 1024 * 1024;
/** What a guardian may need at most, with all that waits at its door (128 MiB). */
const mostMemory = 1200 * mebibyte;
/** What waits nowhere costs no disk; of what was taken, each record with its indexes and its copy in the feed and the stream. */
const mostDisk = { fixed: 150 * mebibyte, perTaken: 8 * 1024 } as const;

const memoryOf = (pid: number): number => {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it ended meanwhile
  }
};
const diskOf = (folder: string): number =>
  Number(spawnSync('du', ['-s', '--block-size=1', folder], { encoding: 'utf8' }).stdout.split('\t')[0]);

needs('netns', 'nats')('a flood of junk', () => {
  let grid: LabGrid | undefined;
  afterEach(() => grid?.end());

  it(`of ${junk} records is refused, and costs guardians neither memory nor disk`, async () => {
    grid = new LabGrid({ members: 1 });
    const lab = grid;
    await grid.start();
    const { founding, guardians, network, root, random } = grid;
    const diskBefore = guardians.map(({ options }) => diskOf(options.folder));
    const floods = Array.from({ length: strangers }, async (_, index) => {
      const host = network.add(`stranger-${index}`);
      const folder = join(root, `stranger-${index}`);
      const args = [toHex(founding.grid), folder, String(random.seed + index), String(junk / strangers)];
      const child = network.spawn(host, [process.execPath, entry, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const [code] = await once(child, 'close');
      expect(code).toBe(0);
      return JSON.parse(said) as Readonly<Record<string, number>>;
    });
    let isOver = false;
    const flooded = Promise.all(floods).finally(() => {
      isOver = true;
    });
    let most = 0;
    for (let count = 0; !isOver || count < 3; count++) {
      await lab.payOne();
      for (const { pid } of guardians.flatMap((guardian) => guardian.parts())) most = Math.max(most, memoryOf(pid));
    }
    const answers: Record<string, number> = {};
    for (const one of await flooded)
      for (const [code, times] of Object.entries(one)) answers[code] = (answers[code] ?? 0) + times;
    const taken = answers['taken'] ?? 0;
    expect(Object.values(answers).reduce((sum, times) => sum + times, 0)).toBe(junk);
    expect(Object.keys(answers)).toEqual(
      expect.arrayContaining([
        'cbor/malformed',
        'record/bad-signature',
        'record/wrong-grid',
        'record/gap',
        'record/forked',
        'record/unknown-kind',
        'record/too-large',
      ]),
    );

    await grid.settle();
    const grown = guardians.map(({ options }, index) => diskOf(options.folder) - (diskBefore[index] ?? 0));
    await grid.stop();
    const { records, blocks } = checkGrid(grid, { allowed: ['author-fork'] });
    console.log(
      `flood: ${junk} records, seed ${random.seed}, ${records} records, ${blocks} blocks, most ${Math.round(most / mebibyte)} MiB ` +
        `a process, disk + ${grown.map((size) => Math.round(size / mebibyte)).join(' / ')} MiB: ${JSON.stringify(answers)}`,
    );
    expect(most).toBeLessThan(mostMemory);
    for (const size of grown) expect(size).toBeLessThan(mostDisk.fixed + mostDisk.perTaken * taken);
  });
});
