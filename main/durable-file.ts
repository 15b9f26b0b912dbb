/**
 * Small files that must survive a power cut: written beside, flushed, renamed, folder flushed.
 * Must not be used for big or frequent writes; nothing here ever deletes what it cannot read.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file as one atomic, durable step, readable by its owner alone. */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** The text of a file, or undefined when there is none. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves a file that cannot be read out of the way, with the date in its name; returns the new path. */
export async function setAside(path: string, nowMs: number): Promise<string> {
  const stamp = new Date(nowMs).toISOString().replaceAll(':', '-');
  const aside = `${path}.damaged-${stamp}`;
  await rename(path, aside);
  await syncFolder(dirname(path));
  return aside;
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder for flushing; its rename is journalled by NTFS.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
