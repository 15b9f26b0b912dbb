// The first start in a window: new words, their check, a name; or words from before. Then a grid: a new local one, or an invitation.

import type { Page } from 'playwright';
import { choose, field, flip } from '../controls.ts';

export class FirstRunScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Opens the making of a new identity, and returns the words that are shown. */
  async showWords(): Promise<readonly string[]> {
    await this.#page.getByRole('button', { name: 'Create a new identity' }).click();
    return this.#readWords();
  }

  async #readWords(): Promise<readonly string[]> {
    const items = this.#page.getByRole('list', { name: 'Your 24 words' }).getByRole('listitem');
    await items.first().waitFor();
    const texts = await items.allInnerTexts();
    return texts.map((text) => text.replace(/[^a-z]/g, ''));
  }

  /** Says that the words are written down, and goes on to their check. */
  async wroteDown(): Promise<void> {
    await flip(this.#page, 'checkbox', 'I wrote all 24 words down');
    await this.#page.getByRole('button', { name: 'Continue' }).click();
    await this.#page.getByRole('heading', { name: 'Check your words' }).waitFor();
  }

  /** Types the words that are asked for; `wordAt` gives the word at a place counted from 1. */
  async answer(wordAt: (place: number) => string): Promise<void> {
    const fields = this.#page.getByRole('textbox', { name: /^Word \d+$/ });
    for (const input of await fields.all()) {
      const label = await input.evaluate((element: HTMLInputElement) => element.labels?.[0]?.textContent ?? '');
      await input.fill(wordAt(Number(/\d+/.exec(label)?.[0])));
    }
  }

  /** Names and makes the identity. A passphrase is typed where there is no keychain. */
  async create(name: string, passphrase: string): Promise<void> {
    await this.#nameAndProtect(name, passphrase);
    await this.#page.getByRole('button', { name: 'Create identity' }).click();
  }

  async restore(words: string, name: string, passphrase: string): Promise<void> {
    const start = this.#page.getByRole('button', { name: 'Restore from 24 words' });
    const typed = field(this.#page, 'Your 24 words');
    await start.or(typed).waitFor();
    if (await start.isVisible()) await start.click();
    await typed.fill(words);
    await this.#nameAndProtect(name, passphrase);
    await this.#page.getByRole('button', { name: 'Restore identity' }).click();
  }

  async #nameAndProtect(name: string, passphrase: string): Promise<void> {
    await field(this.#page, 'Name').fill(name);
    const first = this.#page.getByLabel('Passphrase', { exact: true });
    if (!(await first.isVisible())) return;
    await first.fill(passphrase);
    await this.#page.getByLabel('Passphrase again').fill(passphrase);
  }

  /** Makes a local grid. `paysEvery` is an option of the list of that name. */
  async startLocalGrid(name: string, paysEvery: string): Promise<void> {
    await this.#page.getByRole('button', { name: 'Start a grid' }).click();
    await field(this.#page, 'Name of the grid').fill(name);
    await choose(this.#page, /Farmers are paid every/, paysEvery);
    await this.#page.getByRole('button', { name: 'Start grid' }).click();
    await this.#page.getByRole('navigation', { name: 'Main' }).waitFor();
  }

  async join(invitation: string): Promise<void> {
    await this.#page.getByRole('button', { name: 'Join by invitation' }).click();
    await field(this.#page, 'Invitation').fill(invitation);
    await this.#page.getByRole('button', { name: 'Join grid' }).click();
    await this.#page.getByRole('navigation', { name: 'Main' }).waitFor();
  }
}
