// A small disk that can be filled up, and get room again.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const ballastIn = (folder: string): string => join(folder, 'ballast');

/** Writes until there is no room, then gives back `leave` bytes. */
export function fillDisk(folder: string, leave: number): void {
  const file = openSync(ballastIn(folder), 'a');
  try {
    for (const size of [1024 * 1024, 4096]) fillBy(file, Buffer.alloc(size, 1));
  } finally {
    closeSync(file);
  }
  if (leave > 0) execFileSync('truncate', ['-s', `-${leave}`, ballastIn(folder)]);
}

/** Takes all room as soon as there is some, until it is called off: nothing that is given up can be had again. */
export function keepFull(folder: string): () => void {
  const timer = setInterval(() => fillDisk(folder, 0), 1);
  return () => clearInterval(timer);
}

export const freeDisk = (folder: string): void => rmSync(ballastIn(folder), { force: true });

function fillBy(file: number, chunk: Buffer): void {
  try {
    while (writeSync(file, chunk) === chunk.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
