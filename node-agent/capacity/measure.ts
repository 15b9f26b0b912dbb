// Measures this machine: on Linux from /proc, /sys and statfs, elsewhere from what node:os offers. Reads only, but for the
// short scratch file of the disk probe. A feature is listed only when it was proven; virtual machines (kvm) are not offered
// yet, because /dev/kvm may open and still boot nothing.
import { mkdirSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, platform, totalmem } from 'node:os';
import type { Limits } from '../../core/ipc/views.ts';
import type { Capacity } from '../../core/units.ts';
import { readOwnLimits } from './cgroup-limits.ts';
import { isMemoryBacked, judgeDiskKind, mountOf, probeWriteMs, rotationalFlag } from './disk-kind.ts';
import { type MachineResources, offeredCapacity } from './offer.ts';

/** Capacity offered and the features proven, as the `node` record announces them. */
export interface MeasuredNode {
  readonly capacity: Capacity;
  readonly features: readonly string[];
}

/**
 * Measures the machine and cuts by the farmer's limits. `folder` is where workloads will live: its file system is the one
 * that is offered. Takes tens of milliseconds.
 */
export function measureNode(folder: string, limits: Limits): MeasuredNode {
  return {
    capacity: offeredCapacity(measureMachine(folder), limits),
    features: [`arch:${arch()}`, `os:${platform()}`],
  };
}

/** What the machine has for this process: affinity, control groups and free disk respected, nothing reserved yet. */
export function measureMachine(folder: string): MachineResources {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = readOwnLimits(readTextOrNothing);
  return {
    cores: Math.max(1, Math.min(availableParallelism(), Math.floor(own.cores ?? Number.POSITIVE_INFINITY))),
    memoryBytes: Math.min(totalmem(), own.memoryBytes ?? Number.POSITIVE_INFINITY),
    disk: measureDisk(realpathSync(folder)),
  };
}

function measureDisk(folder: string): MachineResources['disk'] {
  const mount = mountOf(readTextOrNothing('/proc/self/mountinfo') ?? '', folder);
  if (isMemoryBacked(mount)) return { kind: 'ssd', totalBytes: 0, availableBytes: 0 };
  const { bsize, blocks, bavail } = statfsSync(folder);
  const medianMs = probeWriteMs(folder, Math.random, () => performance.now());
  return {
    kind: judgeDiskKind(medianMs, rotationalFlag(mount, readTextOrNothing)),
    totalBytes: bsize * blocks,
    availableBytes: bsize * bavail,
  };
}

/** Absence is an answer here: other systems, other kernels and older control groups have other files. */
function readTextOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return undefined;
    throw cause;
  }
}
