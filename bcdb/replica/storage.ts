/** What a replica holds on this machine's disk, and what it would hold by itself. Reading only. */
import { statfsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageView } from '../../core/views.ts';
import type { StoreInfo } from '../store/store-options.ts';
import { archiveBytes, whatToKeep } from './light-choice.ts';

/** What whoever uses this machine may still write into the folder's disk. */
export function freeBytesAt(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Bytes of all files below a folder. What goes away meanwhile counts nothing. */
async function bytesBelow(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const sizes = entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return bytesBelow(path);
      return entry.isFile() ? (await stat(path)).size : 0;
    });
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}

/** Whoever has a guardian's key keeps all, in office or not: it must be able to take it. */
export async function storageOf(
  folder: string,
  hasGuardianKey: boolean,
  { floor, head }: StoreInfo,
): Promise<StorageView> {
  const recordCount = head?.recordCount ?? 0;
  const freeBytes = freeBytesAt(folder);
  return {
    holds: floor === 0 ? 'archive' : 'light',
    mustBeArchive: hasGuardianKey,
    bytes: await bytesBelow(folder),
    freeBytes,
    recordCount,
    archiveBytes: archiveBytes(recordCount),
    automatic: whatToKeep(undefined, { recordCount, freeBytes }),
  };
}
