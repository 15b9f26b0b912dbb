// The colour tokens keep WCAG AA in both themes: text 4.5 : 1 on every ground that it stands on, edges of controls and the
// focus 3 : 1. Read from tokens.css as it is shipped.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '../../../renderer/tokens.css'), 'utf8');

type Theme = 'light' | 'dark';

const colourOf = (token: string, theme: Theme): string => {
  const both = new RegExp(`--${token}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\);`).exec(css);
  const one = new RegExp(`--${token}: (#[0-9a-f]{6});`).exec(css);
  const found = both?.[theme === 'light' ? 1 : 2] ?? one?.[1];
  if (found === undefined) throw new Error(`no colour --${token}`);
  return found;
};

/** Relative luminance, WCAG 2.2. */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (one: string, other: string): number => {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};

const grounds = ['bg', 'surface', 'raised', 'sunken', 'hover', 'selected'];
const pairs: readonly (readonly [text: string, ground: string, least: number])[] = [
  ...grounds.flatMap((ground) => [
    ['text', ground, 4.5] as const,
    ['text-2', ground, 4.5] as const,
    ['text-3', ground, 4.5] as const,
    ['accent-text', ground, 4.5] as const,
  ]),
  ...['ok', 'caution', 'danger', 'info'].flatMap((tone) => [
    [tone, `${tone}-soft`, 4.5] as const,
    [tone, 'surface', 4.5] as const,
    [tone, 'bg', 4.5] as const,
    ['text', `${tone}-soft`, 4.5] as const,
  ]),
  ...['accent', 'accent-hover', 'accent-pressed', 'danger-solid', 'danger-solid-hover'].map(
    (ground) => ['on-accent', ground, 4.5] as const,
  ),
  ['accent-text', 'accent-soft', 4.5],
  ['field-line', 'surface', 3],
  ['field-line', 'raised', 3],
  ['focus', 'bg', 3],
  ['focus', 'surface', 3],
  ['focus', 'raised', 3],
];

describe.each(['light', 'dark'] as const)('contrast in the %s theme', (theme) => {
  it.each(pairs)('%s on %s is at least %d : 1', (text, ground, least) => {
    expect(contrast(colourOf(text, theme), colourOf(ground, theme))).toBeGreaterThanOrEqual(least);
  });
});

describe('the measure of contrast', () => {
  it('knows black on white and grey on grey', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
  });
});
