/** Finds the `nats-server` program of this machine and makes sure that it is new enough; else says how to get it. */
import { execFile } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { chooseInstallCommand } from '../../core/install-command.ts';

/** A program to run, and its version: `[2, 9, 10]`. */
export type FoundServer = { readonly path: string; readonly version: readonly [number, number, number] };

/** Streams among several servers hold what this house asks of them from here on. */
const oldest = [2, 9, 0] as const;
const answerMs = 10_000;

/** The exact command that installs nats-server, from the text of /etc/os-release (empty on other systems). */
export const natsInstallCommand = (osRelease: string, platform: string): string =>
  chooseInstallCommand(
    {
      darwin: 'brew install nats-server',
      win32: 'winget install NATSAuthors.NATSServer',
      linux: {
        debian: 'sudo apt-get install nats-server',
        ubuntu: 'sudo apt-get install nats-server',
        fedora: 'sudo dnf install nats-server',
        arch: 'sudo pacman -S nats-server',
        alpine: 'sudo apk add nats-server',
      },
      other: 'put the nats-server program (https://nats.io/download) of version 2.9 or later on PATH',
    },
    osRelease,
    platform,
  );

/** Throws `guardian/no-nats-server` with the exact install command. `wanted`: a path, instead of looking on PATH. */
export async function findServer(wanted?: string): Promise<FoundServer> {
  const path = wanted ?? (await onPath());
  if (path === undefined) throw await lacking('not found');
  const said = await ask(path);
  const version = /v(\d+)\.(\d+)\.(\d+)/.exec(said)?.slice(1).map(Number);
  if (version === undefined) throw await lacking(`${path} is none`);
  const [major = 0, minor = 0, patch = 0] = version;
  if (!isAtLeast([major, minor, patch], oldest)) throw await lacking(`${path} is ${said}, 2.9.0 is needed`);
  return { path, version: [major, minor, patch] };
}

type Version = readonly [number, number, number];

/** Compares versions, the first number counting most. */
export function isAtLeast(version: Version, least: Version): boolean {
  const index = version.findIndex((number, place) => number !== least[place]);
  return index < 0 || (version[index] ?? 0) > (least[index] ?? 0);
}

const lacking = async (why: string): Promise<AppError> =>
  // Installing it is the caller's to do; the next look may find it.
  new AppError(
    'guardian/no-nats-server',
    `nats-server: ${why}; ${natsInstallCommand(await osRelease(), process.platform)}`,
    {
      retry: true,
    },
  );

const osRelease = (): Promise<string> => readFile('/etc/os-release', 'utf8').catch(() => '');

async function onPath(): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';
  const usual = process.platform === 'win32' ? [] : ['/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...usual]) {
    const path = join(folder, name);
    const canRun = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && canRun) return path;
  }
  return undefined;
}

/** What `nats-server --version` says; empty when it cannot be run. */
const ask = (path: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: answerMs, windowsHide: true }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : ''),
    );
  });
