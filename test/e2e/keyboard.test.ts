// The app without a mouse and without eyes: sending money by keys alone, the command palette, names and focus on every screen.

import type { CDPSession, Page } from 'playwright';
import { beforeAll, expect, it } from 'vitest';
import { signSodium } from '../../bcdb/verify.ts';
import { countersignBytes } from '../../core/bodies.ts';
import { fromHex } from '../../core/bytes.ts';
import { bytesPerGb } from '../../core/units.ts';
import type { Threebot } from '../../scripts/lib/threebot.ts';
import type { ScreenTitle } from '../../scripts/window/screens/frame.ts';
import { Author } from '../support/bcdb-grid.ts';
import { needs } from '../support/needs.ts';
import { requestOf } from './packets.ts';
import { Stage, tellInSteps } from './stage.ts';

const soon = { timeout: 20_000 };
const screens: readonly ScreenTitle[] = ['Wallet', 'Capacity', 'Contracts', 'Co-sign', 'Farm', 'Grid', 'Settings'];

/** Hands in the records of a farm with two nodes, of which one has a GPU. */
async function addNodes(bot: Threebot): Promise<void> {
  const { head } = (await bot.call('grid.state', null)) ?? {};
  if (head === null || head === undefined) throw new Error('no block yet');
  const grid = fromHex(head.grid);
  const farmer = new Author('farmer by keyboard');
  const submit = (record: Uint8Array) => bot.call('grid.submit', { record });
  await submit(
    farmer.write(grid, 'farm', {
      name: 'Keyboard rack',
      place: { country: 'BE', city: 'Gent' },
      prices: { cuHourStroops: 1n, suHourStroops: 1n },
      payout: farmer.key,
      accept: { auto: true, minTermSeconds: 3600, blocked: [] },
    }),
  );
  const capacity = { cruMilli: 4000, mruBytes: 8 * bytesPerGb, sruBytes: 100 * bytesPerGb, hruBytes: 0 };
  for (const features of [['container'], ['container', 'gpu']]) {
    const node = new Author(`node ${features.join()}`);
    const said = { farm: farmer.last, capacity, features, net: node.key };
    const signed = countersignBytes({ grid, node: node.key, ...said });
    const countersignature = signSodium(farmer.seed, signed);
    await submit(node.write(grid, 'node', { ...said, agentVersion: '0.1.0', countersignature }));
  }
}

