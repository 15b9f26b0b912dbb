/**
 * The Electron host from start to end: one 3bot, one window, the machine's moods. Everything that keeps the page in its
 * place is set before a page exists.
 */
import { app, type BrowserWindow, ipcMain, powerMonitor, session, type WebContents } from 'electron';
import { listStaticFiles } from '../host/static-files.ts';
import { type Claim, claimProfile, ownWindowLine } from '../instance.ts';
import type { ThreeBot } from '../three-bot.ts';
import { handleCalls } from './calls.ts';
import { denyNetwork, denyPermissions, guardContents } from './guards.ts';
import { registerPageScheme, servePage } from './page-scheme.ts';
import { openMainWindow } from './window.ts';

/** What the host runs on. */
export type ElectronHostOptions = {
  /** The profile folder, of which only one host at a time makes a 3bot. */
  readonly profile: string;
  /** Folder for Electron's own data, apart from the profile's files. */
  readonly userData: string;
  /** Folder of the built window. */
  readonly renderer: string;
  readonly preload: string;
  readonly openBot: () => Promise<ThreeBot>;
  readonly passphrase: string | undefined;
  /** Prints a line for the person. */
  readonly say: (line: string) => void;
  /** Opens the one-time address of a browser host that has the profile already. */
  readonly openAddress: (address: string) => Promise<unknown>;
};

/** Runs the app; returns at once where another host has the profile already, which then shows its window. */
export async function runElectronHost(host: ElectronHostOptions): Promise<void> {
  app.enableSandbox();
  registerPageScheme();
  app.setPath('userData', host.userData);
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  await app.whenReady();
  let show = (): void => {}; // until there is something to show; then the window comes by itself
  const claim = await claimProfile(host.profile, () => {
    show();
    return ownWindowLine;
  });
  if (claim.kind === 'taken') {
    host.say(`3Bot already runs on ${host.profile}.`);
    if (claim.line !== '' && claim.line !== ownWindowLine) await host.openAddress(claim.line);
    app.quit();
    return;
  }
  const bot = await host.openBot();
  const windows = new Set<WebContents>();
  guardContents(app, bot.log);
  denyPermissions(session.defaultSession, bot.log);
  denyNetwork(session.defaultSession, bot.log);
  servePage(session.defaultSession.protocol, await listStaticFiles(host.renderer));
  handleCalls(ipcMain, bot, windows);
  followMachine(bot);

  let window: BrowserWindow | undefined;
  show = (): void => {
    if (window === undefined || window.isDestroyed()) window = openMainWindow(host.preload, windows);
    else {
      if (window.isMinimized()) window.restore();
      window.focus();
    }
  };
  app.on('second-instance', () => show());
  app.on('activate', () => show());
  // A farmer's machine goes on farming with its window closed; on macOS every app stays until it is quit.
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin' && !bot.isFarming()) app.quit();
  });
  endWell(bot, claim);
  show();
  await bot.unlock(host.passphrase);
}

/** Locks with the screen, rests with the machine. */
function followMachine(bot: ThreeBot): void {
  const rest = (work: Promise<void>, what: string): void => {
    work.catch((error: unknown) => bot.log('error', 'electron', what, { detail: String(error) }));
  };
  powerMonitor.on('lock-screen', () => bot.lock());
  powerMonitor.on('suspend', () => {
    bot.lock();
    rest(bot.suspend(), 'suspend');
  });
  powerMonitor.on('resume', () => rest(bot.resume(), 'resume'));
}

/** Quits only after the 3bot is closed: its store, its network, its agent. Then the profile is free for the next host. */
function endWell(bot: ThreeBot, claim: Extract<Claim, { kind: 'ours' }>): void {
  let isClosed = false;
  app.on('will-quit', (event) => {
    if (isClosed) return;
    event.preventDefault();
    const ended = bot.close().finally(() => claim.release());
    void ended.finally(() => {
      isClosed = true;
      app.quit();
    });
  });
}
