// Turns what a machine has into what its farmer offers: the host keeps a share, the farmer's limits cut the rest.
// Pure arithmetic on integers; measuring is in measure.ts.
import type { Limits } from '../../core/ipc/views.ts';
import { type Capacity, bytesPerGb as GIB } from '../../core/units.ts';

/** What the machine has for this process, limits of its own control group already applied. */
export interface MachineResources {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly disk: { readonly kind: 'ssd' | 'hdd'; readonly totalBytes: number; readonly availableBytes: number };
}

const MIB = 2 ** 20;

/** Memory that stays with the host: a tenth, at least 2 GiB, but on a small machine never more than a quarter. */
export function hostMemoryBytes(totalBytes: number): number {
  return Math.ceil(Math.max(totalBytes / 10, Math.min(2 * GIB, totalBytes / 4)));
}

/**
 * What is offered. A tenth of the file system stays with the host. Memory is rounded down to 1 MiB and disk to 1 GiB, so that
 * a few written log lines are not a new capacity. Never negative; a limit that is no finite number >= 0 offers nothing.
 */
export function offeredCapacity(machine: MachineResources, limits: Limits): Capacity {
  const memory = machine.memoryBytes - hostMemoryBytes(machine.memoryBytes);
  const disk = machine.disk.availableBytes - machine.disk.totalBytes / 10;
  const diskBytes = cut(disk, limits.maxSruBytes, GIB);
  return {
    cruMilli: cut(machine.cores * 1000, limits.maxCruMilli, 1),
    mruBytes: cut(memory, limits.maxMruBytes, MIB),
    sruBytes: machine.disk.kind === 'ssd' ? diskBytes : 0,
    hruBytes: machine.disk.kind === 'hdd' ? diskBytes : 0,
  };
}

function cut(available: number, limit: number | undefined, step: number): number {
  const most = limit === undefined ? available : Math.min(available, limit);
  return Number.isFinite(most) && most > 0 ? Math.floor(most / step) * step : 0;
}
