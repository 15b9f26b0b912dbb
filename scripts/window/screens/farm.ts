// Farming in a window: becoming a farmer, the switch, the node's request, what it earned.

import type { Locator, Page } from 'playwright';
import { choose, field, figureOf, flip, region } from '../controls.ts';

export type FarmForm = {
  readonly name: string;
  readonly country: string;
  readonly city: string;
  readonly cuHour: string;
  readonly suHour: string;
};

export class FarmScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Fills in a new farm and asks for its review. */
  async become(form: FarmForm): Promise<void> {
    await this.#page.getByRole('button', { name: 'Become a farmer' }).click();
    const sheet = this.#page.getByRole('dialog', { name: 'Become a farmer' });
    await field(sheet, 'Farm name').fill(form.name);
    await choose(sheet, /Country/, form.country);
    await field(sheet, 'City').fill(form.city);
    await field(sheet, 'Price per CU and hour').fill(form.cuHour);
    await field(sheet, 'Price per SU and hour').fill(form.suHour);
    await sheet.getByRole('button', { name: 'Review' }).click();
  }

  async flipSwitch(): Promise<void> {
    await flip(this.#page, 'switch', 'Farm with this computer');
  }

  /** The notice that this computer's node asks to join. */
  nodeAsks(): Locator {
    return this.#page.getByRole('button', { name: 'Review node' });
  }

  /** The node's state in a word: "Running", "Stopped". */
  node(state: string): Locator {
    return region(this.#page, 'Node on this computer').getByText(state, { exact: true });
  }

  workloads(): Locator {
    return this.#page.getByRole('list', { name: 'Workloads on this node' }).getByRole('listitem');
  }

  /** What the farm earned so far, in TFT. */
  async earned(): Promise<number> {
    return Number(figureOf(await region(this.#page, 'Farming').innerText()));
  }
}
