// The program `threebot`: what it lists, and how it ends when it does not know what is meant.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const program = join(import.meta.dirname, '../../../scripts/threebot.mjs');
const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

test('lists its commands when none is named, and on --help', () => {
  expect(run()).toMatchObject({ status: 2, stdout: expect.stringContaining('guardian ') });
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('guardian ') });
});

test('an unknown command, or a name that every object has, ends with the list and code 2', () => {
  for (const name of ['fly', 'constructor']) {
    expect(run(name)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('Usage: threebot') });
  }
});

test('a part that is wrongly called ends with a sentence and code 2', () => {
  expect(run('guardian', 'init', '--colour=red')).toMatchObject({ status: 2, stdout: '' });
  expect(run('guardian', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('docs/GUARDIANS.md') });
});
