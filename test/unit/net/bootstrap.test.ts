// Bootstrap nodes of one's own: where they are reachable, and what cannot be one.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runBootstrap } from '../../../bcdb/net/bootstrap.ts';

test('say where they are, and take four ports in a row until they are closed', async () => {
  const nodes = await runBootstrap({ port: 29_480, host: '127.0.0.1' });
  expect(nodes.address).toBe('127.0.0.1:29480');
  await expect(runBootstrap({ port: 29_482, host: '127.0.0.1' })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await nodes.close();
  for (const port of [29_480, 29_483]) {
    const socket = createSocket('udp4').bind(port, '127.0.0.1');
    await once(socket, 'listening');
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
});

test('no node is everywhere, nowhere, or on a port that is none', async () => {
  for (const host of ['0.0.0.0', 'localhost', '::1', '']) {
    await expect(runBootstrap({ port: 29_480, host })).rejects.toBeInstanceOf(RangeError);
  }
  for (const port of [0, 80, 65_534, 1.5, Number.NaN]) {
    await expect(runBootstrap({ port, host: '127.0.0.1' })).rejects.toBeInstanceOf(RangeError);
  }
});
