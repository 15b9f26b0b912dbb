// `threebot guardian` as its user runs it: processes, files, descriptors. A grid of one guardian; grids of several follow in
// the tests of the whole.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/bcdb-replicas.ts';
import { listenersOf } from '../support/processes.ts';
import { freePort, there } from '../support/sequencers.ts';

const entry = fileURLToPath(new URL('../../main/entry-threebot.ts', import.meta.url));
const minuteMs = 60_000;
const passphrase = 'correct horse';

describe('threebot guardian', () => {
  let root: string;
  const running: ChildProcess[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'guardian-'));
  });
  afterEach(async () => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  });

  const path = (name: string): string => join(root, name);

  /** Starts a command with the passphrase on descriptor 3, no terminal, and no keychain of a person. */
  function begin(...args: readonly string[]) {
    const env = {
      PATH: process.env['PATH'],
      HOME: root,
      NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.cache/compiled', import.meta.url)),
    };
    const child = spawn(process.execPath, [entry, 'guardian', ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env,
      cwd: root,
    });
    running.push(child);
    const [said, advice]: [string[], string[]] = [[], []];
    createInterface({ input: there(child.stdout) }).on('line', (line) => said.push(line));
    createInterface({ input: there(child.stderr) }).on('line', (line) => advice.push(line));
    const pipe = child.stdio[3];
    if (pipe !== null && pipe !== undefined && 'end' in pipe) {
      pipe.on('error', () => {}); // a command that needs no passphrase does not read it
      pipe.end(`${passphrase}\n`);
    }
    return { child, said, advice };
  }

  /** Runs a command to its end. */
  async function run(...args: readonly string[]) {
    const { child, said, advice } = begin(...args);
    const [code] = await once(child, 'close');
    return { code: Number(code), said, advice };
  }

  const by = (name: string): readonly string[] => [`--profile=${path(name)}`, '--passphrase-fd=3'];

  /** What the running guardian wrote; empty when nothing yet. */
  const statusOf = (name: string): string => {
    const file = path(`${name}/guardian-status.json`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const standingOf = (status: string): unknown => /"standing": .*/.exec(status)?.[0];

  /** A guardian that runs on its own grid. */
  async function startAlone() {
    const init = await run(
      'init',
      ...by('a'),
      '--name=Alice',
      '--route=127.0.0.1:4222',
      `--words-file=${path('words')}`,
    );
    expect(init).toMatchObject({ code: 0 });
    const found = await run('found', ...by('a'), '--name=ghent', `--card=${init.said[0]}`);
    expect(found).toMatchObject({ code: 0, said: [expect.stringMatching(/^[0-9a-f]{64}$/)] });
    const guardian = begin(
      'start',
      ...by('a'),
      '--genesis=genesis.3bot',
      '--no-lan',
      `--bootstrap=127.0.0.1:${await freePort()}`,
    );
    await until('it has a block', () => statusOf('a').includes('"gridName"'), minuteMs);
    return { guardian, grid: there(found.said[0]) };
  }

  test('from nothing to a running grid, and again after a stop', { timeout: 3 * minuteMs }, async () => {
    const { guardian, grid } = await startAlone();
    expect(guardian.said.map((line) => line.replace(/^\S+Z /, ''))).toEqual(
      expect.arrayContaining([`guarding ${grid} from ${path('a')}`, 'blocks become final']),
    );
    const status = await run('status', '--json', ...by('a'));
    expect(JSON.parse(status.said.join('\n'))).toMatchObject({
      isRunning: true,
      isWell: true,
      view: { state: 'live', isGuardian: true, head: { grid, gridName: 'ghent' } },
      guardians: [{ name: 'Alice', route: '127.0.0.1:4222' }],
    });
    expect((await stat(path('a/guardian-status.json'))).mode & 0o777).toBe(0o600);
    expect((await run('invite', ...by('a'))).said).toEqual([expect.stringMatching(/^3bot/)]);
    // The host itself has no door; a second one on this profile is refused.
    expect(listenersOf(there(guardian.child.pid))).toEqual([]);
    expect(await run('start', ...by('a'))).toMatchObject({ code: 1, advice: [expect.stringContaining('in-use')] });

    guardian.child.kill('SIGTERM');
    expect(await once(guardian.child, 'close')).toEqual([0, null]);
    expect(await run('status', ...by('a'))).toMatchObject({
      code: 1,
      said: expect.arrayContaining([expect.stringMatching(/^not running/)]),
    });
    const before = statusOf('a');
    begin('start', ...by('a'));
    await until('it runs again', () => statusOf('a') !== before, minuteMs);
    expect(await run('status', ...by('a'))).toMatchObject({ code: 0 });
  });

  test('a change of policy is proposed, signed, handed in, and is in force', { timeout: 3 * minuteMs }, async () => {
    const { guardian } = await startAlone();
    const file = path('change.policy');
    const proposed = await run('policy', 'propose', ...by('a'), `--out=${file}`, '--set=limits.recordsPerBlock=500');
    expect(proposed).toMatchObject({ code: 0 });
    expect(proposed.said).toEqual(expect.arrayContaining(['  limits.recordsPerBlock: 2000 -> 500']));
    expect(await run('policy', 'submit', ...by('a'), file)).toMatchObject({
      code: 1,
      advice: [expect.stringContaining('guardian/quorum-not-met')],
    });
    expect(await run('policy', 'sign', ...by('a'), file)).toMatchObject({ code: 0 });
    expect(await run('policy', 'submit', ...by('a'), file)).toMatchObject({ code: 0, said: ['version-2.policy'] });
    const before = statusOf('a');
    await until('it is final', () => guardian.said.some((line) => line.endsWith('version-2.policy: final')), minuteMs);
    expect(await readdir(path('a/policy-changes'))).toEqual(['version-2.policy.final']);
    // The same again comes too late, and says so.
    await until('the status tells of it', () => standingOf(statusOf('a')) !== standingOf(before), minuteMs);
    expect((await run('policy', 'show', ...by('a'), file)).advice.join()).toContain('guardian/stale-policy');
  });

  test('a wrong passphrase, no grid, or a stranger’s command line end with a sentence and a code', async () => {
    await run('init', ...by('a'), '--name=Alice', '--route=127.0.0.1:4222', `--words-file=${path('words')}`);
    expect(await run('start', ...by('a'))).toMatchObject({ code: 1, advice: [expect.stringContaining('[grid/none]')] });
    expect(await run('start', `--profile=${path('a')}`)).toMatchObject({
      code: 1,
      advice: [expect.stringContaining('[vault/passphrase-required]')],
    });
    expect(await run('status', ...by('nobody'))).toMatchObject({ code: 1 });
    expect(await run('fly')).toMatchObject({ code: 2, advice: [expect.stringContaining('there is no part fly')] });
    expect(await run('init', '--passphrase=secret')).toMatchObject({ code: 2 });
    expect(await readFile(path('words'), 'utf8')).toMatch(/^(\w+ ){23}\w+\n$/);
  });
});
