// Real 3bots in processes and profiles of their own, and their real windows. A test says what happens on it; the stage starts
// things, watches that no page does what it should not, and puts everything away.

import { mkdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { parseTft } from '../../core/money.ts';
import { removeFolder } from '../../scripts/lib/remove-folder.ts';
import { startThreebot, type Threebot, until } from '../../scripts/lib/threebot.ts';
import { launchChromium } from '../../scripts/window/chromium.ts';
import { type BotWindow, openWindow } from '../../scripts/window/window.ts';

/** Typed only where a machine has no keychain. */
export const passphrase = 'correct horse battery staple';

const expectNone = (troubles: readonly string[]): void => {
  if (troubles.length > 0) throw new Error(`a window did what it should not:\n${troubles.join('\n')}`);
};

export class Stage {
  readonly folder: string;
  readonly browser: Browser;
  readonly #bots = new Map<string, Threebot>();
  readonly #windows = new Map<string, BotWindow>();

  private constructor(folder: string, browser: Browser) {
    this.folder = folder;
    this.browser = browser;
  }

  /** An empty stage. `tellInSteps` takes it down after the last step. */
  static async open(): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'e2e-')), await launchChromium());
  }

  /** A fresh 3bot, or one whose profile is there already: no identity is made. */
  async start(name: string): Promise<Threebot> {
    const bot = await startThreebot({ name, profile: join(this.folder, name) });
    this.#bots.set(name, bot);
    return bot;
  }

  bot(name: string): Threebot {
    const found = this.#bots.get(name);
    if (found === undefined) throw new Error(`${name} is not on the stage`);
    return found;
  }

  /** The window of a 3bot; the first time it is asked for, it opens. `place` tells several windows of one 3bot apart. */
  async window(name: string, place = 'first'): Promise<BotWindow> {
    const key = `${name}, ${place}`;
    const open = this.#windows.get(key);
    if (open !== undefined) return open;
    const made = await openWindow(this.browser, this.bot(name));
    this.#windows.set(key, made);
    return made;
  }

  /** Closes a window, as a person would. What went wrong in it until then fails the test. */
  async closeWindow(name: string, place = 'first'): Promise<void> {
    const key = `${name}, ${place}`;
    const open = this.#windows.get(key);
    this.#windows.delete(key);
    await open?.close();
    expectNone(open?.troubles ?? []);
  }

  /** Makes an identity without a window, for tests that are about something else. */
  async born(name: string): Promise<string> {
    const bot = await this.start(name);
    const { words, ask } = await bot.call('identity.newWords', null);
    const { keychain } = await bot.call('identity.state', null);
    const answers = ask.map((index) => words[index] ?? '');
    const { address } = await bot.call('identity.create', {
      name,
      answers,
      ...(keychain.isUsable ? {} : { passphrase }),
    });
    if (address === null) throw new Error(`${name} has no address`);
    return address;
  }

  /** A local grid of `owner` with 1,000 TFT for it, and others who have joined, all without a window; addresses by name. */
  async gridOf(owner: string, ...others: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const address = await this.born(owner);
    const allocations = [{ address, amountStroops: parseTft('1000') }];
    await this.bot(owner).call('grid.create', { name: 'Test grid', allocations, settleMs: 1000 });
    const { text } = await this.bot(owner).call('grid.invitation', null);
    const joined = others.map(async (name) => {
      const theirs = await this.born(name);
      await this.bot(name).call('grid.join', { invitation: text });
      await until(`${name} to be known`, async () =>
        (await this.bot(owner).call('people.search', { search: name })).some((each) => each.address === theirs),
      );
      return [name, theirs] as const;
    });
    return Object.fromEntries([[owner, address] as const, ...(await Promise.all(joined))]);
  }

  /** Throws what went wrong in any open window so far: errors, policy violations, failed requests. */
  expectCalm(): void {
    expectNone([...this.#windows].flatMap(([name, { troubles }]) => troubles.map((trouble) => `${name}: ${trouble}`)));
  }

  /** Pictures of all windows into test-results/, for whoever looks into a failure. */
  async picture(title: string): Promise<void> {
    const folder = join(import.meta.dirname, '../../test-results');
    mkdirSync(folder, { recursive: true });
    for (const [name, { page }] of this.#windows) {
      await page.screenshot({ path: join(folder, `${title.replaceAll(/\W+/g, '-')}-${name}.png`) });
    }
  }

  async close(): Promise<void> {
    for (const { close } of this.#windows.values()) await close();
    await this.browser.close();
    await Promise.all([...this.#bots.values()].map((bot) => bot.stop()));
    await removeFolder(this.folder);
  }
}

/**
 * Makes the tests of a suite the steps of one story: after one failed the rest fail at once. A step fails too when any window did
 * what it should not, and a failed step leaves pictures behind. After the last one the stage is taken down.
 */
export function tellInSteps(stage: () => Stage | undefined): void {
  let failed: string | undefined;
  beforeEach(() => {
    if (failed !== undefined) throw new Error(`not reached: “${failed}” failed`);
  });
  afterEach(async ({ task }) => {
    if (failed !== undefined) return;
    if (task.result?.state === 'fail') {
      failed = task.name;
      await stage()?.picture(task.name);
    }
    stage()?.expectCalm();
  });
  afterAll(() => stage()?.close());
}
