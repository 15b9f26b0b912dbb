// The frame around every screen: rail, top bar, lock and unlock, the command palette, and the short messages.

import type { Locator, Page } from 'playwright';

/** The screens of the rail, by their titles. */
export type ScreenTitle = 'Wallet' | 'Capacity' | 'Contracts' | 'Co-sign' | 'Farm' | 'Grid' | 'Settings';

export class Frame {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The link of a screen in the rail; its name also says what waits there. */
  link(title: ScreenTitle): Locator {
    return this.#page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: new RegExp(`^${title}`) });
  }

  /** Goes to a screen by the rail; resolves when its title is there. */
  async go(title: ScreenTitle): Promise<void> {
    await this.link(title).click();
    await this.#page.getByRole('heading', { level: 1, name: title }).waitFor();
  }

  /** How many things wait at Co-sign, as the rail says. */
  async waiting(): Promise<number> {
    const name = await this.link('Co-sign').getAttribute('aria-label');
    return Number(/(\d+) waiting/.exec(name ?? '')?.[1] ?? 0);
  }

  /** "final, 2 s ago" and the like. */
  gridState(): Locator {
    return this.#page.getByRole('button', { name: /^Grid state/ });
  }

  messages(): Locator {
    return this.#page.getByRole('status', { name: 'Messages' });
  }

  async lock(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Lock', exact: true }).click();
    await this.#page.getByRole('heading', { name: 'Locked' }).waitFor();
  }

  /** Unlocks; without a passphrase the keychain does it. */
  async unlock(passphrase?: string): Promise<void> {
    if (passphrase !== undefined) await this.#page.getByLabel('Passphrase').fill(passphrase);
    await this.#page.getByRole('button', { name: 'Unlock' }).click();
  }

  /** The palette over everything, once it is open. */
  palette(): Locator {
    return this.#page.getByRole('dialog', { name: 'Search or jump to' });
  }
}
