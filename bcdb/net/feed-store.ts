/**
 * The folder of Hypercores. All of it is a cache that the network or the host can fill again:
 * a store that does not open, or turned out damaged, is emptied, never repaired. Takes about 75 MB of disk when new.
 */
import { existsSync, statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Corestore from 'corestore';

/** How long another process may take to let go of the folder: the one before us, ending. */
const lockPatienceMs = 2000;

/** A bit flipped on disk: shows when the part that it is in is read, long after the store was opened. */
export const isDamage = (error: unknown): boolean => /checksum mismatch|corrupt/i.test(String(error));

const isLocked = (error: unknown): boolean => !isDamage(error) && /lock/i.test(String(error));

const noticeIn = (folder: string): string => join(folder, 'damaged');

/** Leaves word for the next process that the store must be emptied: this one, which ends, still holds it open. */
export function noteDamage(folder: string): void {
  writeFileSync(noticeIn(folder), '');
}

/** An error of the store with the room that is left: of a full disk it says no more than that a batch was not applied. */
export function withRoom(error: unknown, folder: string): string {
  const { bavail, bsize } = statfsSync(folder);
  return `${String(error)}; ${Math.floor((bavail * bsize) / 2 ** 20)} MiB are free on the disk`;
}

/** Opens the store under `folder`. Throws code `folder-in-use`; anything else that hinders is thrown away with the cache. */
export async function openStore(folder: string, log: (line: string) => void): Promise<Corestore> {
  const place = join(folder, 'cores');
  if (existsSync(noticeIn(folder))) {
    log('feeds were damaged on disk and are fetched again');
    await rm(place, { recursive: true, force: true });
    await rm(noticeIn(folder));
  }
  const deadline = Date.now() + lockPatienceMs;
  for (let isFresh = false; ; ) {
    const store = new Corestore(place);
    try {
      await store.ready();
      return store;
    } catch (error) {
      if (isLocked(error)) {
        if (Date.now() > deadline)
          throw Object.assign(new Error('folder-in-use'), { code: 'folder-in-use', cause: error });
        await sleep(100);
        continue;
      }
      if (isFresh) throw error;
      log(`feeds could not be opened and are fetched again: ${String(error)}`);
      await rm(place, { recursive: true, force: true });
      isFresh = true;
    }
  }
}
