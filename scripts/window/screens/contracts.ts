// Contracts in a window: composing one, the list, and one from near.

import type { Download, Locator, Page } from 'playwright';
import { choose, fact, field, figureOf, flip, region } from '../controls.ts';

/** A contract as a person fills it in; the node was chosen before. */
export type ContractForm = {
  readonly title: string;
  readonly image: string;
  readonly ssdGb: string;
  readonly term: { readonly count: string; readonly unit: 'minutes' | 'hours' | 'days' };
  /** Other signers, by address. */
  readonly signers: readonly string[];
  /** "2 of 3", to start and to end. */
  readonly quorum: string;
};

export class ContractsScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Fills in the open form and has it checked; resolves on the packet's page. */
  async compose(form: ContractForm): Promise<void> {
    const page = this.#page;
    await field(page, 'Title').fill(form.title);
    await field(page, 'Image').fill(form.image);
    await field(page, 'SSD').fill(form.ssdGb);
    await field(page, 'Runs for').fill(form.term.count);
    await choose(page, /Runs for, unit/, form.term.unit);
    for (const address of form.signers) {
      await field(page, 'Add a person').fill(address);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
    }
    await choose(page, /Needed to start/, form.quorum);
    await choose(page, /Needed to end/, form.quorum);
    await page.getByRole('button', { name: 'Check and price' }).click();
    await page.getByRole('heading', { level: 1, name: 'Start a contract' }).waitFor();
  }

  /** Rows of the list whose name matches. */
  rows(name: string | RegExp): Locator {
    return this.#page.getByRole('grid', { name: 'Contracts' }).getByRole('row', { name });
  }

  /** Shows the contracts of a group: "Open", "Ended", "Failed", "All". */
  async show(group: string): Promise<void> {
    await this.#page.getByRole('tab', { name: new RegExp(`^${group}`) }).click();
  }

  async open(name: string | RegExp): Promise<void> {
    await this.rows(name).first().click();
    await this.#page.getByRole('heading', { level: 1, name: 'Contract', exact: true }).waitFor();
  }

  /** Resolves when the open contract is in this state. */
  async untilState(state: string, timeout?: number): Promise<void> {
    const shown = this.#page.getByRole('main').locator('header').getByText(state, { exact: true });
    await shown.waitFor(timeout === undefined ? {} : { timeout });
  }

  /** An amount of the panel Money: "Paid in", "Locked", "Earned by the farmer", "Refunded". */
  async money(name: string): Promise<string> {
    return figureOf(await fact(region(this.#page, 'Money'), name).innerText());
  }

  /** Asks a workload for a page, and returns what is shown of the answer. */
  async fetchPage(workload: string): Promise<string> {
    const part = region(this.#page, `Workload ${workload}`);
    await part.getByRole('button', { name: 'Fetch page' }).click();
    return part.getByRole('figure', { name: 'Text by a peer' }).innerText();
  }

  /** The steps of its life, newest first. */
  life(): Locator {
    return region(this.#page, 'Life').getByRole('listitem');
  }

  /** Opens a request to end the open contract. */
  async end(): Promise<void> {
    await this.#page.getByRole('button', { name: 'End contract' }).click();
    await this.#page.getByRole('heading', { level: 1, name: 'End a contract' }).waitFor();
  }

  async exportReceipt(): Promise<Download> {
    const saved = this.#page.waitForEvent('download');
    await this.#page.getByRole('button', { name: 'Export receipt' }).click();
    return saved;
  }

  /** Turns the required tick of the signer at this place of the open form over. */
  async flipRequired(place: number): Promise<void> {
    await flip(region(this.#page, 'Who must agree').getByRole('listitem').nth(place), 'checkbox', 'Required');
  }
}
