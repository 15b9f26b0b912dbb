// Who can reach a guardian's nats-server: its own process by a key made for each start, other guardians by a certificate
// that their key signed, and nobody else.

import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { createUser } from '@nats-io/nkeys';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { afterEach, expect, test } from 'vitest';
import { leafCertificate, pem, rootCertificate } from '../../bcdb/sequencer/certificates.ts';
import { sign } from '../../core/keys.ts';
import { until } from '../support/bcdb-replicas.ts';
import { needs } from '../support/needs.ts';
import { listenersOf } from '../support/processes.ts';
import { collect } from '../support/sequencer-contract.ts';
import { createTestSequencers, type TestGuardian, type TestSequencers, there } from '../support/sequencers.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

needs('nats')('access to a nats-server of a guardian', () => {
  let scene: TestSequencers;
  afterEach(() => scene.end());

  async function ready(count: number, ...places: readonly number[]) {
    scene = await createTestSequencers(count);
    const hosts = places.map((place) => scene.host(place));
    const opened = await Promise.all(hosts.map((host) => host.open(0, scene.peers(...places))));
    await until('all are ready', () => hosts.every((host) => host.state().name === 'ready'), 75_000);
    return { hosts, opened };
  }

  async function clientPort(place: number): Promise<number> {
    const name = (await readdir(scene.folder(place))).find((each) => each.endsWith('.ports')) ?? '';
    const text = await readFile(join(scene.folder(place), name), 'utf8');
    return Number(/nats:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
  }

  /** What a TLS client with a key of its own, certified by `signer`, gets to hear from a route port. */
  function knock(signer: TestGuardian, target: TestGuardian): Promise<string> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = new Uint8Array(Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url'));
    const nowMs = Date.now();
    const leaf = leafCertificate(
      { key, host: '127.0.0.1', fromMs: nowMs - 60_000, untilMs: nowMs + 60_000 },
      signer.key,
      (bytes) => sign(signer.seed, bytes),
    );
    return new Promise((resolve) => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: target.port,
        cert: pem(leaf),
        key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
        ca: pem(rootCertificate(target.key)),
      });
      socket.on('data', (data) => {
        resolve(data.toString().slice(0, 4));
        socket.destroy();
      });
      socket.on('error', (error) => resolve(error.message));
      socket.on('close', () => resolve('closed'));
    });
  }

  test('a client without the key of this start is refused on the client port', async () => {
    await ready(1, 0);
    const servers = `127.0.0.1:${await clientPort(0)}`;
    await expect(connect({ servers, reconnect: false, timeout: 3000 })).rejects.toThrow(/authoriz/i);
    const authenticator = nkeyAuthenticator(createUser().getSeed());
    await expect(connect({ servers, authenticator, reconnect: false, timeout: 3000 })).rejects.toThrow(/authoriz/i);
  });

  test('a route opens to a key that a guardian certified and not to one that a stranger certified', async () => {
    await ready(4, 0, 1, 2);
    const [target, friend, , stranger] = scene.guardians;
    if (target === undefined || friend === undefined || stranger === undefined) throw new Error('four are needed');
    // A server on the other side of TLS: the nats protocol begins here.
    expect(await knock(friend, target)).toBe('INFO');
    expect(await knock(stranger, target)).toMatch(/certificate|unknown ca|closed/);
  });

  test('a stranger’s server with a key of its own does not join, and takes nothing from the stream', async () => {
    const { opened } = await ready(4, 0, 1, 2);
    await opened[0]?.publish(bytesOf('for guardians'));
    const stranger = scene.host(3);
    const { texts } = collect(await stranger.open(0, scene.peers(0, 1, 2, 3)));
    await until('it was refused', () =>
      scene.lines.some((line) => !line.startsWith('3') && line.includes('TLS route handshake error')),
    );
    await opened[1]?.publish(bytesOf('still for guardians'));
    expect(stranger.state().name).not.toBe('ready');
    expect(texts).toEqual([]);
  });

  test('a guardian that was removed is cut off while the others go on', async () => {
    const { hosts, opened } = await ready(4, 0, 1, 2, 3);
    const removed = collect(there(opened[3]));
    const kept = collect(there(opened[0]));
    await opened[0]?.publish(bytesOf('before'));
    await until('all have it', () => removed.texts.length === 1 && kept.texts.length === 1);
    await Promise.all(hosts.slice(0, 3).map((host) => host.change(scene.peers(0, 1, 2))));
    await opened[1]?.publish(bytesOf('after'));
    await until('the others have it', () => kept.texts.length === 2);
    // Its servers keeps dialling, and is refused each time.
    await until('it is refused', () =>
      scene.lines.some((line) => !line.startsWith('3') && line.includes('TLS route handshake error')),
    );
    await until('it knows', () => hosts[3]?.state().name === 'failed');
    expect(removed.texts).toEqual(['before']);
    expect(hosts[0]?.state()).toEqual({ name: 'ready' });
  });

  test('listens to clients on loopback and to guardians on its seat, and to nobody anywhere else', async () => {
    const { hosts } = await ready(3, 0, 1, 2);
    const pid = hosts[0]?.pid() ?? 0;
    expect(listenersOf(pid)).toHaveLength(2);
    const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8');
    const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
    for (const port of [scene.guardians[0]?.port ?? 0, await clientPort(0)]) {
      expect(table).toContain(`0100007F:${hex(port)} 00000000:0000 0A`);
    }
  });

  test('its key is in a file for the owner alone, and neither in arguments nor in the environment', async () => {
    const { hosts } = await ready(1, 0);
    const folder = scene.folder(0);
    const mode = async (name: string): Promise<number> => (await stat(join(folder, name))).mode & 0o777;
    expect([await mode('.'), await mode('route.key'), await mode('server.conf')]).toEqual([0o700, 0o600, 0o600]);
    const pid = hosts[0]?.pid() ?? 0;
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((each) => each !== '');
    expect(args.slice(1)).toEqual(['--config', join(folder, 'server.conf')]);
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toMatch(/SU[A-Z2-7]{50,}/);
    expect(await readFile(join(folder, 'server.conf'), 'utf8')).not.toMatch(/\bSU[A-Z2-7]{50,}/);
  });
});
