// A nats-server never outlives its guardian for long, and follows the guardians as they change within an epoch.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { freePort } from '../../scripts/lib/free-port.ts';
import { until } from '../support/bcdb-replicas.ts';
import { needs } from '../support/needs.ts';
import { familyOf } from '../support/processes.ts';
import { collect } from '../support/sequencer-contract.ts';
import { createTestSequencers, type TestSequencers, there } from '../support/sequencers.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const minuteMs = 60_000;
const commandOf = (pid: number): string =>
  existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
const isAlive = (pid: number): boolean => commandOf(pid) !== '';

needs('nats')('the life of a nats-server', () => {
  describe('with its guardian', () => {
    let root: string;
    const guardians: ChildProcess[] = [];
    const servers: number[] = [];
    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'sequencer-'));
    });
    afterEach(async () => {
      for (const guardian of guardians.splice(0)) guardian.kill('SIGKILL');
      // Only what these tests started, and only while it is still that.
      for (const pid of servers.splice(0)) if (commandOf(pid).includes(root)) process.kill(pid, 'SIGKILL');
      await rm(root, { recursive: true, force: true });
    });

    /** Starts a guardian's process; resolves to the process id of its server. */
    async function start(route: string): Promise<{ readonly guardian: ChildProcess; readonly server: number }> {
      const entry = fileURLToPath(new URL('./entry-sequencer.ts', import.meta.url));
      const guardian = spawn(process.execPath, [entry, root, route], { stdio: ['ignore', 'pipe', 'inherit'] });
      guardians.push(guardian);
      const server = await new Promise<number>((resolve) => {
        createInterface({ input: there(guardian.stdout) }).on('line', (line) => {
          if (line.startsWith('ready')) resolve(Number(line.split(' ')[1]));
        });
      });
      servers.push(server);
      return { guardian, server };
    }

    test('it ends when the guardian is killed', async () => {
      const { guardian, server } = await start(`127.0.0.1:${await freePort()}`);
      expect(isAlive(server)).toBe(true);
      guardian.kill('SIGKILL');
      await until('it is gone', () => !isAlive(server));
    });

    test('one that was left behind is ended by the next start', async () => {
      const route = `127.0.0.1:${await freePort()}`;
      const first = await start(route);
      // Without its watcher nobody ends the server with the guardian.
      const watcher = familyOf(there(first.guardian.pid), root).find((pid) =>
        commandOf(pid).startsWith('/bin/sh\0-c\0cat'),
      );
      process.kill(there(watcher), 'SIGKILL');
      first.guardian.kill('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(isAlive(first.server)).toBe(true);
      const second = await start(route);
      expect(isAlive(first.server)).toBe(false);
      expect(second.server).not.toBe(first.server);
    });
  });

  describe('with the guardians of its grid', () => {
    let scene: TestSequencers;
    afterEach(() => scene.end());

    async function ready(count: number, ...places: readonly number[]) {
      scene = await createTestSequencers(count);
      const hosts = Array.from({ length: count }, (_, place) => scene.host(place));
      const opened = await Promise.all(places.map((place) => hosts[place]?.open(0, scene.peers(...places))));
      await until('all are ready', () => places.every((place) => hosts[place]?.state().name === 'ready'), 75_000);
      const first = there(opened[0]);
      return { hosts, first };
    }

    /** Whether the stream stands whole with exactly these guardians, as one of them sees it. */
    const haveCopies = (seer: number, ...places: readonly number[]): boolean => {
      const names = places.map((place) => toHex(there(scene.guardians[place]?.key)).slice(0, 8));
      const last = scene.lines.findLast((line) => line.startsWith(`${seer}: `) && line.includes('copies with'));
      return last?.endsWith(`copies with ${names.sort().join(' ')}`) === true;
    };

    test('three become four and five; the newcomers read all from the beginning and publish', {
      timeout: 3 * minuteMs,
    }, async () => {
      const { hosts, first } = await ready(5, 0, 1, 2);
      await first.publish(bytesOf('by three'));
      const reader = collect(first);
      let newest = first;
      for (const [newcomer, places] of [
        [3, [0, 1, 2, 3]],
        [4, [0, 1, 2, 3, 4]],
      ] as const) {
        const peers = scene.peers(...places);
        await Promise.all(places.slice(0, -1).map((place) => hosts[place]?.change(peers)));
        newest = there(await hosts[newcomer]?.open(0, peers));
        await until('it is ready', () => hosts[newcomer]?.state().name === 'ready', minuteMs);
        await newest.publish(bytesOf(`by newcomer ${newcomer}`));
        const all = collect(newest);
        await until('it has all', () => all.texts.length === reader.texts.length && all.texts.length > 1);
      }
      expect(reader.texts).toEqual(['by three', 'by newcomer 3', 'by newcomer 4']);
      await until('five keep a copy', () => haveCopies(1, 0, 1, 2, 3, 4), minuteMs);
      // Two of five may go.
      await Promise.all([hosts[0]?.close(), hosts[1]?.close()]);
      await newest.publish(bytesOf('by the other three'));
    });

    test('four become three, and any two of these go on', { timeout: 5 * minuteMs }, async () => {
      const { hosts, first } = await ready(4, 0, 1, 2, 3);
      await first.publish(bytesOf('by four'));
      await Promise.all([0, 1, 2].map((place) => hosts[place]?.change(scene.peers(0, 1, 2))));
      await hosts[3]?.close();
      await first.publish(bytesOf('by three'));
      const reader = collect(first);
      // Once the fourth does not count any more and all three have a copy, one may go.
      await until('the fourth is let go', () => scene.lines.some((line) => /is no member of the cluster/.test(line)));
      await until('the copies are there', () => haveCopies(0, 0, 1, 2), minuteMs);
      await hosts[2]?.close();
      await first.publish(bytesOf('by two of three'));
      await until('it was read', () => reader.texts.length === 3, minuteMs);
      expect(reader.texts).toEqual(['by four', 'by three', 'by two of three']);
      // The one that is left has read its configuration anew, and must hear the others when they come back.
      await hosts[1]?.close();
      await until('it is told', () => hosts[0]?.state().name === 'failed', minuteMs);
      await Promise.all([1, 2].map((place) => hosts[place]?.open(0, scene.peers(0, 1, 2))));
      await until('it comes back', () => hosts[0]?.state().name === 'ready', minuteMs);
      await first.publish(bytesOf('by all three'));
      await until('that was read', () => reader.texts.length === 4, minuteMs);
    });

    test('a guardian moves to another address while the others go on', { timeout: 2 * minuteMs }, async () => {
      const { hosts, first } = await ready(3, 0, 1, 2);
      await first.publish(bytesOf('before'));
      const movedPort = await freePort();
      const peers = scene.peers(0, 1, 2);
      const moved = {
        ...peers,
        seats: peers.seats.map((seat, place) => (place === 2 ? { ...seat, route: `127.0.0.1:${movedPort}` } : seat)),
      };
      await Promise.all(hosts.map((host) => host.change(moved)));
      await first.publish(bytesOf('after'));
      await until('it is back', () => hosts[2]?.state().name === 'ready', minuteMs);
      expect(await first.publish(bytesOf('and with it'))).toBe(3);
    });

    test('who has no seat is refused, and so is a stream of one that should become one of several', async () => {
      const { hosts, first } = await ready(3, 0);
      const refused = { code: 'guardian/bad-statement' };
      await expect(hosts[1]?.open(0, scene.peers(0))).rejects.toMatchObject(refused);
      await expect(hosts[0]?.change(scene.peers(1))).rejects.toMatchObject(refused);
      await expect(hosts[0]?.change(scene.peers(0, 1, 2))).rejects.toMatchObject({
        code: 'guardian/sequencer-failed',
        retry: false,
      });
      expect(await first.publish(bytesOf('it goes on'))).toBe(1);
    });
  });
});
