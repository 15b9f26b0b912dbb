// What is looked at: each picture's name, whose window it is, and what is done there first. Takes no picture itself.

import type { Page } from 'playwright';
import type { BotWindow } from '../window/window.ts';

/** One picture, in every theme and size. */
export type Shot = {
  readonly name: string;
  readonly bot: string;
  /** Not for docs/screens: taken when it is named, or with `--all`. */
  readonly isExtra?: boolean;
  /** Brings the window to where the picture is taken, from wherever it is. */
  readonly open: (window: BotWindow) => Promise<void>;
};

/** Opens a screen by its address, with nothing left open from before. */
export async function at(page: Page, route: string, title: string | RegExp): Promise<void> {
  await page.evaluate((hash) => location.replace(hash), `#/${route}`);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

/** Back to the first thing that this 3bot shows. */
async function restart(page: Page, heading: string): Promise<void> {
  await page.reload();
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

export const shots: readonly Shot[] = [
  { name: 'welcome', bot: 'newcomer', open: ({ page }) => restart(page, 'Welcome to 3Bot') },
  {
    name: 'words',
    bot: 'newcomer',
    open: async ({ page, app }) => {
      await restart(page, 'Welcome to 3Bot');
      await app.firstRun.showWords();
    },
  },
  {
    name: 'words-check',
    bot: 'newcomer',
    isExtra: true,
    open: async ({ page, app }) => {
      await restart(page, 'Welcome to 3Bot');
      const words = await app.firstRun.showWords();
      await app.firstRun.wroteDown();
      await app.firstRun.answer((place) => words[place - 1] ?? '');
    },
  },
  {
    name: 'restore',
    bot: 'newcomer',
    isExtra: true,
    open: async ({ page }) => {
      await restart(page, 'Welcome to 3Bot');
      await page.getByRole('button', { name: 'Restore from 24 words' }).click();
      await page.getByRole('textbox', { name: 'Your 24 words' }).waitFor();
    },
  },
  { name: 'grid-choice', bot: 'Noor', isExtra: true, open: ({ page }) => restart(page, 'Choose a grid') },
  {
    name: 'grid-local',
    bot: 'Noor',
    open: async ({ page }) => {
      await restart(page, 'Choose a grid');
      await page.getByRole('button', { name: 'Start a grid' }).click();
    },
  },
  {
    name: 'grid-join',
    bot: 'Noor',
    isExtra: true,
    open: async ({ page }) => {
      await restart(page, 'Choose a grid');
      await page.getByRole('button', { name: 'Join by invitation' }).click();
    },
  },
  { name: 'locked', bot: 'Lena', open: ({ page }) => restart(page, 'Locked') },
  { name: 'wallet', bot: 'Mira', open: ({ page }) => at(page, 'wallet', 'Wallet') },
  {
    name: 'send',
    bot: 'Mira',
    open: async ({ page, app }) => {
      await at(page, 'wallet', 'Wallet');
      await app.wallet.fillSend({ contact: 'Aiko', amount: '25.5', note: 'Second disk' });
    },
  },
  {
    name: 'review',
    bot: 'Mira',
    open: async ({ page, app }) => {
      await at(page, 'wallet', 'Wallet');
      await app.wallet.fillSend({ contact: 'Aiko', amount: '25.5', note: 'Second disk' });
      await page.getByRole('button', { name: 'Review' }).click();
      await app.review.sheet().waitFor();
    },
  },
  {
    name: 'payment',
    bot: 'Mira',
    isExtra: true,
    open: async ({ page, app }) => {
      await at(page, 'wallet', 'Wallet');
      await app.wallet.openLine(/^Transfer /);
    },
  },
  { name: 'receive', bot: 'Mira', isExtra: true, open: ({ page }) => at(page, 'wallet/receive', 'Wallet') },
  {
    name: 'node',
    bot: 'Mira',
    open: async ({ page, app }) => {
      await at(page, 'capacity', 'Capacity');
      await app.capacity.nodes(/^Kitchen rack/).click();
      await page.getByRole('dialog', { name: 'Node' }).waitFor();
    },
  },
  {
    name: 'contracts',
    bot: 'Mira',
    open: async ({ page, app }) => {
      await at(page, 'contracts', 'Contracts');
      await app.contracts.show('All');
    },
  },
  {
    name: 'contract',
    bot: 'Mira',
    open: async ({ page, app }) => {
      await at(page, 'contracts', 'Contracts');
      await app.contracts.open(/^A page for the neighbours/);
      await page.getByRole('region', { name: 'Life' }).getByRole('listitem').first().waitFor();
    },
  },
  {
    name: 'workload',
    bot: 'Mira',
    isExtra: true,
    open: async ({ page, app }) => {
      await at(page, 'contracts', 'Contracts');
      await app.contracts.open(/^A page for the neighbours/);
      await app.contracts.fetchPage('web');
      await page.getByRole('region', { name: 'Workload web' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'contract-ended',
    bot: 'Mira',
    isExtra: true,
    open: async ({ page, app }) => {
      await at(page, 'contracts', 'Contracts');
      await app.contracts.show('Ended');
      await app.contracts.open(/^Poster archive/);
      await page.getByRole('region', { name: 'Life' }).getByRole('listitem').first().waitFor();
    },
  },
  {
    name: 'compose',
    bot: 'Mira',
    open: async ({ page, app }) => {
      await at(page, 'capacity', 'Capacity');
      await app.capacity.rent(/^Kitchen rack/);
      await page.getByRole('textbox', { name: 'Title' }).fill('Film night server');
      await page.getByRole('textbox', { name: 'Image' }).fill(`sha256:${'3b07'.repeat(16)}`);
      await page.getByRole('button', { name: 'Add Aiko' }).click();
      await page.getByRole('button', { name: 'Add Bram' }).click();
      await page.getByText('Farmer asks').waitFor();
      await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'cosign', bot: 'Aiko', open: ({ page }) => at(page, 'cosign', 'Co-sign') },
  {
    name: 'request',
    bot: 'Aiko',
    open: async ({ page, app }) => {
      await at(page, 'cosign', 'Co-sign');
      await app.cosign.open(/^Start Choir recordings/);
    },
  },
  {
    name: 'request-review',
    bot: 'Aiko',
    isExtra: true,
    open: async ({ page, app }) => {
      await at(page, 'cosign', 'Co-sign');
      await app.cosign.open(/^Start Choir recordings/);
      await app.cosign.review();
      await app.review.sheet().waitFor();
    },
  },
  { name: 'farm', bot: 'Tomas', open: ({ page }) => at(page, 'farm', 'Farm') },
  { name: 'farm-none', bot: 'Mira', isExtra: true, open: ({ page }) => at(page, 'farm', 'Farm') },
  {
    name: 'farm-form',
    bot: 'Mira',
    isExtra: true,
    open: async ({ page }) => {
      await at(page, 'farm', 'Farm');
      await page.getByRole('button', { name: 'Become a farmer' }).click();
      await page.getByRole('dialog', { name: 'Become a farmer' }).waitFor();
    },
  },
  { name: 'grid-alone', bot: 'Mira', isExtra: true, open: ({ page }) => at(page, 'grid', 'Grid') },
  {
    name: 'invite',
    bot: 'Mira',
    isExtra: true,
    open: async ({ page }) => {
      await at(page, 'grid', 'Grid');
      await page.getByRole('button', { name: 'Invite' }).click();
      await page.getByRole('note', { name: 'Invitation' }).waitFor();
    },
  },
  { name: 'settings', bot: 'Mira', open: ({ page }) => at(page, 'settings', 'Settings') },
  {
    name: 'palette',
    bot: 'Mira',
    open: async ({ page, app }) => {
      await at(page, 'wallet', 'Wallet');
      await page.keyboard.press('Control+k');
      await app.frame.palette().waitFor();
    },
  },
];
