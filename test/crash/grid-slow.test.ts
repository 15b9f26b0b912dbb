// Every write that must reach one guardian's disk takes long, in its store and in its nats-server: it slows nobody's finality down
// to a stop, and comes along.

import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import type { Life } from '../../scripts/lab/member.ts';
import { needs } from '../support/needs.ts';
import { rounds } from '../support/rounds.ts';
import { checkGrid } from './final-check.ts';
import { LabGrid } from './lab-grid.ts';

const payments = 10 * rounds(1, 50);
const delayMs = 150;

/** The tracer stands aside (`-D`): the process stays our child. */
const slow: Life = {
  through: [
    'strace',
    '-D',
    '-f',
    '--seccomp-bpf',
    '-qqq',
    '-o',
    '/dev/null',
    '--trace=fsync,fdatasync',
    `--inject=fsync,fdatasync:delay_exit=${delayMs * 1000}`,
  ],
};

const isTraced = (pid: number): boolean => !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
const withTracer = needs('netns', 'nats', 'strace');

withTracer('a guardian with a slow disk', () => {
  let grid: LabGrid | undefined;
  afterEach(() => grid?.end());

  it(`does not keep ${payments} payments from becoming final, one after the other, and has them all`, async () => {
    grid = new LabGrid({ members: 1, life: (name) => (name === 'guardian-3' ? slow : undefined) });
    await grid.start();
    const parts = grid.guardians[3]?.parts().filter(({ what }) => what === 'replica' || what === 'nats-server') ?? [];
    expect(parts.map(({ pid }) => isTraced(pid))).toEqual([true, true]);
    for (let count = 0; count < payments; count++) await grid.payOne();
    const [quick] = await grid.heads();
    await grid.settle();
    await grid.stop();
    const { records, blocks } = checkGrid(grid);
    expect(blocks).toBeGreaterThanOrEqual(quick?.height ?? 0);
    console.log(`slow disk: ${payments} payments, seed ${grid.random.seed}, ${records} records, ${blocks} blocks`);
  });
});
