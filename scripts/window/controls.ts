// The few controls that need more than one step: ticks whose input is hidden under a drawing, lists that open over the page, and
// values by their names. No screen is known here.

import type { Locator, Page } from 'playwright';

/** Where to look: the whole page, or a part of it. */
export type Scope = Page | Locator;

const pageOf = (scope: Scope): Page => ('page' in scope ? scope.page() : scope);

/** The field labelled `label`, where text is typed (not a passphrase's: those have no role). */
export const field = (scope: Scope, label: string): Locator => scope.getByRole('textbox', { name: label, exact: true });

/** Turns a checkbox or switch over, on the part that a person sees. */
export async function flip(scope: Scope, role: 'checkbox' | 'switch', name: string): Promise<void> {
  const control = pageOf(scope).getByRole(role, { name });
  await scope.locator('label').filter({ has: control }).click();
}

/** Chooses `option` in the list labelled `label`. The list opens over everything, so it is looked for on the page. */
export async function choose(scope: Scope, label: string | RegExp, option: string): Promise<void> {
  await scope.getByRole('button', { name: label }).click();
  await pageOf(scope).getByRole('option', { name: option, exact: true }).click();
}

/** The panel or section named `name`. */
export const region = (scope: Scope, name: string): Locator => scope.getByRole('region', { name, exact: true });

/** The value beside `name` in a list of facts. */
export const fact = (scope: Scope, name: string): Locator =>
  scope
    .locator('dl > div')
    .filter({
      has: pageOf(scope)
        .getByRole('term')
        .filter({ hasText: new RegExp(`^${name}$`) }),
    })
    .getByRole('definition');

/** The figure of an amount of TFT as it is shown: "1,234.5 TFT" -> "1234.5". */
export const figureOf = (text: string): string =>
  /([−-]?[\d,]+(?:\.\d+)?)\s*TFT/.exec(text)?.[1]?.replaceAll(',', '') ?? '';
