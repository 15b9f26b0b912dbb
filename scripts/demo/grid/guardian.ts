// A guardian of the demo: `threebot guardian` on a host of its own, exactly as its owner would run it.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, Network } from '../../lab/network.ts';
import { root } from '../../lib/node.mjs';

const program = join(root, 'main', 'entry-threebot.ts');
/** Of every guardian here; given by a file descriptor, as a service would. */
export const passphrase = 'correct horse battery staple';
const port = 4222;

/** What `status --json` says, as far as the story needs it. */
export type Standing = {
  readonly invitation: string | null;
  readonly handedIn: Readonly<Record<string, { readonly state: string; readonly code: string | null }>>;
  readonly view: {
    readonly state: string;
    readonly head: { readonly height: number; readonly execHash: string; readonly recordCount: number } | null;
    /** Its key is one of those in force. */
    readonly isGuardian: boolean;
    readonly quorum: { readonly needed: number; readonly here: number };
  } | null;
};

export class Guardian {
  readonly name: string;
  readonly host: Host;
  readonly profile: string;
  readonly said: string[] = [];
  card = '';
  readonly #network: Network;
  readonly #secret: string;
  #child: ChildProcess | undefined;

  constructor(network: Network, name: string, folder: string) {
    this.name = name;
    this.#network = network;
    this.host = network.add(name);
    this.profile = join(folder, name);
    this.#secret = join(folder, 'passphrase');
    writeFileSync(this.#secret, `${passphrase}\n`, { mode: 0o600 });
  }

  /** Runs one command to its end and answers what it printed. Throws with what it complained of. */
  run(...args: readonly string[]): string {
    const secret = openSync(this.#secret, 'r');
    try {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [program, 'guardian', ...args, `--profile=${this.profile}`, '--passphrase-fd=3'],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', secret] },
      );
      if (status !== 0) throw new Error(`guardian ${args[0]}: ${stderr.trim().split('\n').at(-1)}`);
      return stdout.trim();
    } finally {
      closeSync(secret);
    }
  }

  /** An identity; its card is what others need. */
  init(): void {
    const words = `--words-file=${this.profile}.words`;
    this.card =
      this.run('init', `--name=${this.name}`, `--route=${this.host.address}:${port}`, words).split('\n').at(-1) ?? '';
  }

  start(...args: readonly string[]): void {
    const secret = openSync(this.#secret, 'r');
    const command = [program, 'guardian', 'start', `--profile=${this.profile}`, '--passphrase-fd=3', ...args];
    const child = this.#network.spawn(this.host, [process.execPath, ...command], {
      stdio: ['ignore', 'pipe', 'pipe', secret],
    });
    closeSync(secret);
    const hear = (chunk: Buffer): void => {
      this.said.push(...String(chunk).trim().split('\n'));
      if (this.said.length > 60) this.said.splice(0, this.said.length - 60);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    this.#child = child;
  }

  /** How it stands, by the status file that it writes every three seconds; undefined before it ever ran. */
  glance(): Standing | undefined {
    try {
      return JSON.parse(readFileSync(join(this.profile, 'guardian-status.json'), 'utf8')) as Standing;
    } catch {
      return undefined; // not written yet
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Without a word of farewell. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }
}
