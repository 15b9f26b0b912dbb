/**
 * The browser host from start to end: one 3bot, one loopback server, a window if there is a display, lines on stdout for
 * the person, and an orderly end.
 */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { listStaticFiles } from '../host/static-files.ts';
import { claimProfile, ownWindowLine } from '../instance.ts';
import { type Options, readPassphrase } from '../options.ts';
import type { ThreeBot } from '../three-bot.ts';
import { openWindow } from './open-window.ts';
import { type BrowserServer, startBrowserServer } from './server.ts';

/** What the host runs on. */
export type BrowserHostOptions = {
  readonly options: Options;
  /** Folder of the built window. */
  readonly renderer: string;
  readonly openBot: () => Promise<ThreeBot>;
  /** Prints a line for the person. */
  readonly say: (line: string) => void;
};

/** Runs until it is stopped, or its window is closed while nothing needs it. */
export async function runBrowserHost(host: BrowserHostOptions): Promise<void> {
  const { options, renderer, say } = host;
  let server: BrowserServer | undefined;
  const claim = await claimProfile(options.profile, () => server?.newAddress() ?? '');
  if (claim.kind === 'taken') {
    const where = claim.line === ownWindowLine ? ', in the Electron window that is now in front' : '';
    say(`3Bot already runs on ${options.profile}${where}.`);
    if (where === '' && claim.line !== '') await show(claim.line, options, say);
    return;
  }
  const passphrase = options.passphraseFd === undefined ? undefined : readPassphrase(options.passphraseFd);
  const bot = await host.openBot();
  const files = existsSync(renderer) ? await listStaticFiles(renderer) : new Map();
  const started = await startBrowserServer({ shell: bot, files, port: options.port, now: Date.now });
  server = started;
  // The keychain may ask its owner something; the door is open meanwhile.
  void bot.unlock(passphrase);

  const stopped = untilStopped();
  const { closed } = await show(started.newAddress(), options, say);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', () => say(`open ${started.newAddress()}`));

  await Promise.race([stopped, closed.then(() => untilNotFarming(bot, say))]);
  lines.close();
  await started.close();
  await bot.close();
  await claim.release();
}

/** Shows the window, or prints where it is. `closed` settles when an app window of ours is closed, and never otherwise. */
async function show(
  address: string,
  options: Options,
  say: (line: string) => void,
): Promise<{ readonly closed: Promise<void> }> {
  const never = { closed: new Promise<void>(() => {}) };
  const opened = options.isHeadless
    ? ({ how: 'none', why: 'headless' } as const)
    : await openWindow(address, options.profile, process.env);
  if (opened.how === 'app-window') return opened;
  if (opened.how === 'default-browser') say('3Bot is open in your browser; Ctrl-C stops it.');
  else say(`open ${address}   (${opened.why}; good once, for 30 seconds; Enter prints a new one, Ctrl-C stops 3Bot)`);
  return never;
}

/** Settles at the first signal to stop; a second one ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      let isAgain = false;
      process.on(signal, () => {
        if (isAgain) process.exit(1);
        isAgain = true;
        resolve();
      });
    }
  });
}

const farmingLookMs = 1000;

/** The window is gone: a farmer's 3bot goes on until it farms no more, any other is done. */
async function untilNotFarming(bot: ThreeBot, say: (line: string) => void): Promise<void> {
  if (bot.isFarming())
    say('The window is closed and this machine goes on farming. Enter prints a new address, Ctrl-C stops.');
  while (bot.isFarming()) await new Promise((resolve) => setTimeout(resolve, farmingLookMs));
}
