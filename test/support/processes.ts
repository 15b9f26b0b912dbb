// Looks at processes from outside, through /proc: who belongs together, and who listens. Linux only.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process, all whose command line names a folder, and their children. */
export function familyOf(pid: number, folder: string): readonly number[] {
  // The family of process 0 or 1 is the whole machine: never what a test means, and tests end what they get.
  if (pid <= 1 || folder === '') throw new RangeError(`the family of ${pid} in "${folder}"`);
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const parentOf = (each: number): number => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${each}/status`))?.[1] ?? 0);
  const family = new Set([pid, ...all.filter((each) => read(`/proc/${each}/cmdline`).includes(folder))]);
  for (const each of all) if (family.has(parentOf(each))) family.add(each);
  return [...family];
}

/** TCP sockets in state LISTEN (0A) among a process's file descriptors. */
export function listenersOf(pid: number): readonly string[] {
  const lines = ['tcp', 'tcp6'].flatMap((file) => read(`/proc/${pid}/net/${file}`).split('\n'));
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const listening = new Set(fields.filter((each) => each[3] === '0A').map((each) => `socket:[${each[9]}]`));
  if (!existsSync(`/proc/${pid}/fd`)) return [];
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => readlink(`/proc/${pid}/fd/${fd}`))
    .filter((target) => listening.has(target))
    .map((target) => `${pid} ${target}`);
}

/** Processes end while one looks at them. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
