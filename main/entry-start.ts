/** `npm start`: picks the host, says in one line which and why, and starts it. Builds what is missing or stale first. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findAppRoot } from './app-root.ts';
import { runBrowserHost } from './browser/run.ts';
import { hostWords, mayUseElectron } from './host/choice.ts';
import { helpText, type Options, readOptions } from './options.ts';
import { openRealBot } from './real-bot.ts';

const root = findAppRoot(import.meta.dirname);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The Electron binary, found by looking: requiring the package would start a download. */
function findElectron(): string | undefined {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root.folder, 'node_modules', 'electron', 'dist');
  const names: Readonly<Record<string, string>> = {
    darwin: 'Electron.app/Contents/MacOS/Electron',
    win32: 'electron.exe',
  };
  const binary = join(folder, names[process.platform] ?? 'electron');
  return existsSync(binary) ? binary : undefined;
}

/** Lets Electron's own installer try, shortly and once for each version: without a network it cannot, and that is fine. */
function fetchElectron(): string | undefined {
  const installer = join(root.folder, 'node_modules', 'electron', 'install.js');
  const tried = join(root.folder, '.cache', 'electron-tried');
  const version = readIfThere(join(root.folder, 'node_modules', 'electron', 'package.json'));
  if (version === undefined || readIfThere(tried) === version) return undefined;
  say('Fetching the Electron binary (20 seconds at most) …');
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: 20_000 });
  mkdirSync(dirname(tried), { recursive: true });
  writeFileSync(tried, version);
  return findElectron();
}

const readIfThere = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** Builds parts of the app that are missing or older than their sources; true when they are there afterwards. */
function build(parts: readonly string[], output: string): boolean {
  const script = join(root.folder, 'scripts', 'build.ts');
  if (existsSync(script)) {
    const built = spawnSync(process.execPath, [script, ...parts, '--stale'], { cwd: root.folder, encoding: 'utf8' });
    if (built.status !== 0) say(`The window could not be built: ${built.stderr.trim().split('\n').at(-1) ?? ''}`);
  }
  return existsSync(output);
}

async function startBrowser(options: Options): Promise<void> {
  const page = join(root.renderer, 'index.html');
  // A headless 3bot serves the window that is there: it must not wait for a build at each start.
  const hasWindow = (options.isHeadless && existsSync(page)) || build(['renderer'], page);
  if (!hasWindow && !options.isHeadless) throw new Error('there is no window to show');
  await runBrowserHost({
    options,
    renderer: root.renderer,
    openBot: () =>
      openRealBot({
        folder: options.profile,
        version: root.version,
        host: 'browser',
        nodePath: process.execPath,
        agentEntry: join(root.folder, 'node-agent', 'entry-agent.ts'),
      }),
    say,
  });
}

async function startElectron(binary: string, args: readonly string[]): Promise<number> {
  const entry = join(root.folder, 'dist', 'main', 'entry-electron.js');
  if (!build([], entry)) throw new Error('the app could not be built');
  const env = { ...process.env, THREEBOT_NODE: process.execPath };
  const child = spawn(binary, [root.folder, ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function start(args: readonly string[]): Promise<number> {
  const options = readOptions(args, process.env);
  if (options.isHelp) {
    say(helpText());
    return 0;
  }
  const isWanted = mayUseElectron(options);
  const here = isWanted ? findElectron() : undefined;
  const electron = here ?? (isWanted ? fetchElectron() : undefined);
  if (options.host === 'electron' && electron === undefined) {
    throw new Error('the Electron binary is not here and could not be fetched; --host=browser works without it');
  }
  const found = electron === undefined ? undefined : here === undefined ? 'fetched' : 'here';
  say(`3Bot ${root.version}: ${hostWords(options, found)}, profile ${options.profile}`);
  if (electron !== undefined) return startElectron(electron, args);
  await startBrowser(options);
  return 0;
}

try {
  process.exitCode = await start(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`3Bot did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
