// Every source file of the house fits into its room. What "fits" means is in rules.ts; that each rule can fail, in rules.test.ts.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { problemsOf, table } from './rules.ts';

const root = join(import.meta.dirname, '../..');

const sourcesOf = (room: string): readonly string[] =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !file.includes('node_modules'))
    .map((file) => `${room}/${file.replaceAll('\\', '/')}`);

test.each(Object.keys(table))('every file of %s keeps the rules of its room', (room) => {
  const files = sourcesOf(room);
  expect(files, 'a room without files is a renamed room').not.toEqual([]);
  expect(files.flatMap((file) => problemsOf(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
});
