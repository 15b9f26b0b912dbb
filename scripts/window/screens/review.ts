// The one sheet on which a person decides to sign.

import type { Locator, Page } from 'playwright';

export class ReviewSheet {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  sheet(): Locator {
    return this.#page.getByRole('alertdialog');
  }

  /** What the sheet says, as soon as it is there. */
  async text(): Promise<string> {
    await this.sheet().waitFor();
    return this.sheet().innerText();
  }

  /** Signs by the button that names the effect; resolves when the sheet is gone. */
  async sign(action: string | RegExp): Promise<void> {
    await this.sheet().getByRole('button', { name: action }).click();
    await this.sheet().waitFor({ state: 'detached' });
  }

  async cancel(): Promise<void> {
    await this.sheet().getByRole('button', { name: 'Cancel' }).click();
    await this.sheet().waitFor({ state: 'detached' });
  }
}
