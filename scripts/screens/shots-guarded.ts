// What is looked at on grids that are larger than a few people at one table: several guardians, many nodes, a long history.

import { at, type Shot } from './shots.ts';

/** Wout among four guardians and a hundred nodes. */
export const wholeShots: readonly Shot[] = [
  {
    name: 'capacity',
    bot: 'Wout',
    open: async ({ page, app }) => {
      await at(page, 'capacity', 'Capacity');
      await app.capacity.filter('Free cores').fill('8');
      await app.capacity.filter('Free memory').fill('32');
      await app.capacity.chooseCountries('Belgium', 'France', 'Germany');
      await app.capacity.filter('CU hour at most').fill('0.05');
      await app.capacity.used(/^CU hour at most 0\.05 TFT, removes/).waitFor();
    },
  },
  {
    name: 'capacity-all',
    bot: 'Wout',
    isExtra: true,
    open: async ({ page, app }) => {
      await at(page, 'capacity', 'Capacity');
      await app.capacity.filter('CU hour at most').fill('0.05');
      const sheet = await app.capacity.allFilters();
      await sheet.getByRole('button', { name: 'Kind and identity' }).click();
      await sheet.getByRole('textbox', { name: 'Features' }).fill('gpu');
      await sheet.getByRole('textbox', { name: 'Free cores' }).fill('x');
      await sheet.getByText('removes', { exact: false }).first().waitFor();
      await sheet.getByRole('textbox', { name: 'Only these nodes' }).focus();
    },
  },
  {
    name: 'capacity-none',
    bot: 'Wout',
    isExtra: true,
    open: async ({ page, app }) => {
      await at(page, 'capacity', 'Capacity');
      await app.capacity.filter('Free cores').fill('64');
      await app.capacity.filter('City').fill('Ghent');
      await app.capacity.filter('CU hour at most').fill('0.03');
      await page.getByText('No node passes all filters').waitFor();
    },
  },
  { name: 'grid-guardians', bot: 'Wout', isExtra: true, open: ({ page }) => at(page, 'grid', 'Grid') },
];

/** A lie was found. */
export const evidenceShots: readonly Shot[] = [
  {
    name: 'grid-evidence',
    bot: 'Wout',
    isExtra: true,
    open: async ({ page }) => {
      await at(page, 'grid', 'Grid');
      await page.getByRole('region', { name: 'Evidence of lies' }).waitFor();
    },
  },
];

/** One of four is away: all goes on. */
export const awayShots: readonly Shot[] = [{ name: 'grid', bot: 'Wout', open: ({ page }) => at(page, 'grid', 'Grid') }];

/** Two of four are away: nothing becomes final. */
export const waitingShots: readonly Shot[] = [
  { name: 'grid-waiting', bot: 'Wout', isExtra: true, open: ({ page }) => at(page, 'grid', 'Grid') },
];

/** Vera, whose history is being verified. */
export const verifyingShots: readonly Shot[] = [
  {
    name: 'grid-verifying',
    bot: 'Vera',
    isExtra: true,
    open: async ({ page }) => {
      await at(page, 'grid', 'Grid');
      await page.getByRole('progressbar').waitFor();
    },
  },
  { name: 'settings-verifying', bot: 'Vera', isExtra: true, open: ({ page }) => at(page, 'settings', 'Settings') },
];
