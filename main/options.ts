/** The command line of the app: what may be said, and what it means when nothing is said. Reads no environment but for folders. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the person asked for. */
export type Options = {
  readonly host: 'electron' | 'browser' | undefined;
  /** No window: an address is printed, and the 3bot runs until it is stopped. */
  readonly isHeadless: boolean;
  readonly profile: string;
  /** 0: any free port. */
  readonly port: number;
  /** An open file descriptor from which the passphrase is read; never an argument, which every process could see. */
  readonly passphraseFd: number | undefined;
  readonly isHelp: boolean;
};

/** What `--help` prints. */
export const helpText = (): string => `Usage: npm start -- [options]

  --host=electron|browser   which window to use; without it Electron if its binary is here, else the browser
  --headless                no window: serve this 3bot and print its one-time address (Enter prints a new one)
  --profile=DIR             where this 3bot lives (default: ${defaultProfile(process.platform, process.env, homedir())})
  --port=N                  port of the browser host on 127.0.0.1 (default: any free one)
  --passphrase-fd=N         unlock with the passphrase read from file descriptor N
  --help                    this text
`;

/** Reads the command line. Throws TypeError or RangeError with a sentence for the person. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    allowPositionals: false,
    options: {
      host: { type: 'string' },
      headless: { type: 'boolean' },
      profile: { type: 'string' },
      port: { type: 'string' },
      'passphrase-fd': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const { host } = values;
  if (host !== undefined && host !== 'electron' && host !== 'browser') {
    throw new RangeError(`--host is electron or browser, not ${host}`);
  }
  const fd = values['passphrase-fd'];
  return {
    host,
    isHeadless: values.headless === true,
    profile: resolve(values.profile ?? defaultProfile(process.platform, env, homedir())),
    port: integerOf('--port', values.port ?? '0', 65_535),
    passphraseFd: fd === undefined ? undefined : integerOf('--passphrase-fd', fd, 1_000_000),
    isHelp: values.help === true,
  };
}

/** Where a profile is by default. */
export function defaultProfile(platform: string, env: NodeJS.ProcessEnv, home: string): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', '3bot');
  if (platform === 'win32') return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), '3bot');
  return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), '3bot');
}

/** The passphrase on a descriptor: everything up to the first line end. */
export const readPassphrase = (fd: number): string => readFileSync(fd, 'utf8').split(/\r?\n/)[0] ?? '';

function integerOf(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) throw new RangeError(`${name} is a number up to ${most}, not ${text}`);
  return value;
}
