// What the figures were measured on. Reads, never changes anything.

import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

export type MachineFacts = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  /** Where the benches keep their files. */
  readonly disk: string;
  /** Processes that wanted a core in the minute before: above 0 means that others were at work too. */
  readonly load: number;
};

/** File system under a folder, as Linux tells it. */
function diskOf(folder: string): string {
  if (process.platform !== 'linux') return 'unknown';
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at = '']) => at === '/' || folder === at || folder.startsWith(`${at}/`))
    .sort(([, a = ''], [, b = '']) => b.length - a.length);
  return mounts[0]?.[2] ?? 'unknown';
}

/** `folder`: where the benches keep their files. */
export function machineFacts(folder: string): MachineFacts {
  const all = cpus();
  return {
    cpu: (all[0]?.model ?? 'unknown').replaceAll(/\s+/g, ' ').trim(),
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.version,
    disk: diskOf(folder),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}
