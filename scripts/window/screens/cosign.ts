// Co-signing in a window: the requests, and one of them from near.

import type { Locator, Page } from 'playwright';
import { fact, field, figureOf, region } from '../controls.ts';

export class CosignScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Requests whose name matches. */
  rows(name: string | RegExp): Locator {
    return this.#page.getByRole('grid', { name: 'Requests' }).getByRole('row', { name });
  }

  async open(name: string | RegExp): Promise<void> {
    await this.rows(name).first().click();
    await this.#page.getByRole('list', { name: 'Signers' }).waitFor();
  }

  /** The signers' lines that read as given: "Signed" or "Not yet". */
  signers(state: 'Signed' | 'Not yet'): Locator {
    return this.#page.getByRole('list', { name: 'Signers' }).getByRole('listitem').filter({ hasText: state });
  }

  farmer(state: 'Accepted' | 'Not yet' | 'Declined'): Locator {
    return this.#page.getByRole('list', { name: 'Farmers' }).getByRole('listitem').filter({ hasText: state });
  }

  async price(): Promise<string> {
    return figureOf(await fact(region(this.#page, 'Terms'), 'Price').innerText());
  }

  async sendToAll(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Send to all' }).click();
  }

  /** Opens the review of a signature. */
  async review(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Review and sign' }).click();
  }

  async decline(reason: string): Promise<void> {
    await this.#page.getByRole('button', { name: 'Decline' }).click();
    const sheet = this.#page.getByRole('dialog', { name: 'Decline to sign' });
    await field(sheet, 'Reason').fill(reason);
    await sheet.getByRole('button', { name: 'Decline' }).click();
    await sheet.waitFor({ state: 'detached' });
  }

  /** Asks for the record that puts the packet into the history. */
  async record(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Record', exact: true }).click();
  }

  /** Resolves when the open request reads as given: "Fully signed", "Recorded". */
  async untilState(state: string): Promise<void> {
    await this.#page.getByRole('main').locator('header').getByText(state, { exact: true }).waitFor();
  }

  /** Goes from a recorded request to its contract. */
  async openContract(): Promise<void> {
    await this.#page.getByRole('link', { name: 'Open contract' }).click();
    await this.#page.getByRole('heading', { level: 1, name: 'Contract', exact: true }).waitFor();
  }
}
