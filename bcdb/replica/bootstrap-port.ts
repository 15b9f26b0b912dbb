/** The UDP port on loopback under which a guardian's grid is found: the same at every start, unless somebody took it. */
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

const loopback = '127.0.0.1';

/** Binds for a moment: 0 asks the system for a free port. Undefined when the port is taken. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind(port, loopback, () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}

/** How long an own net process that was cut off may still hold the port. */
const patience = { tries: 15, pauseMs: 200 } as const;

async function waitFor(port: number): Promise<number | undefined> {
  for (let tries = 0; tries < patience.tries; tries++) {
    if (tries > 0) await sleep(patience.pauseMs);
    const bound = await tryPort(port);
    if (bound !== undefined) return bound;
  }
  return undefined;
}

/** `wanted` if it is free, or gets free soon; else another that is. */
export async function freePort(wanted: number | undefined): Promise<number> {
  const kept = wanted === undefined ? undefined : await waitFor(wanted);
  const port = kept ?? (await tryPort(0));
  if (port === undefined) throw new Error('no free UDP port on loopback');
  return port;
}
