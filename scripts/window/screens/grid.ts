// The grid in a window: height, books, blocks, the invitation.

import type { Locator, Page } from 'playwright';
import { region } from '../controls.ts';

export class GridScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The line that lets another 3bot join. */
  async invitation(): Promise<string> {
    await this.#page.getByRole('button', { name: 'Invite' }).click();
    const text = await this.#page.getByRole('note', { name: 'Invitation' }).innerText();
    await this.#page.getByRole('button', { name: 'Close' }).click();
    return text.replace(/\s/g, '');
  }

  /** A line of the books: "Minted", "Unexplained", … */
  book(name: string): Locator {
    return this.#page.getByRole('table', { name: 'Books' }).getByRole('row', { name: new RegExp(`^${name}`) });
  }

  blocks(): Locator {
    return this.#page.getByRole('grid', { name: 'Blocks' }).getByRole('row', { name: /^Block \d/ });
  }

  overview(): Locator {
    return region(this.#page, 'Grid overview');
  }
}
