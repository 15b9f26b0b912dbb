// The capacity browser in a window: nodes, filters, one node from near.

import type { Locator, Page } from 'playwright';
import { field } from '../controls.ts';

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
    return field(this.#page.getByRole('search', { name: 'Filters' }), label);
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
