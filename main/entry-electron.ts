/** Electron's entry: reads the command line and runs the Electron host. Started by `npm start` or by the packaged app. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { findAppRoot } from './app-root.ts';
import { openWindow } from './browser/open-window.ts';
import { runElectronHost } from './electron/run.ts';
import { readOptions, readPassphrase } from './options.ts';
import { openRealBot } from './real-bot.ts';

const root = findAppRoot(import.meta.dirname);
const options = readOptions(process.argv.slice(app.isPackaged ? 1 : 2), process.env);

/** The Node that runs child processes: given by `npm start`, else the one in the package. Never Electron itself. */
function findNodePath(): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const found = [process.env['THREEBOT_NODE'], join(process.resourcesPath, name)].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (found === undefined) throw new Error('the Node of this package is missing');
  return found;
}

// Not awaited: Electron gets ready only after this module has run to its end.
runElectronHost({
  profile: options.profile,
  userData: join(options.profile, 'window'),
  renderer: root.renderer,
  preload: root.preload,
  passphrase: options.passphraseFd === undefined ? undefined : readPassphrase(options.passphraseFd),
  say: (line) => void process.stdout.write(`${line}\n`),
  openAddress: (address) => openWindow(address, options.profile, process.env),
  openBot: () =>
    openRealBot({
      folder: options.profile,
      version: root.version,
      host: 'electron',
      nodePath: findNodePath(),
      agentEntry: join(import.meta.dirname, '..', 'node-agent', 'entry-agent.js'),
    }),
}).catch((error: unknown) => {
  process.stderr.write(`3Bot did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  app.exit(1);
});
