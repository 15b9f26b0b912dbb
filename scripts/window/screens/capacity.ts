// The capacity browser in a window: nodes, filters, one node from near.

import type { Locator, Page } from 'playwright';
import { choose, field } from '../controls.ts';

export class CapacityScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Rows of nodes whose name matches. */
  nodes(name: string | RegExp): Locator {
    return this.#page.getByRole('grid', { name: 'Nodes' }).getByRole('row', { name });
  }

  filter(label: string): Locator {
    return field(this.#bar(), label);
  }

  #bar(): Locator {
    return this.#page.getByRole('search', { name: 'Filters' });
  }

  /** Chooses countries out of the list, which stays open meanwhile. */
  async chooseCountries(first: string, ...more: readonly string[]): Promise<void> {
    await choose(this.#bar(), /Country/, first);
    for (const name of more) await this.#page.getByRole('option', { name, exact: true }).click();
    await this.#page.keyboard.press('Escape');
  }

  /** A filter in use, by what its chip says. */
  used(words: string | RegExp): Locator {
    return this.#page.getByRole('grid', { name: 'Filters in use' }).getByRole('row', { name: words });
  }

  /** Opens the sheet with all filters. */
  async allFilters(): Promise<Locator> {
    await this.#bar().getByRole('button', { name: 'All filters' }).click();
    const sheet = this.#page.getByRole('dialog', { name: 'All filters' });
    await sheet.waitFor();
    return sheet;
  }

  /** What each filter took away, in words. */
  removed(): Locator {
    return this.#page.getByRole('status', { name: 'What the filters removed' });
  }

  /** Opens a node and goes on to rent on it. */
  async rent(name: string | RegExp): Promise<void> {
    await this.nodes(name).first().click();
    await this.#page.getByRole('dialog', { name: 'Node' }).getByRole('button', { name: 'Rent here' }).click();
    await this.#page.getByRole('heading', { name: 'New contract' }).waitFor();
  }
}
