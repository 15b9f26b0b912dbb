// The disk of a guardian and of a member fills up, and gets room again: the others go on, what was refused was never acknowledged,
// and both come along by themselves.

import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { Member } from '../../scripts/lab/member.ts';
import { needs } from '../support/needs.ts';
import { rounds } from '../support/rounds.ts';
import { fillDisk, freeDisk } from '../support/small-disk.ts';
import { checkGrid } from './final-check.ts';
import { LabGrid } from './lab-grid.ts';

const fills = rounds(1, 50);
const diskMebibytes = 400;
const small: ReadonlySet<string> = new Set(['guardian-3', 'member-1']);

const diskOf = ({ options }: Member): string => dirname(options.folder);

needs('netns', 'nats')('a full disk', () => {
  let grid: LabGrid | undefined;
  const mounted: string[] = [];
  afterEach(async () => {
    await Promise.all((grid?.all ?? []).map((member) => member.crash()));
    for (const folder of mounted.splice(0)) execFileSync('umount', [folder]);
    await grid?.end();
  });

  it(`of a guardian and of a member, ${fills} times: told, survived, and nothing lost`, async () => {
    grid = new LabGrid({
      prepare(folder, name) {
        if (!small.has(name)) return;
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMebibytes}m`, 'tmpfs', folder]);
        mounted.push(folder);
      },
    });
    const { random, guardians, members } = grid;
    const [guardian, member, other] = [guardians[3], members[1], members[0]];
    if (guardian === undefined || member === undefined) throw new Error('too few');
    await grid.start();
    for (let round = 0; round < fills; round++) {
      fillDisk(diskOf(guardian), random.between(0, 64) * 1024);
      fillDisk(diskOf(member), random.between(0, 64) * 1024);
      await grid.until('the member to refuse payments', () => isTold(member, 'replica/disk-full'));
      await grid.until('the guardian to be in trouble', async () => {
        const { alarm } = await guardian.call('state', null);
        // Its database may go on for long in the room that its files have already; its feed then has trouble first.
        return (
          alarm !== null || ['disk-full', 'no space left', 'publishing failed'].some((words) => isTold(guardian, words))
        );
      });
      // The grid does not need either of them.
      for (let count = 0; count < 3; count++) await grid.payOne(other);
      await sleep(random.between(0, 3000));
      for (const one of [guardian, member]) freeDisk(diskOf(one));
      member.trouble.length = 0;
      guardian.trouble.length = 0;
      await grid.payOne(member);
      await grid.until('the guardian to be well again', async () => {
        const [its, head] = await Promise.all([guardian.call('state', null), grid?.heads([member])]);
        return its.alarm === null && (its.head?.height ?? 0) >= (head?.[0]?.height ?? 0);
      });
      // It is needed now: it signs.
      const [first] = guardians;
      await first?.stop();
      await grid.payOne(other);
      if (first !== undefined) await grid.restart(first);
    }
    await grid.settle();
    await grid.stop();
    const { records, blocks } = checkGrid(grid);
    console.log(`disk: ${fills} rounds, seed ${random.seed}, ${records} records, ${blocks} blocks`);
    expect(records).toBeGreaterThan(0);
  });
});

const isTold = ({ trouble }: Member, what: string): boolean => trouble.some((line) => line.includes(what));
