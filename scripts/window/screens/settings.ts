// Settings in a window: theme, contacts, the 24 words once more.

import type { Locator, Page } from 'playwright';
import { choose, field, flip, region } from '../controls.ts';

export class SettingsScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async theme(name: 'As the system' | 'Light' | 'Dark'): Promise<void> {
    await choose(this.#page, /Theme/, name);
  }

  /** How much history this computer keeps. */
  async keep(choice: string): Promise<void> {
    await choose(this.keptHistory(), /^.*Keep$/, choice);
  }

  keptHistory(): Locator {
    return region(this.#page, 'History on this computer');
  }

  async addContact(contact: { readonly name: string; readonly address: string }): Promise<void> {
    await this.#page.getByRole('button', { name: 'Add contact' }).click();
    const sheet = this.#page.getByRole('dialog', { name: 'Add contact' });
    await field(sheet, 'Name').fill(contact.name);
    await field(sheet, 'Address').fill(contact.address);
    await sheet.getByRole('button', { name: 'Save contact' }).click();
    await sheet.waitFor({ state: 'detached' });
  }

  contacts(): Locator {
    return this.#page.getByRole('list', { name: 'Contacts' }).getByRole('listitem');
  }

  posture(): Locator {
    return this.#page.getByRole('list', { name: 'Security posture' }).getByRole('listitem');
  }

  /** Sets a passphrase where there was none. */
  async setPassphrase(passphrase: string): Promise<void> {
    await this.#page.getByRole('button', { name: 'Set passphrase' }).click();
    const sheet = this.#page.getByRole('dialog', { name: 'Set passphrase' });
    await sheet.getByLabel('New passphrase', { exact: true }).fill(passphrase);
    await sheet.getByLabel('New passphrase again').fill(passphrase);
    await sheet.getByRole('button', { name: 'Set passphrase' }).click();
    await sheet.waitFor({ state: 'detached' });
  }

  /** Shows the 24 words again and returns them. */
  async revealWords(passphrase?: string): Promise<readonly string[]> {
    await this.#page.getByRole('button', { name: 'Show words' }).click();
    const sheet = this.#page.getByRole('dialog', { name: 'Your 24 words' });
    if (passphrase !== undefined) await sheet.getByLabel('Passphrase').fill(passphrase);
    await flip(sheet, 'checkbox', 'Nobody can see my screen');
    await sheet.getByRole('button', { name: 'Show words' }).click();
    const items = sheet.getByRole('listitem');
    await items.first().waitFor();
    const words = (await items.allInnerTexts()).map((text) => text.replace(/[^a-z]/g, ''));
    await sheet.getByRole('button', { name: 'Hide words' }).click();
    return words;
  }
}
