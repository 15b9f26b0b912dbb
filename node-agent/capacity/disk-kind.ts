// Tells a solid-state disk from a spinning one under a folder. The kernel's `rotational` flag lies in virtual machines, so
// that a short probe of synchronous writes comes first. Leaves no file behind.
import { closeSync, fdatasyncSync, fsyncSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ReadText } from './cgroup-limits.ts';

/** One mounted file system. */
export interface Mount {
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
}

/** The mount that holds an absolute, resolved path; the last one wins where several lie on top of each other. Input: /proc/self/mountinfo. */
export function mountOf(mountinfo: string, path: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mountinfo.split('\n')) {
    const [front, back] = line.split(' - ');
    const mountPoint = unescapeOctal(front?.split(' ')[4] ?? '');
    const [type, source] = back?.split(' ') ?? [];
    if (mountPoint === '' || type === undefined || source === undefined) continue;
    const holds = path === mountPoint || path.startsWith(mountPoint.endsWith('/') ? mountPoint : `${mountPoint}/`);
    if (holds && mountPoint.length >= (found?.mountPoint.length ?? 0))
      found = { mountPoint, type, source: unescapeOctal(source) };
  }
  return found;
}

/** File systems that live in memory: their space is memory, never disk. */
export function isMemoryBacked(mount: Mount | undefined): boolean {
  return mount?.type === 'tmpfs' || mount?.type === 'ramfs';
}

/** The kernel's `rotational` flag of the block device behind a mount; undefined when there is none to ask. */
export function rotationalFlag(mount: Mount | undefined, readText: ReadText): boolean | undefined {
  if (mount === undefined || !mount.source.startsWith('/dev/')) return undefined;
  const device = `/sys/class/block/${basename(realpathOr(mount.source))}`;
  // A partition has no queue of its own: its parent device has.
  const text =
    readText(`${device}/queue/rotational`) ?? readText(join(realpathOr(device), '..', 'queue', 'rotational'));
  return text === undefined ? undefined : text.trim() === '1';
}

/**
 * Median milliseconds of synchronous 4 KiB overwrites at random places of an 8 MiB scratch file in `folder`. A spinning disk
 * waits for its platter (half a turn is 4 ms at 7,200 a minute); a solid-state one answers below that.
 */
export function probeWriteMs(folder: string, random: () => number, nowMs: () => number): number {
  const pages = 2048;
  const file = join(folder, `.disk-probe-${process.pid}`);
  const descriptor = openSync(file, 'w', 0o600);
  try {
    writeSync(descriptor, Buffer.alloc(pages * 4096, 0x5a));
    fsyncSync(descriptor);
    const page = Buffer.alloc(4096, 0xa5);
    const times = Array.from({ length: 15 }, () => {
      const startMs = nowMs();
      writeSync(descriptor, page, 0, page.length, Math.floor(random() * pages) * 4096);
      fdatasyncSync(descriptor);
      return nowMs() - startMs;
    });
    return times.toSorted((a, b) => a - b)[7] ?? Number.POSITIVE_INFINITY;
  } finally {
    closeSync(descriptor);
    rmSync(file, { force: true });
  }
}

/** Clear timings decide; in between the flag does; without one the cheaper kind is promised. */
export function judgeDiskKind(medianWriteMs: number, isRotational: boolean | undefined): 'ssd' | 'hdd' {
  if (medianWriteMs < 3) return 'ssd';
  if (medianWriteMs > 10) return 'hdd';
  return isRotational === false ? 'ssd' : 'hdd';
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function realpathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return path;
    throw cause;
  }
}
