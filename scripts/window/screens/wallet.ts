// The wallet in a window: what there is, what is on its way, the statement, sending and receiving.

import type { Download, Locator, Page } from 'playwright';
import { field, figureOf, region } from '../controls.ts';

export class WalletScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The balance as shown, in TFT, without the unit. */
  async balance(): Promise<string> {
    return figureOf(await region(this.#page, 'Balance').innerText());
  }

  /** The full address, from the sheet that shows it to others. */
  async address(): Promise<string> {
    await this.#page.getByRole('button', { name: 'Receive' }).click();
    const shown = await this.#page.getByRole('note', { name: 'Your address' }).innerText();
    await this.#page.getByRole('button', { name: 'Close' }).click();
    return shown.replace(/\s/g, '');
  }

  /** Fills the sheet of a transfer; `to` is an address, `contact` the name of one of the contacts. */
  async fillSend(
    transfer: { readonly amount: string; readonly note: string } & (
      | { readonly to: string }
      | { readonly contact: string }
    ),
  ): Promise<void> {
    await this.#page.getByRole('button', { name: 'Send', exact: true }).click();
    const sheet = this.#page.getByRole('dialog', { name: 'Send TFT' });
    if ('to' in transfer) await field(sheet, 'To').fill(transfer.to);
    else await sheet.getByRole('button', { name: transfer.contact, exact: true }).click();
    await field(sheet, 'Amount').fill(transfer.amount);
    await field(sheet, 'Note').fill(transfer.note);
  }

  /** Fills the sheet of a transfer and asks for its review. */
  async prepareSend(transfer: { readonly to: string; readonly amount: string; readonly note: string }): Promise<void> {
    await this.fillSend(transfer);
    await this.#page.getByRole('button', { name: 'Review' }).click();
  }

  /** Looks in the sheet of a transfer for people who call themselves something like `name`. */
  async findPerson(name: string): Promise<void> {
    await this.#page.getByRole('button', { name: 'Send', exact: true }).click();
    const sheet = this.#page.getByRole('dialog', { name: 'Send TFT' });
    await sheet.getByRole('button', { name: 'Find someone on the grid' }).click();
    await sheet.getByRole('searchbox', { name: 'Name on the grid' }).fill(name);
  }

  /** Records on their way or rejected; not there when there are none. */
  notFinal(): Locator {
    return region(this.#page, 'Not final');
  }

  /** Lines of the statement whose name matches. */
  lines(name: string | RegExp): Locator {
    return this.#page.getByRole('grid', { name: 'History' }).getByRole('row', { name });
  }

  /** Opens the newest line of the statement with this name, and returns its sheet. */
  async openLine(name: string | RegExp): Promise<Locator> {
    await this.lines(name).first().click();
    return this.#page.getByRole('dialog');
  }

  /** Saves the receipt of the line that is open. */
  async exportReceipt(): Promise<Download> {
    const saved = this.#page.waitForEvent('download');
    await this.#page.getByRole('button', { name: 'Export receipt' }).click();
    return saved;
  }
}
