// Which processes a member consists of, looked up in /proc: its replica, its net process, a guardian's nats-server. Linux only.

import { readdirSync, readFileSync } from 'node:fs';

export type Part = { readonly pid: number; readonly what: 'replica' | 'net' | 'nats-server' | 'other' };

/** Processes end while one looks at them. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function whatIs(pid: number): Part['what'] {
  const command = read(`/proc/${pid}/cmdline`).split('\0');
  if (command[0]?.endsWith('nats-server') === true) return 'nats-server';
  return command.some((word) => word.endsWith('entry-net.ts')) ? 'net' : 'other';
}

/** A process and all below it. */
export function partsOf(root: number): readonly Part[] {
  const parentOf = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1] ?? 0)] as const),
  );
  const family = [root];
  for (const above of family) for (const [pid, parent] of parentOf) if (parent === above) family.push(pid);
  return family.map((pid) => ({ pid, what: pid === root ? 'replica' : whatIs(pid) }));
}
