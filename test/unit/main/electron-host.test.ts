/** The Electron host with only the `electron` module faked: what a page may ask, reach, open and be served. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { channels } from '../../../core/ipc/contract.ts';
import { callChannel, changedChannel, handleCalls, refusalOf } from '../../../main/electron/calls.ts';
import {
  denyNetwork,
  denyPermissions,
  guardContents,
  isAllowedLink,
  isOwnPage,
} from '../../../main/electron/guards.ts';
import { answerPage, registerPageScheme } from '../../../main/electron/page-scheme.ts';
import { openMainWindow } from '../../../main/electron/window.ts';
import type { Shell } from '../../../main/host/shell.ts';
import { listStaticFiles } from '../../../main/host/static-files.ts';
import type { Answer, Call, Sender } from '../../../main/ipc/gate.ts';

type Listener = (...args: unknown[]) => unknown;

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
  const opened: string[] = [];
  const schemes: unknown[] = [];
  return { Emitter, windows, opened, schemes };
});

vi.mock('electron', () => ({
  shell: { openExternal: async (url: string) => void fake.opened.push(url) },
  protocol: { registerSchemesAsPrivileged: (schemes: unknown[]) => fake.schemes.push(...schemes) },
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
    async loadURL(url: string): Promise<void> {
      this.#made.loaded = url;
    }
  },
}));

let logged: string[];
const log: Shell['log'] = (_level, _area, what) => logged.push(what);

beforeEach(() => {
  logged = [];
  fake.opened.length = 0;
  fake.windows.length = 0;
});

describe('the window', () => {
  it('is sandboxed, isolated, and has no Node, no webview, no spell checker', () => {
    const windows = new Set<never>();
    openMainWindow('/preload.cjs', windows);
    expect(fake.windows[0]).toMatchObject({
      loaded: 'app://3bot/',
      options: {
        webPreferences: {
          preload: '/preload.cjs',
          sandbox: true,
          contextIsolation: true,
          nodeIntegration: false,
          nodeIntegrationInWorker: false,
          nodeIntegrationInSubFrames: false,
          webSecurity: true,
          allowRunningInsecureContent: false,
          webviewTag: false,
          navigateOnDragDrop: false,
          spellcheck: false,
        },
      },
    });
    expect(windows.size).toBe(1);
  });
});

describe('guards', () => {
  const contents = (): InstanceType<typeof fake.Emitter> & {
    handler: ((details: { url: string }) => { action: string }) | undefined;
  } =>
    Object.assign(new fake.Emitter(), {
      handler: undefined,
      setWindowOpenHandler(this: { handler: unknown }, handler: unknown) {
        this.handler = handler;
      },
    });
  const guarded = () => {
    const app = new fake.Emitter();
    guardContents(app as never, log);
    const page = contents();
    app.emit('web-contents-created', {}, page);
    return page;
  };

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])(
    '%s to anywhere but the page is denied',
    (event) => {
      const page = guarded();
      for (const [url, isDenied] of [
        ['app://3bot/#/wallet', false],
        ['https://evil.example/', true],
        ['app://3bot.evil/', true],
        ['app://other/', true],
        ['file:///etc/passwd', true],
        ['javascript:alert(1)', true],
      ] as const) {
        const preventDefault = vi.fn();
        page.emit(event, { url, preventDefault });
        expect([url, preventDefault.mock.calls.length === 1]).toEqual([url, isDenied]);
      }
    },
  );

  it('G15 no window opens; only https links of the short list go to the system browser', () => {
    const page = guarded();
    const links = [
      'https://github.com/x',
      'http://github.com/x',
      'https://github.com.evil.example/',
      'https://user@github.com/',
      'https://github.com:8443/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'not a link',
    ];
    for (const url of links) expect(page.handler?.({ url })).toEqual({ action: 'deny' });
    expect(fake.opened).toEqual(['https://github.com/x']);
    expect(links.map(isAllowedLink)).toEqual([true, false, false, false, false, false, false, false]);
  });

  it('webviews and every permission are denied', () => {
    const page = guarded();
    const preventDefault = vi.fn();
    page.emit('will-attach-webview', { preventDefault });
    expect(preventDefault).toHaveBeenCalledOnce();
    const handlers: Record<string, Listener> = {};
    const session = new Proxy(
      {},
      {
        get: (_target, name: string) => (handler: Listener) => {
          handlers[name] = handler;
        },
      },
    );
    denyPermissions(session as never, log);
    const answer = vi.fn();
    handlers['setPermissionRequestHandler']?.({}, 'media', answer);
    expect(answer).toHaveBeenCalledWith(false);
    expect(handlers['setPermissionCheckHandler']?.()).toBe(false);
    expect(handlers['setDevicePermissionHandler']?.()).toBe(false);
  });

  it('the page reaches no network', () => {
    let judge: Listener = () => {};
    denyNetwork(
      {
        webRequest: {
          onBeforeRequest: (handler: Listener) => {
            judge = handler;
          },
        },
      } as never,
      log,
    );
    const cancelled = (url: string): boolean => {
      let cancel = false;
      judge({ url }, (answer: { cancel: boolean }) => {
        cancel = answer.cancel;
      });
      return cancel;
    };
    expect(cancelled('app://3bot/assets/a.js')).toBe(false);
    for (const url of [
      'https://example.com/',
      'http://127.0.0.1/',
      'ws://127.0.0.1/',
      'file:///etc/passwd',
      'app://x/',
    ]) {
      expect([url, cancelled(url)]).toEqual([url, true]);
    }
  });

  it('knows its own page', () => {
    expect(isOwnPage('app://3bot/x')).toBe(true);
    for (const url of ['', 'app://3bot.example/', 'https://3bot/', 'about:blank']) expect(isOwnPage(url)).toBe(false);
  });
});

describe('calls', () => {
  const mainFrame = { parent: null, url: 'app://3bot/' };
  const page = { mainFrame, isDestroyed: () => false, send: vi.fn() };
  const windows = new Set([page]) as never;

  it('G13 a call from a sub-frame, another page, another window or no frame is refused', () => {
    const refusal = (event: unknown): string | undefined => refusalOf(event as never, windows);
    expect(refusal({ sender: page, senderFrame: mainFrame })).toBeUndefined();
    expect(refusal({ sender: page, senderFrame: null })).toBe('the frame is gone');
    expect(refusal({ sender: page, senderFrame: { parent: mainFrame, url: 'app://3bot/' } })).toBe('a sub-frame');
    expect(refusal({ sender: { mainFrame }, senderFrame: mainFrame })).toBe('not a window of ours');
    const elsewhere = { parent: null, url: 'https://evil.example/' };
    const moved = { mainFrame: elsewhere };
    expect(refusalOf({ sender: moved, senderFrame: elsewhere } as never, new Set([moved]) as never)).toBe(
      'another page',
    );
  });

  it('every call of the contract has its channel; answers and events are wire text', async () => {
    const handled = new Map<string, Listener>();
    const seen: { sender: Sender; call: Call }[] = [];
    let tell: (changed: unknown) => void = () => {};
    const shell = {
      gate: async (sender: Sender, call: Call): Promise<Answer> => {
        seen.push({ sender, call });
        return { kind: 'output', output: 5n };
      },
      onChanged: (listener: typeof tell) => {
        tell = listener;
        return () => {};
      },
    };
    handleCalls(
      { handle: (name: string, handler: Listener) => handled.set(name, handler) } as never,
      shell as never,
      windows,
    );
    expect([...handled.keys()]).toEqual(channels.map(callChannel));
    const answer = await handled.get(callChannel('wallet.account'))?.(
      { sender: page, senderFrame: mainFrame },
      '{"a":{"$n":"1"}}',
    );
    expect(answer).toBe('{"output":{"$n":"5"}}');
    expect(seen[0]?.call.channel).toBe('wallet.account');
    expect(seen[0]?.call.read()).toEqual({ a: 1n });
    expect(seen[0]?.sender.refusal()).toBeUndefined();
    tell({ seq: 1 });
    expect(page.send).toHaveBeenCalledWith(changedChannel, '{"seq":1}');
  });
});

describe('the page scheme', () => {
  it('is a secure standard scheme without CORS', () => {
    registerPageScheme();
    expect(fake.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: false } },
    ]);
  });

  it('serves listed files with their headers, and nothing outside', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'page-'));
    await writeFile(join(folder, 'index.html'), 'ours');
    const files = await listStaticFiles(folder);
    const ask = (url: string, method = 'GET') => answerPage(new Request(url, { method }), files);
    const page = await ask('app://3bot/');
    expect([page.status, await page.text()]).toEqual([200, 'ours']);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect((await ask('app://3bot/../../etc/passwd')).status).toBe(404);
    expect((await ask('app://3bot/%2e%2e/%2e%2e/etc/passwd')).status).toBe(404);
    expect((await ask('app://evil/')).status).toBe(421);
    expect((await ask('app://3bot/', 'POST')).status).toBe(405);
  });
});
