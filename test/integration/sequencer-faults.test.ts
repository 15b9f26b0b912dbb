// What a sequencer of real nats-servers does when processes die, hang, or find their port taken.

import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Sequencer } from '../../bcdb/guardian/sequencer-api.ts';
import type { NatsSequencerHost, SequencerHostOptions } from '../../bcdb/sequencer/sequencer-host.ts';
import { until } from '../support/bcdb-replicas.ts';
import { needs } from '../support/needs.ts';
import { collect } from '../support/sequencer-contract.ts';
import { createTestSequencers, type TestSequencers, there } from '../support/sequencers.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const minuteMs = 60_000;
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

needs('nats')('faults of a sequencer of nats-servers', () => {
  let scene: TestSequencers;
  afterEach(() => scene.end());

  async function ready(count: number, options: Partial<SequencerHostOptions> = {}) {
    scene = await createTestSequencers(count);
    const places = Array.from({ length: count }, (_, place) => place);
    const hosts = places.map((place) => scene.host(place, options));
    const opened = await Promise.all(hosts.map((host) => host.open(0, scene.peers(...places))));
    await until('all are ready', () => hosts.every((host) => host.state().name === 'ready'), 75_000);
    return { hosts, opened, at: (place: number) => pick(hosts, opened, place) };
  }
  function pick(hosts: readonly NatsSequencerHost[], opened: readonly Sequencer[], place: number) {
    const [host, sequencer] = [hosts[place], opened[place]];
    if (host === undefined || sequencer === undefined) throw new RangeError(`no guardian ${place}`);
    return { host, sequencer, kill: (signal: NodeJS.Signals) => process.kill(host.pid() ?? 0, signal) };
  }

  test('goes on without gap or duplicate while one server after the other is killed', {
    timeout: 3 * minuteMs,
  }, async () => {
    // On a busy machine a server takes its time to come back; until then everybody waits.
    const { at } = await ready(3, { publishMs: minuteMs });
    const readers = [0, 1, 2].map((place) => collect(at(place).sequencer));
    const published: string[] = [];
    let isDone = false;
    const writers = [0, 1, 2].map(async (place) => {
      for (let index = 0; !isDone; index++) {
        const text = `${place}/${index}`;
        await at(place).sequencer.publish(bytesOf(text));
        published.push(text);
      }
    });
    for (const place of [0, 1, 2]) {
      const before = published.length;
      at(place).kill('SIGKILL');
      await until(
        'it is back',
        () => at(place).host.state().name === 'ready' && at(place).host.pid() !== undefined,
        minuteMs,
      );
      await until('it goes on', () => published.length > before + 100, minuteMs);
    }
    isDone = true;
    await Promise.all(writers);
    await until('all was read', () => readers.every(({ texts }) => texts.length === published.length), minuteMs);
    for (const { texts, positions, gone } of readers) {
      expect(positions).toEqual(upTo(published.length));
      expect(texts).toEqual(readers[0]?.texts);
      expect([...texts].sort()).toEqual([...published].sort());
      expect(gone).toEqual([]);
    }
  });

  test('without a leader for long, though all others are there, a server is started anew', {
    timeout: 3 * minuteMs,
  }, async () => {
    const { hosts, at } = await ready(3, { leaderlessMs: 3000, publishMs: minuteMs });
    const reader = collect(at(0).sequencer);
    await at(0).sequencer.publish(bytesOf('before'));
    const pid = at(0).host.pid();
    // They hold their connections and say nothing: there, as far as anybody can tell.
    for (const place of [1, 2]) at(place).kill('SIGSTOP');
    await until('another server', () => ![undefined, pid].includes(at(0).host.pid()), minuteMs);
    for (const place of [1, 2]) at(place).kill('SIGCONT');
    await until('all are ready', () => hosts.every((host) => host.state().name === 'ready'), minuteMs);
    await at(0).sequencer.publish(bytesOf('after'));
    await until('both were read', () => reader.texts.length === 2, minuteMs);
    expect(reader.texts).toEqual(['before', 'after']);
  });

  test('a minority may stay away; with too many away publish fails, to be tried again, and all comes back by itself', {
    timeout: 3 * minuteMs,
  }, async () => {
    const { hosts, at } = await ready(3);
    const reader = collect(at(0).sequencer);
    await at(0).sequencer.publish(bytesOf('all there'));
    await at(1).host.close();
    await at(0).sequencer.publish(bytesOf('one away'));
    await at(2).host.close();
    // Not before: a server that still leads keeps what it could not agree on, and may hold on to it (docs/BCDB.md, Epochs).
    await until('it is told', () => hosts[0]?.state().name === 'failed', minuteMs);
    await expect(at(0).sequencer.publish(bytesOf('lost?'))).rejects.toMatchObject({
      code: 'guardian/sequencer-failed',
      retry: true,
    });
    await at(2).host.open(0, scene.peers(0, 1, 2));
    await at(1).host.open(0, scene.peers(0, 1, 2));
    await until('it comes back', () => hosts[0]?.state().name === 'ready', minuteMs);
    await at(0).sequencer.publish(bytesOf('back'));
    await until('it was read', () => reader.texts.includes('back'), minuteMs);
    // What was not acknowledged may be there or not; what was, is.
    expect(reader.texts.filter((text) => text !== 'lost?')).toEqual(['all there', 'one away', 'back']);
    expect(reader.positions).toEqual(upTo(reader.texts.length));
  });

  test('begins with two of three, and the third catches up when it comes', { timeout: 2 * minuteMs }, async () => {
    scene = await createTestSequencers(3);
    const hosts = [0, 1, 2].map((place) => scene.host(place));
    const open = (place: number) => there(hosts[place]).open(0, scene.peers(0, 1, 2));
    const [one] = await Promise.all([open(0), open(1)]);
    await until('two are ready', () => hosts.slice(0, 2).every((host) => host.state().name === 'ready'), minuteMs);
    await one.publish(bytesOf('early'));
    const late = collect(await open(2));
    await until('the third has it', () => late.texts.length === 1, minuteMs);
    await until('the third is ready', () => hosts[2]?.state().name === 'ready', minuteMs);
    expect(late).toMatchObject({ texts: ['early'], positions: [1], gone: [] });
  });

  test('a server that hangs is ended and started again', { timeout: 2 * minuteMs }, async () => {
    const { at } = await ready(1, { publishMs: 60_000 });
    const { host, sequencer, kill } = at(0);
    await sequencer.publish(bytesOf('before'));
    const hanging = host.pid();
    kill('SIGSTOP');
    expect(await sequencer.publish(bytesOf('after'))).toBe(2);
    expect(host.pid()).not.toBe(hanging);
  });

  test('a port that another program holds is told, and taken as soon as it is free', async () => {
    scene = await createTestSequencers(3);
    const blocker = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => blocker.listen(scene.guardians[0]?.port, '127.0.0.1', resolve));
    const hosts = [0, 1, 2].map((place) => scene.host(place));
    await Promise.all(hosts.map((host) => host.open(0, scene.peers(0, 1, 2))));
    await until('it is told', () => hosts[0]?.state().name === 'failed');
    expect(hosts[0]?.state()).toMatchObject({
      code: 'guardian/sequencer-failed',
      detail: expect.stringMatching(/address already in use/),
    });
    await new Promise((resolve) => blocker.close(resolve));
    await until('it runs', () => hosts[0]?.state().name === 'ready', minuteMs);
  });

  test('a missing program is told with the command that installs it', async () => {
    scene = await createTestSequencers(1);
    const host = scene.host(0, { natsServer: '/nowhere/nats-server', publishMs: 300 });
    const sequencer = await host.open(0, scene.peers(0));
    await expect(sequencer.publish(bytesOf('x'))).rejects.toMatchObject({ retry: true });
    expect(host.state()).toMatchObject({
      name: 'failed',
      code: 'guardian/no-nats-server',
      detail: expect.stringContaining('nats-server'),
    });
  });

  test('forgets what nobody needs, and tells a reader of it where the stream begins now', async () => {
    const { at } = await ready(1, { keptMessages: 10, keptMs: 1000 });
    const { sequencer } = at(0);
    const all = collect(sequencer);
    for (const index of upTo(50)) await sequencer.publish(bytesOf(`${index}`));
    await until('all was read', () => all.texts.length === 50);
    const readerOf = async (from: number) => {
      const reader = collect(sequencer, from);
      await until('it got something', () => reader.texts.length + reader.gone.length > 0);
      reader.stop();
      return { first: reader.texts[0], gone: reader.gone };
    };
    // Not below what this guardian needs, nor into the last ten.
    await until('it has forgotten', async () => {
      await sequencer.forget(30);
      return (await readerOf(1)).gone.length > 0;
    });
    expect(await readerOf(1)).toEqual({ first: undefined, gone: [30] });
    expect(await readerOf(30)).toEqual({ first: '30', gone: [] });
    await until('it has forgotten more', async () => {
      await sequencer.forget(50);
      return (await readerOf(30)).gone.length > 0;
    });
    expect((await readerOf(30)).gone).toEqual([41]);
  });

  test('a stream that was taken away is told as failed, and is not begun anew in its epoch', {
    timeout: 2 * minuteMs,
  }, async () => {
    const { at } = await ready(1);
    const { host, sequencer, kill } = at(0);
    await sequencer.publish(bytesOf('kept'));
    await rm(`${scene.folder(0)}/epoch-0`, { recursive: true });
    kill('SIGKILL');
    await until('it is told', () => JSON.stringify(host.state()).includes('the stream is gone'), minuteMs);
    await until('it stays so', () => JSON.stringify(host.state()).includes('the stream is gone'));
    expect(host.state().name).toBe('failed');
  });
});
