// Requests between peers over real sockets: both ways, refused in time and by code, bounded under a flood.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Net, NetOptions } from '../../bcdb/net/net-api.ts';
import { AppError } from '../../core/errors.ts';
import { createGrid, type Grid, methods, until } from './net-members.ts';

const within = { timeoutMs: 5000 };
const keyOf = async (net: Net): Promise<Uint8Array> => (await net.ready()).netKey;
const codesOf = (results: readonly PromiseSettledResult<unknown>[]): (string | undefined)[] =>
  results.map((result) => (result.status === 'rejected' ? (result.reason as AppError).code : undefined));

describe('requests', () => {
  let grid: Grid;
  let server: Net;
  let client: Net;
  let served = 0;
  let atOnce = 0;
  let mostAtOnce = 0;

  const onRequest: NetOptions['onRequest'] = async (peer, method, body) => {
    served += 1;
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    const text = Buffer.from(body.subarray(0, 20)).toString();
    if (text === 'slow') await sleep(20);
    if (text === 'hang') await sleep(3000);
    atOnce -= 1;
    if (text === 'throw code') throw new AppError('record/gap', 'never sent to the peer');
    if (text === 'throw other') throw new TypeError('secret detail');
    if (text === 'huge answer') return new Uint8Array(methods.echo.answerBytes + 1);
    return Buffer.concat([Buffer.from(`${method} `), peer.subarray(0, 4), body]);
  };

  beforeAll(async () => {
    grid = await createGrid();
    [server, client] = await Promise.all([grid.start('server', { onRequest }), grid.start('client')]);
  });
  afterAll(() => grid.end());

  const ask = async (text: string, timeoutMs = 5000): Promise<Uint8Array> =>
    client.request(await keyOf(server), 'echo', Buffer.from(text), { timeoutMs });

  test('go both ways, with the caller’s proven key', async () => {
    const [a, b] = [await keyOf(server), await keyOf(client)];
    const answer = await client.request(a, 'echo', Buffer.from('hello'), within);
    expect(Buffer.from(answer)).toEqual(Buffer.concat([Buffer.from('echo '), b.subarray(0, 4), Buffer.from('hello')]));
    const body = randomBytes(methods.echo.requestBytes);
    expect(Buffer.compare(await server.request(b, 'echo', body, within), body)).toBe(0);
    expect(Buffer.from(await server.request(b, 'head', new Uint8Array(0), within))).toHaveLength(0);
  });

  test('fail by code: unknown method, too large either way, no answer in time, nobody there, the handler’s own', async () => {
    const key = await keyOf(server);
    const before = served;
    const results = await Promise.allSettled([
      client.request(key, 'submit', Buffer.from('x'), within),
      client.request(key, 'head', new Uint8Array(methods.head.requestBytes + 1), within),
      ask('huge answer'),
      ask('hang', 300),
      client.request(randomBytes(32), 'head', Buffer.from('x'), { timeoutMs: 600 }),
      ask('throw code'),
      ask('throw other'),
    ]);
    expect(codesOf(results)).toEqual([
      'net/unknown-method',
      'net/too-large',
      'net/too-large',
      'net/timeout',
      'net/unreachable',
      'record/gap',
      'net/failed',
    ]);
    expect(JSON.stringify(results)).not.toContain('secret detail');
    expect(served - before).toBe(4);
  });

  test('a stranger’s own limits do not bind us: what we do not know, or find too large, never reaches the host', async () => {
    const stranger = await grid.start('stranger', {
      methods: {
        ...methods,
        evil: { requestBytes: 1e7, answerBytes: 1e7 },
        head: { requestBytes: 1e7, answerBytes: 1e7 },
      },
    });
    const key = await keyOf(server);
    const before = served;
    const results = await Promise.allSettled([
      stranger.request(key, 'evil', Buffer.from('x'), within),
      stranger.request(key, 'head', new Uint8Array(100_000), within),
    ]);
    expect(codesOf(results)).toEqual(['net/unknown-method', 'net/too-large']);
    expect(served).toBe(before);
  });

  test('more than a peer may ask at once waits its turn', async () => {
    mostAtOnce = 0;
    await Promise.all(Array.from({ length: 60 }, () => ask('slow')));
    expect(mostAtOnce).toBeLessThanOrEqual(17);
  });

  test('a lost connection is made again, and what was asked meanwhile is answered', async () => {
    client.suspend();
    await until('the client to be gone', () => client.state().name === 'offline' && client.peers().length === 0);
    expect(client.state()).toEqual({ name: 'offline', reason: 'suspended' });
    client.resume();
    expect(
      Buffer.from(await ask('again', 10_000))
        .subarray(9)
        .toString(),
    ).toBe('again');
    await until('the state', () => client.state().name === 'online');
  });
});
