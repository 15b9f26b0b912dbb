// The way every script starts: under a new enough Node, with arguments, signals and exit codes passed on.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const withNode = join(import.meta.dirname, '../../../scripts/with-node.mjs');
const folder = mkdtempSync(join(tmpdir(), 'with-node-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, code: string): string => {
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
};

test('runs a TypeScript file, passes on its arguments and its exit code', () => {
  const file = write(
    'exit.ts',
    'const code: number = 7; console.log(process.argv.slice(2).join()); process.exit(code);',
  );
  const run = spawnSync(process.execPath, [withNode, file, 'a', '--b'], { encoding: 'utf8' });
  expect({ status: run.status, stdout: run.stdout, stderr: run.stderr }).toEqual({
    status: 7,
    stdout: 'a,--b\n',
    stderr: '',
  });
});

test('passes on a signal', async () => {
  const code = "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1e3); console.log('up');";
  const child = spawn(process.execPath, [withNode, write('wait.ts', code)]);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([5, null]);
});

test('a child that dies of a signal is no success', () => {
  const file = write('die.ts', "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1e3);");
  expect(spawnSync(process.execPath, [withNode, file]).status).toBe(128 + 9);
});

test('without a target, or with one that is not there, it says so', () => {
  expect(spawnSync(process.execPath, [withNode]).status).toBe(2);
  const run = spawnSync(process.execPath, [withNode, 'no-such-command'], { encoding: 'utf8' });
  expect({ status: run.status, stderr: run.stderr }).toEqual({
    status: 127,
    stderr: 'no-such-command did not start: spawn no-such-command ENOENT\n',
  });
});
