/** One 3bot a profile under both hosts: whoever comes second shows the first, and leaves. Only `electron` is faked. */
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { runBrowserHost } from '../../../main/browser/run.ts';
import { runElectronHost } from '../../../main/electron/run.ts';
import { claimProfile, ownWindowLine } from '../../../main/instance.ts';
import { readOptions } from '../../../main/options.ts';
import type { ThreeBot } from '../../../main/three-bot.ts';

const fake = vi.hoisted(() => {
  /** Anything that takes listeners, and lets a test call them. */
  class Emitter {
    readonly listeners = new Map<string, (...args: unknown[]) => unknown>();
    on(event: string, listener: (...args: unknown[]) => unknown): void {
      this.listeners.set(event, listener);
    }
    once(event: string, listener: (...args: unknown[]) => unknown): void {
      this.listeners.set(event, listener);
    }
    emit(event: string, ...args: unknown[]): unknown {
      return this.listeners.get(event)?.(...args);
    }
  }
  type MadeWindow = { options: { webPreferences: Record<string, unknown> }; loaded: string };
  const windows: MadeWindow[] = [];
  const app = Object.assign(new Emitter(), {
    quits: 0,
    enableSandbox() {},
    setPath() {},
    requestSingleInstanceLock: () => true,
    whenReady: async () => {},
    quit() {
      this.quits += 1;
    },
  });
  const counts = { focused: 0 };
  return { Emitter, windows, app, counts };
});

vi.mock('electron', () => ({
  shell: {},
  app: fake.app,
  ipcMain: { handle: () => {} },
  powerMonitor: new fake.Emitter(),
  session: {
    defaultSession: {
      protocol: { handle: () => {} },
      webRequest: { onBeforeRequest: () => {} },
      setPermissionRequestHandler() {},
      setPermissionCheckHandler() {},
      setDevicePermissionHandler() {},
      setDisplayMediaRequestHandler() {},
    },
  },
  protocol: { registerSchemesAsPrivileged: () => {} },
  BrowserWindow: class extends fake.Emitter {
    readonly webContents = new fake.Emitter();
    readonly #made: (typeof fake.windows)[number];
    constructor(options: (typeof fake.windows)[number]['options']) {
      super();
      this.#made = { options, loaded: '' };
      fake.windows.push(this.#made);
    }
    removeMenu(): void {}
    show(): void {}
    isDestroyed = (): boolean => false;
    isMinimized = (): boolean => false;
    focus(): void {
      fake.counts.focused += 1;
    }
    async loadURL(url: string): Promise<void> {
      this.#made.loaded = url;
    }
  },
}));

beforeEach(() => {
  fake.windows.length = 0;
});

describe('one 3bot a profile, whichever host', () => {
  const bot = {
    log: () => {},
    onChanged: () => () => {},
    isFarming: () => false,
    unlock: async () => {},
    close: async () => {},
  } as unknown as ThreeBot;

  const run = async (profile: string) => {
    const said: string[] = [];
    const opened: string[] = [];
    let bots = 0;
    fake.app.quits = 0;
    await runElectronHost({
      profile,
      userData: join(profile, 'window'),
      renderer: profile,
      preload: '/preload.cjs',
      passphrase: undefined,
      say: (line) => said.push(line),
      openAddress: async (address) => opened.push(address),
      openBot: async () => {
        bots += 1;
        return bot;
      },
    });
    return { said, opened, bots };
  };

  it('the browser host on a profile that Electron holds says so, brings its window to the front, and ends', async () => {
    const profile = await mkdtemp(join(tmpdir(), 'hold-'));
    expect(await run(profile)).toEqual({ said: [], opened: [], bots: 1 });
    const said: string[] = [];
    await runBrowserHost({
      options: readOptions(['--host=browser', `--profile=${profile}`], {}),
      renderer: profile,
      openBot: async () => {
        throw new Error('two bots on one vault');
      },
      say: (line) => said.push(line),
    });
    expect(said).toEqual([`3Bot already runs on ${profile}, in the Electron window that is now in front.`]);
    expect(fake.counts.focused).toBe(1);

    fake.app.emit('will-quit', { preventDefault: () => {} });
    await vi.waitFor(() => expect(fake.app.quits).toBe(1));
    expect(await readdir(profile)).not.toContain('3bot.sock');
    expect((await claimProfile(profile, () => ownWindowLine)).kind).toBe('ours');
  });

  it('Electron on a profile that a browser host holds opens that one’s address, and ends', async () => {
    const profile = await mkdtemp(join(tmpdir(), 'hold-'));
    const claim = await claimProfile(profile, () => 'http://127.0.0.1:1/?ticket=x');
    expect(await run(profile)).toEqual({
      said: [`3Bot already runs on ${profile}.`],
      opened: ['http://127.0.0.1:1/?ticket=x'],
      bots: 0,
    });
    expect(fake.app.quits).toBe(1);
    expect(fake.windows).toEqual([]);
    if (claim.kind === 'ours') await claim.release();
  });
});
