/**
 * The UDP port on loopback under which a guardian's grid is found: the same at every start, because it stands in every
 * invitation. Chosen below the ports that systems hand out by themselves, so that nobody takes it by chance.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

const loopback = '127.0.0.1';
/** Below 32768 (Linux) and 49152 (macOS, Windows). */
const range = { from: 20_000, to: 32_000 } as const;
const tries = 50;
/** How long an own net process that was cut off may still hold the port. */
const patience = { tries: 15, pauseMs: 200 } as const;

/** Binds for a moment. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, loopback, () => socket.close(() => resolve(true)));
  });
}

async function getsFree(port: number): Promise<boolean> {
  for (let round = 0; round < patience.tries; round++) {
    if (round > 0) await sleep(patience.pauseMs);
    if (await isFree(port)) return true;
  }
  return false;
}

/** `wanted` if it is free, or gets free soon; else another that is. */
export async function freePort(wanted: number | undefined): Promise<number> {
  if (wanted !== undefined && (await getsFree(wanted))) return wanted;
  for (let round = 0; round < tries; round++) {
    const port = randomInt(range.from, range.to);
    if (await isFree(port)) return port;
  }
  throw new Error('no free UDP port on loopback');
}
