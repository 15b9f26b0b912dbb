// The cpu and memory limits that this process itself lives under (Linux control groups, version 1, 2 and hybrid).
// Reads only through the function it is given; never writes.

/** Reads a small text file; undefined when it is not there or may not be read. */
export type ReadText = (path: string) => string | undefined;

/** Limits of the process; undefined means unlimited. Cores may be a fraction. */
export interface OwnLimits {
  readonly memoryBytes: number | undefined;
  readonly cores: number | undefined;
}

/** Values above this are the kernel's way to say "no limit" in version 1 (PAGE_COUNTER_MAX is just below 2^63). */
const UNLIMITED_BYTES = 2 ** 60;

/** Group path of each controller; the unified (version 2) hierarchy has the empty name. Input: /proc/self/cgroup. */
export function parseCgroupPaths(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    for (const controller of match?.[1]?.split(',') ?? []) paths.set(controller, match?.[2] ?? '/');
  }
  return paths;
}

/** Bytes of a `memory.max` or `memory.limit_in_bytes` file; undefined when unlimited or unreadable. */
export function parseMemoryLimit(text: string | undefined): number | undefined {
  const bytes = Number(text?.trim() || Number.NaN);
  return Number.isFinite(bytes) && bytes < UNLIMITED_BYTES ? bytes : undefined;
}

/** Cores of a `cpu.max` file (`quota period`), or of the two version 1 files joined by a space; undefined when unlimited. */
export function parseCpuLimit(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number);
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined;
  return quota / period;
}

/** The tightest limits on the way from this process's group up to the root of each hierarchy. */
export function readOwnLimits(readText: ReadText): OwnLimits {
  const paths = parseCgroupPaths(readText('/proc/self/cgroup') ?? '');
  const root = '/sys/fs/cgroup';
  const memory: (number | undefined)[] = [];
  const cpu: (number | undefined)[] = [];
  for (const group of upwards(paths.get('memory')))
    memory.push(parseMemoryLimit(readText(`${root}/memory${group}memory.limit_in_bytes`)));
  for (const group of upwards(paths.get('cpu'))) {
    const quota = readText(`${root}/cpu${group}cpu.cfs_quota_us`);
    cpu.push(parseCpuLimit(`${quota} ${readText(`${root}/cpu${group}cpu.cfs_period_us`)}`));
  }
  for (const group of upwards(paths.get(''))) {
    memory.push(parseMemoryLimit(readText(`${root}${group}memory.max`)));
    cpu.push(parseCpuLimit(readText(`${root}${group}cpu.max`)));
  }
  return { memoryBytes: smallest(memory), cores: smallest(cpu) };
}

function smallest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** `/a/b` -> `/a/b/`, `/a/`, `/`; nothing for a controller that is not there. */
function upwards(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}/`).concat('/');
}
