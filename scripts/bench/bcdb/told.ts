// Runs a program in a process of its own and reads the one JSON object that it prints.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Throws when it ends otherwise than well; what it says on standard error goes to ours. */
export async function told<T>(args: readonly string[], cwd = process.cwd()): Promise<T> {
  const child = spawn(process.execPath, [...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${args[0]} ended with ${String(code)}`);
  return JSON.parse(printed) as T;
}
