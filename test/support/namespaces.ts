// A local network of its own inside this machine: one network namespace a host, joined by a bridge that leads nowhere
// else. Linux, as root.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...args: readonly string[]) => run('ip', args);

export type Host = {
  readonly address: string;
  /** A Node binary whose processes live on this host. */
  readonly nodePath: string;
  /** Runs a command there. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** Pulls the cable, or puts it back. */
  link(state: 'up' | 'down'): Promise<void>;
};

export type LocalNetwork = { readonly hosts: readonly Host[]; end(): Promise<void> };

/** `count` hosts, 10.77.0.1 and on. No default route: nothing but each other can be reached. */
export async function createLocalNetwork(count: number): Promise<LocalNetwork> {
  const id = randomBytes(3).toString('hex');
  const hub = `bot-${id}-hub`;
  const names = Array.from({ length: count }, (_, index) => `bot-${id}-${index}`);
  const folder = await mkdtemp(join(tmpdir(), 'netns-'));
  const end = async (): Promise<void> => {
    await Promise.allSettled([hub, ...names].map((name) => ip('netns', 'del', name)));
    await rm(folder, { recursive: true, force: true });
  };

  async function addHost(name: string, index: number): Promise<Host> {
    const inside = (command: string, args: readonly string[]) =>
      run('nsenter', [`--net=/run/netns/${name}`, command, ...args]);
    await ip('netns', 'add', name);
    await ip('-n', hub, 'link', 'add', `to${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    await ip('-n', hub, 'link', 'set', `to${index}`, 'master', 'br0', 'up');
    const address = `10.77.0.${index + 1}`;
    await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) await ip('-n', name, 'link', 'set', device, 'up');
    const nodePath = join(folder, `node-${index}`);
    await writeFile(nodePath, `#!/bin/sh\nexec nsenter --net=/run/netns/${name} ${process.execPath} "$@"\n`);
    await chmod(nodePath, 0o755);
    return {
      address,
      nodePath,
      run: async (command, ...args) => (await inside(command, args)).stdout,
      link: async (state) => void (await ip('-n', hub, 'link', 'set', `to${index}`, state)),
    };
  }

  try {
    await ip('netns', 'add', hub);
    await ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge');
    await ip('-n', hub, 'link', 'set', 'br0', 'up');
    const hosts: Host[] = [];
    for (const [index, name] of names.entries()) hosts.push(await addHost(name, index));
    return { hosts, end };
  } catch (error) {
    await end();
    throw error;
  }
}