/** Presses Tab until the focus is on something with this name; throws after a whole round. */
async function tabTo(page: Page, role: 'button' | 'textbox', name: string): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true });
  await wanted.waitFor();
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab never reaches ${role} “${name}”`);
}

needs('chromium')('the window by keyboard', () => {
  let stage: Stage;
  let friend: string;
  tellInSteps(() => stage);

  beforeAll(async () => {
    stage = await Stage.open();
    const address = await stage.gridOf('anna', 'bernd');
    friend = address['bernd'] ?? '';
    await requestOf(stage.bot('anna'), { title: 'Draft', signers: [friend], isSent: false });
  });

  it('sends TFT by keys alone: Enter on the sheet as it opens is safe, Esc closes, the effect is chosen on purpose', async () => {
    const { page, app } = await stage.window('anna');
    const { keyboard } = page;
    await keyboard.press('g');
    await keyboard.press('w');
    await page.getByRole('heading', { level: 1, name: 'Wallet' }).waitFor();
    await tabTo(page, 'button', 'Send');
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Send TFT' }).waitFor();
    await keyboard.type(friend);
    await tabTo(page, 'textbox', 'Amount');
    await keyboard.type('7.25');
    await tabTo(page, 'button', 'Review');
    await keyboard.press('Enter');
    await app.review.sheet().waitFor();
    await keyboard.press('Enter');
    await app.review.sheet().waitFor({ state: 'detached' });
    expect(await app.wallet.lines(/Transfer/).count()).toBe(0);

    await tabTo(page, 'button', 'Review');
    await keyboard.press('Enter');
    await app.review.sheet().waitFor();
    await keyboard.press('Escape');
    await app.review.sheet().waitFor({ state: 'detached' });

    await tabTo(page, 'button', 'Review');
    await keyboard.press('Enter');
    await tabTo(page, 'button', 'Send 7.25 TFT');
    await keyboard.press('Enter');
    await app.wallet.lines('Transfer −7.25 TFT').waitFor();
    await expect.poll(() => app.wallet.balance(), soon).toBe('992.75');
  });

  it('the palette finds screens and deeds by typing, runs with Enter, and Esc gives the focus back', async () => {
    const { page, app } = await stage.window('anna');
    await page.keyboard.press('Control+k');
    await app.frame.palette().waitFor();
    await page.keyboard.type('gri');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Grid' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('pay');
    await app.frame.palette().getByRole('menuitem', { name: 'Send TFT' }).waitFor();
    await page.keyboard.press('Escape');
    await app.frame.palette().waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await page.keyboard.type('dark theme');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme']), soon).toBe('dark');
  });

  it('a filter out of all is set by keys alone, says what it removes, and is taken away with Delete', async () => {
    const { page, app } = await stage.window('anna');
    const { keyboard } = page;
    await addNodes(stage.bot('anna'));
    await app.frame.go('Capacity');
    await expect.poll(() => app.capacity.nodes(/^Keyboard rack/).count(), soon).toBe(2);
    await tabTo(page, 'button', 'All filters');
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'All filters' }).waitFor();
    await tabTo(page, 'button', 'Kind and identity');
    await keyboard.press('Enter');
    await tabTo(page, 'textbox', 'Features');
    await keyboard.type('gpu');
    await page.getByRole('button', { name: 'Show 1 node', exact: true }).waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'All filters' }).waitFor({ state: 'detached' });
    await expect.poll(() => app.capacity.nodes(/^Keyboard rack/).count(), soon).toBe(1);
    await expect.poll(() => app.capacity.removed().innerText(), soon).toBe('1 of 2 nodes. Features: gpu removes 1');
    // Esc gave the focus back to the button; the filters in use come next.
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent), soon).toBe('All filters');
    await keyboard.press('Tab');
    await keyboard.press('End');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent), soon).toContain('Features: gpu');
    await keyboard.press('Delete');
    await expect.poll(() => app.capacity.nodes(/^Keyboard rack/).count(), soon).toBe(2);
    expect(await app.capacity.used(/./).count()).toBe(1);
  });

  it('a table is walked with the arrows and a row opened with Enter', async () => {
    const { page, app } = await stage.window('anna');
    await app.frame.go('Co-sign');
    await page.getByRole('grid', { name: 'Requests' }).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url(), soon).toMatch(/#\/cosign\/[0-9a-f]{64}$/);
  });

  it('what is kept of the history is chosen, with what it takes and what a change does', async () => {
    const { page, app } = await stage.window('anna');
    await app.frame.go('Settings');
    await app.settings.keptHistory().getByText('The whole history: ').waitFor();
    await app.settings.keep('Only what is current');
    await app.settings.keptHistory().getByText('Earlier states cannot be looked up here.').waitFor();
    await app.settings.keptHistory().getByText('This computer is a guardian, which keeps everything').waitFor();
    await expect.poll(async () => (await stage.bot('anna').call('app.settings', null)).keeps, soon).toBe('light');
    await page.reload();
    await app.settings.keptHistory().getByText('Earlier states cannot be looked up here.').waitFor();
  });

  it('on every screen all that can be used has a name, and the focus goes in order and is seen', async () => {
    const { page, context, app } = await stage.window('anna');
    const session = await context.newCDPSession(page);
    const problems: string[] = [];
    for (const title of screens) {
      await app.frame.go(title);
      await expect.poll(() => page.locator('[aria-busy=true]').count(), soon).toBe(0);
      const nameless = await namelessParts(session);
      const outOfOrder = await page.locator('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])').count();
      const unseen = await walkFocus(page, 25);
      problems.push(
        ...nameless.map((what) => `${title}: no name: ${what}`),
        ...unseen.map((what) => `${title}: focus not seen: ${what}`),
        ...(outOfOrder > 0 ? [`${title}: ${outOfOrder} out of the page's order`] : []),
      );
    }
    await session.detach();
    expect(problems).toEqual([]);
  });
});

/** Walks `steps` steps by Tab and returns what had the focus without showing it. */
async function walkFocus(page: Page, steps: number): Promise<readonly string[]> {
  const unseen: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(readFocus);
    if (focus !== null && !focus.isSeen) unseen.push(focus.what);
  }
  return unseen;
}

/** Parts of the accessibility tree that a person can use, but that have no name. */
async function namelessParts(session: CDPSession): Promise<readonly string[]> {
  const used = /^(button|link|textbox|searchbox|checkbox|switch|combobox|grid|tab|dialog|navigation|table)$/;
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  return nodes
    .filter(({ ignored, role, name }) => !ignored && used.test(String(role?.value)) && String(name?.value ?? '') === '')
    .map(({ role, nodeId }) => `${String(role?.value)} ${nodeId}`);
}

/** What has the focus now, and whether that can be seen: an outline or a ring on it, or on the box that it stands in. */
function readFocus(): { readonly what: string; readonly isSeen: boolean } | null {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const isMarked = (each: Element | null | undefined): boolean => {
    if (each === null || each === undefined) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
  };
  const label = element.closest('label');
  const places = [element, element.parentElement, label, ...(label?.children ?? [])];
  return {
    what: `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent?.slice(0, 40) ?? ''}`,
    isSeen: places.some(isMarked),
  };
}
