// What counts as a change since the last build.

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprint } from '../../../scripts/lib/fingerprint.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fingerprint-'));
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  writeFileSync(join(root, 'src/deep/a.ts'), 'a');
  writeFileSync(join(root, 'lock.json'), '{}');
});
afterEach(() => rmSync(root, { recursive: true }));

const current = () => fingerprint(root, ['src', 'lock.json']);

test('stays the same while nothing changes', () => {
  expect(current()).toBe(current());
});

test.each([
  ['a file is added', () => writeFileSync(join(root, 'src/b.ts'), '')],
  ['a file is removed', () => rmSync(join(root, 'src/deep/a.ts'))],
  ['a file is longer', () => writeFileSync(join(root, 'lock.json'), '{ }')],
  ['a file is newer', () => utimesSync(join(root, 'src/deep/a.ts'), 5, 5)],
])('differs when %s', (_, change) => {
  const before = current();
  change();
  expect(current()).not.toBe(before);
});
