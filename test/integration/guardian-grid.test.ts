// Guardians from nothing to a grid, by the commands of docs/GUARDIANS.md: real processes, nats-servers and DHT nodes, on loopback.
// One is killed, the others go on and change the policy, and it comes back.

import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BootstrapNodes, runBootstrap } from '../../bcdb/net/bootstrap.ts';
import { freePort } from '../../scripts/lib/free-port.ts';
import { until } from '../support/bcdb-replicas.ts';
import { createGuardianCommands, type GuardianCommands, type Running } from '../support/guardian-commands.ts';
import { needs } from '../support/needs.ts';
import { there } from '../support/sequencers.ts';

const minuteMs = 60_000;
const names = ['Alice', 'Bob', 'Carol', 'Dan'] as const;

needs('nats')('a grid of guardians', () => {
  let commands: GuardianCommands;
  let dht: BootstrapNodes;
  beforeEach(async () => {
    commands = await createGuardianCommands();
    dht = await runBootstrap({ port: await freePort(), host: '127.0.0.1' });
  });
  afterEach(async () => {
    await commands.end();
    await dht.close();
  });

  const heightOf = (name: string): number => Number(/"height": (\d+)/.exec(commands.statusText(name))?.[1] ?? -1);

  /** Makes a guardian and returns its card. */
  async function init(name: string): Promise<string> {
    const { run, by, path } = commands;
    const route = `127.0.0.1:${await freePort()}`;
    const words = `--words-file=${path(`${name}.words`)}`;
    const made = await run('init', ...by(name), `--name=${name}`, `--route=${route}`, words);
    return there(made.said[0]);
  }

  const network = (): readonly string[] => ['--no-lan', `--bootstrap=${dht.address}`];

  const isFinal = ({ said }: Running, version: number): boolean =>
    said.some((line) => line.endsWith(`version-${version}.policy: final`));

  test('of four is founded, survives a kill, changes its policy with three, and is whole again', {
    timeout: 5 * minuteMs,
  }, async () => {
    const { run, begin, by, path } = commands;
    const cards: string[] = [];
    for (const name of names) cards.push(`--card=${await init(name)}`);
    expect(await run('found', ...by('Alice'), '--name=four', ...cards)).toMatchObject({ code: 0 });
    const guardians = new Map<string, Running>(
      names.map((name) => [name, begin('start', ...by(name), '--genesis=genesis.3bot', ...network())]),
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
    await until('three made it final', () => isFinal(bob, 2), 2 * minuteMs);

    const height = heightOf('Bob');
    begin('start', ...by('Dan'));
    await until('the fourth caught up', () => heightOf('Dan') >= height, 2 * minuteMs);
    expect(await run('status', ...by('Alice'))).toMatchObject({ code: 0 });
    // Its status is written now and then: it may be of a block before.
    await expect
      .poll(() => run('policy', 'show', ...by('Dan'), file), { timeout: minuteMs, interval: 500 })
      .toMatchObject({ code: 1, advice: [expect.stringContaining('guardian/stale-policy')] });
  });

  test('of one becomes one of three, whose next block needs two', { timeout: 5 * minuteMs }, async () => {
    const { run, begin, by, path } = commands;
    const [alice, ...newcomers] = names.slice(0, 3);
    expect(await run('found', ...by(there(alice)), '--name=one', `--card=${await init(there(alice))}`)).toMatchObject({
      code: 0,
    });
    const first = begin('start', ...by(there(alice)), '--genesis=genesis.3bot', ...network());
    await until('the first block', () => heightOf(there(alice)) >= 0, 2 * minuteMs);
    const { said } = await run('invite', ...by(there(alice)));
    const guardians: Running[] = [first];
    const cards: string[] = [];
    for (const name of newcomers) {
      cards.push(`--add=${await init(name)}`);
      guardians.push(begin('start', ...by(name), `--join=${there(said[0])}`, ...network()));
    }
    await until('both to follow', () => newcomers.every((name) => heightOf(name) >= 0), 2 * minuteMs);

    const file = path('three.policy');
    await run('policy', 'propose', ...by(there(alice)), `--out=${file}`, ...cards);
    for (const name of names.slice(0, 3)) {
      expect(await run('policy', 'sign', ...by(name), file)).toMatchObject({ code: 0 });
    }
    expect(await run('policy', 'submit', ...by(there(alice)), file)).toMatchObject({ code: 0 });
    await until('they are three', () => isFinal(first, 2), 2 * minuteMs);

    // Two of them make the next one final, and the first is not needed for it.
    first.child.kill('SIGKILL');
    await once(first.child, 'close');
    const next = path('next.policy');
    const [bob, carol] = newcomers;
    await expect
      .poll(() => run('policy', 'propose', ...by(there(bob)), `--out=${next}`, '--set=limits.recordsPerBlock=777'), {
        timeout: minuteMs,
        interval: 500,
      })
      .toMatchObject({ code: 0 });
    for (const name of [there(bob), there(carol)]) {
      expect(await run('policy', 'sign', ...by(name), next)).toMatchObject({ code: 0 });
    }
    expect(await run('policy', 'submit', ...by(there(carol)), next)).toMatchObject({ code: 0 });
    await until('two made it final', () => isFinal(there(guardians[2]), 3), 2 * minuteMs);

    const height = heightOf(there(carol));
    begin('start', ...by(there(alice)));
    await until('the first caught up', () => heightOf(there(alice)) >= height, 2 * minuteMs);
  });
});
