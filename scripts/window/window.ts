// A real window of a running 3bot: its one-time address in a browser context of its own. Notes everything that a page should
// not do (errors, policy violations, failed requests), so that nobody has to look for it. Knows nothing of what is on the page.

import type { Browser, BrowserContext, ConsoleMessage, Page } from 'playwright';
import type { Threebot } from '../lib/threebot.ts';
import { App } from './app.ts';

/** How a window looks. */
export type WindowLook = {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
};

/** An open window. */
export type BotWindow = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** The screens, by what a person does on them. */
  readonly app: App;
  /** What went wrong in the page so far, one line each. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
};

/** How long a person's patience is taken to be for anything on the page, on a busy machine. */
export const patienceMs = 20_000;

/** Opens a fresh one-time address of `bot`; resolves when the app is drawn. */
export async function openWindow(browser: Browser, bot: Threebot, look: WindowLook = {}): Promise<BotWindow> {
  const { width = 1280, height = 800, colorScheme = 'light' } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Brussels',
    acceptDownloads: true,
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const troubles: string[] = [];
  await watch(page, troubles);
  const address = await bot.newAddress();
  await page.goto(address);
  await page.waitForURL(`${new URL(address).origin}/`);
  await page.getByRole('main').waitFor();
  return { page, context, app: new App(page), troubles, close: () => context.close() };
}

async function watch(page: Page, troubles: string[]): Promise<void> {
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      troubles.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => troubles.push(`page error: ${error.stack ?? error.message}`));
  page.on('crash', () => troubles.push('the page crashed'));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // A file that is being saved ends its request by design, and so does what a reload cuts short.
    if (request.url().startsWith('blob:') || why === 'net::ERR_ABORTED') return;
    troubles.push(`request failed: ${request.url()} ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) troubles.push(`status ${response.status()}: ${response.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy ${event.violatedDirective} refused ${event.blockedURI}`);
    });
  });
}
