// Four guardians from nothing to a grid, by the commands of docs/GUARDIANS.md: real processes, nats-servers and DHT nodes, on
// loopback. One is killed, the others go on and change the policy, and it comes back.

import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { type BootstrapNodes, runBootstrap } from '../../bcdb/net/bootstrap.ts';
import { freePort } from '../../scripts/lib/free-port.ts';
import { until } from '../support/bcdb-replicas.ts';
import { createGuardianCommands, type GuardianCommands, type Running } from '../support/guardian-commands.ts';
import { needs } from '../support/needs.ts';
import { there } from '../support/sequencers.ts';

const minuteMs = 60_000;
const names = ['Alice', 'Bob', 'Carol', 'Dan'] as const;

needs('nats')('a grid of four guardians', () => {
  let commands: GuardianCommands;
  let dht: BootstrapNodes | undefined;
  afterEach(async () => {
    await commands.end();
    await dht?.close();
  });

  const heightOf = (name: string): number => Number(/"height": (\d+)/.exec(commands.statusText(name))?.[1] ?? -1);

  test('is founded, survives a kill, changes its policy with three, and is whole again', {
    timeout: 5 * minuteMs,
  }, async () => {
    commands = await createGuardianCommands();
    const { run, begin, by, path } = commands;
    dht = await runBootstrap({ port: await freePort(), host: '127.0.0.1' });
    const cards: string[] = [];
    for (const name of names) {
      const route = `127.0.0.1:${await freePort()}`;
      const made = await run(
        'init',
        ...by(name),
        `--name=${name}`,
        `--route=${route}`,
        `--words-file=${path(`${name}.words`)}`,
      );
      cards.push(`--card=${there(made.said[0])}`);
    }
    expect(await run('found', ...by('Alice'), '--name=four', ...cards)).toMatchObject({ code: 0 });
    const network = ['--no-lan', `--bootstrap=${dht.address}`];
    const guardians = new Map<string, Running>(
      names.map((name) => [name, begin('start', ...by(name), '--genesis=genesis.3bot', ...network)]),
    );
    await until('all have the first block', () => names.every((name) => heightOf(name) >= 0), 2 * minuteMs);

    const dan = there(guardians.get('Dan')).child;
    dan.kill('SIGKILL');
    await once(dan, 'close');
    const file = path('change.policy');
    await run('policy', 'propose', ...by('Alice'), `--out=${file}`, '--set=limits.recordsPerBlock=777');
    expect(await run('policy', 'sign', ...by('Alice'), file)).toMatchObject({ code: 0 });
    expect(await run('policy', 'sign', ...by('Bob'), file)).toMatchObject({ code: 0 });
    expect(await run('policy', 'submit', ...by('Bob'), file)).toMatchObject({ code: 1 });
    expect(await run('policy', 'sign', ...by('Carol'), file)).toMatchObject({ code: 0 });
    expect(await run('policy', 'submit', ...by('Bob'), file)).toMatchObject({ code: 0 });
    const bob = there(guardians.get('Bob'));
    await until(
      'three made it final',
      () => bob.said.some((line) => line.endsWith('version-2.policy: final')),
      2 * minuteMs,
    );

    const height = heightOf('Bob');
    begin('start', ...by('Dan'));
    await until('the fourth caught up', () => heightOf('Dan') >= height, 2 * minuteMs);
    expect(await run('status', ...by('Alice'))).toMatchObject({ code: 0 });
    // Its status is written now and then: it may be of a block before.
    await expect
      .poll(() => run('policy', 'show', ...by('Dan'), file), { timeout: minuteMs, interval: 500 })
      .toMatchObject({ code: 1, advice: [expect.stringContaining('guardian/stale-policy')] });
  });
});
