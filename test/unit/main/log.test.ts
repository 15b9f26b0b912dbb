/** The log: lines, rotation, and the net for secrets. */
import { mkdir, mkdtemp, readdir, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { secretAddressOf } from '../../../core/keys.ts';
import { openLog } from '../../../main/log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'));
});

it('writes one JSON object a line', async () => {
  const { log, flush } = openLog({ folder, now: () => 0 });
  log('info', 'wallet', 'sent', { height: 3 });
  await flush();
  expect(JSON.parse(await readFile(join(folder, '3bot.log'), 'utf8'))).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    level: 'info',
    area: 'wallet',
    what: 'sent',
    height: 3,
  });
});

it('cuts out what looks like a secret, and long values', async () => {
  const { log, flush } = openLog({ folder, now: () => 0 });
  const secret = secretAddressOf(new Uint8Array(32).fill(9));
  log('error', 'ipc', 'refused', { detail: `key ${secret} at /?ticket=abc`, long: 'x'.repeat(5000) });
  await flush();
  const text = await readFile(join(folder, '3bot.log'), 'utf8');
  expect(text).not.toContain(secret);
  expect(text).not.toContain('abc');
  expect(text.length).toBeLessThan(600);
});

it('throws at nobody when a line cannot be written, and says later how many were lost', async () => {
  const { log, flush } = openLog({ folder, now: () => 0 });
  await mkdir(join(folder, '3bot.log'));
  log('error', 'test', 'one');
  log('error', 'test', 'two');
  await flush();
  await rmdir(join(folder, '3bot.log'));
  log('info', 'test', 'three');
  log('info', 'test', 'four');
  await flush();
  const lines = (await readFile(join(folder, '3bot.log'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line)).map(({ what, lost }) => [what, lost])).toEqual([
    ['three', 2],
    ['four', undefined],
  ]);
});

it('keeps three files of bounded size', async () => {
  const { log, flush } = openLog({ folder, now: () => 0, maxBytes: 1000 });
  for (let line = 0; line < 200; line++) log('info', 'test', 'line', { line });
  await flush();
  expect((await readdir(folder)).toSorted()).toEqual(['3bot.1.log', '3bot.2.log', '3bot.log']);
  for (const name of await readdir(folder))
    expect((await readFile(join(folder, name))).length).toBeLessThanOrEqual(1000);
  expect(await readFile(join(folder, '3bot.log'), 'utf8')).toContain('"line":199');
});

it('never makes its caller wait for the disk, and keeps the order', async () => {
  const { log, flush } = openLog({ folder, now: () => 0 });
  for (let line = 0; line < 500; line++) log('info', 'test', 'line', { line });
  expect(await readdir(folder)).toEqual([]);
  await flush();
  const lines = (await readFile(join(folder, '3bot.log'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).line)).toEqual(Array.from({ length: 500 }, (_, line) => line));
});

it('lets lines of a flood go rather than hold them all, and says how many', async () => {
  const { log, flush } = openLog({ folder, now: () => 0 });
  for (let line = 0; line < 100_000; line++) log('info', 'test', 'line', { line });
  await flush();
  log('info', 'test', 'after');
  await flush();
  const lines = (await readFile(join(folder, '3bot.log'), 'utf8')).trim().split('\n');
  const lost = lines.reduce((sum, line) => sum + (JSON.parse(line).lost ?? 0), 0);
  expect(lines.length).toBeLessThan(2000);
  expect(lines.length + lost).toBe(100_001);
});
