// `threebot guardian` as its user runs it, on a grid of one guardian. Grids of several: guardian-grid.test.ts.

import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/lib/free-port.ts';
import { until } from '../support/bcdb-replicas.ts';
import { createGuardianCommands, type GuardianCommands } from '../support/guardian-commands.ts';
import { listenersOf } from '../support/processes.ts';
import { there } from '../support/sequencers.ts';

const minuteMs = 60_000;

describe('threebot guardian', () => {
  let commands: GuardianCommands;
  beforeEach(async () => {
    commands = await createGuardianCommands();
  });
  afterEach(() => commands.end());
  const path: GuardianCommands['path'] = (name) => commands.path(name);
  const by: GuardianCommands['by'] = (name) => commands.by(name);
  const begin: GuardianCommands['begin'] = (...args) => commands.begin(...args);
  const run: GuardianCommands['run'] = (...args) => commands.run(...args);
  const statusOf: GuardianCommands['statusText'] = (name) => commands.statusText(name);
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
