// Each rule of the house refuses what it must: synthetic sources that break exactly one rule, and lawful ones that break none.

import { describe, expect, test } from 'vitest';
import { problemsOf } from './rules.ts';

const problems = (path: string, ...lines: readonly string[]): readonly string[] =>
  problemsOf(path, ['// What it is for.', ...lines].join('\n'));

describe('imports that a room may not have', () => {
  test.each([
    ['core/a.ts', "import { readFileSync } from 'node:fs';", 'core may not import node:fs'],
    ['core/a.ts', "import type { Block } from '../bcdb/block.ts';", 'core may not import bcdb/block.ts'],
    ['core/a.ts', "export * from 'react';", 'core may not import react'],
    ['core/a.ts', "export { b } from '../main/b.ts';", 'core may not import main/b.ts'],
    ['core/a.ts', "export type B = import('electron').App;", 'core may not import electron'],
    ['bcdb/a.ts', "export const b = () => import('electron');", 'bcdb may not import electron'],
    ['bcdb/deep/a.ts', "import { b } from '../../node-agent/b.ts';", 'bcdb may not import node-agent/b.ts'],
    ['bcdb/a.ts', "import b = require('react');", 'bcdb may not import react'],
    ['bcdb/a.ts', 'export const b = (name: string) => import(name);', 'bcdb may not import (computed)'],
    ['main/wallet.ts', "import { app } from 'electron';", 'main may not import electron'],
    ['main/a.ts', "import type { Props } from '../renderer/app.tsx';", 'main may not import renderer/app.tsx'],
    ['main/a.ts', "import { run } from '../node-agent/run.ts';", 'main may not import node-agent/run.ts'],
    [
      'main/a.ts',
      "import { run } from '../node-agent/entry-agent.ts';",
      'main may not import node-agent/entry-agent.ts',
    ],
    ['preload/entry.ts', "import { cbor } from '../core/cbor.ts';", 'preload may not import core/cbor.ts'],
    ['preload/entry.ts', "import { join } from 'node:path';", 'preload may not import node:path'],
    ['renderer/a.tsx', "import { ipcRenderer } from 'electron';", 'renderer may not import electron'],
    ['renderer/a.tsx', "import type { Vault } from '../main/vault.ts';", 'renderer may not import main/vault.ts'],
    [
      'renderer/a.tsx',
      "export const w = new URL('../bcdb/w.ts', import.meta.url);",
      'renderer may not import bcdb/w.ts',
    ],
    ['node-agent/a.ts', "import { vault } from '../main/vault.ts';", 'node-agent may not import main/vault.ts'],
    ['node-agent/a.ts', "export const m = () => require('electron');", 'node-agent may not import electron'],
    ['core/a.ts', "import { needs } from '../test/support/needs.ts';", 'nobody imports test: ../test/support/needs.ts'],
    [
      'scripts/a.ts',
      "import { needs } from '../test/support/needs.ts';",
      'nobody imports test: ../test/support/needs.ts',
    ],
    ['main/a.ts', "import { b } from './b';", './b lacks its file extension'],
  ])('%s: %s', (path, line, expected) => {
    expect(problems(path, line)).toEqual([`${path}:2 ${expected}`]);
  });
});

test.each([
  ['core/a.ts', "import { sha256 } from '@noble/hashes/sha2.js';"],
  ['bcdb/a.ts', "import Hyperswarm from 'hyperswarm';"],
  ['bcdb/a.ts', "export const entry = new URL('./store/entry-store.ts', import.meta.url);"],
  ['main/a.ts', "export const agent = new URL('../node-agent/entry-agent.ts', import.meta.url);"],
  ['main/a.ts', "export const pages = new URL('../dist/renderer/', import.meta.url);"],
  ['main/entry-electron.ts', "import { app } from 'electron';"],
  ['main/electron/window.ts', "import { app } from 'electron';"],
  ['preload/entry.ts', "import { ipc } from '../core/ipc.ts';"],
  ['renderer/a.tsx', "import style from './a.module.css';"],
  ['node-agent/a.ts', "import Docker from 'dockerode';"],
  ['test/unit/a.test.ts', "import { vault } from '../../main/vault.ts';"],
])('%s may say: %s', (path, line) => {
  expect(problems(path, line)).toEqual([]);
});

describe('files that act when they are imported', () => {
  test.each([
    'start();',
    'await start();',
    'export const b = await start();',
    "if (globalThis.name) throw new Error('no');",
    "import { readFileSync } from 'node:fs';export const b = readFileSync('x');",
    'export const startedMs = Date.now();',
    'export const timer = setInterval(() => undefined, 5);',
    'for (const a of []) a;',
    'export class A { static { register(A); } }',
  ])('%s', (line) => {
    expect(problems('main/a.ts', line)).toEqual([expect.stringMatching(/^main\/a\.ts:2 acts when imported: /)]);
    expect(problems('main/entry-a.ts', line)).toEqual([]);
  });

  test.each([
    'export const codes = Object.freeze([1, 2].map((code) => code * 2));',
    "import { readFileSync } from 'node:fs'; export const read = () => readFileSync('x');",
    "import { join } from 'node:path'; export const folder = join('a', 'b');",
    'export class A { start() { return setTimeout(() => undefined, 5); } }',
    'declare global { interface Window { readonly bridge: unknown } }',
  ])('lawful: %s', (line) => {
    expect(problems('main/a.ts', line)).toEqual([]);
  });
});

describe('core is pure', () => {
  test.each([
    ['export const now = () => Date.now();', 'Date.now'],
    ['export const roll = () => Math.random();', 'Math.random'],
    ['export const year = () => new Date().getFullYear();', 'new Date()'],
    ['export const host = () => globalThis;', 'globalThis'],
  ])('%s', (line, what) => {
    expect(problems('core/a.ts', line)).toContain(`core/a.ts:2 core is pure: ${what}`);
    expect(problems('bcdb/a.ts', line)).toEqual([]);
  });

  test('a date of a given time, and a key of such a name, are pure', () => {
    const line = 'export const a = (ms: number) => ({ globalThis: new Date(ms).toISOString() });';
    expect(problems('core/a.ts', line)).toEqual([]);
  });
});

describe('habits', () => {
  test('a file opens with a comment', () => {
    expect(problemsOf('core/a.ts', 'export const a = 1;')).toEqual(['core/a.ts:1 a file opens with what it is for']);
    expect(problemsOf('core/a.ts', '/** What it is for. */\nexport const a = 1;')).toEqual([]);
  });

  test('a file stays under 300 lines', () => {
    const lines = Array.from({ length: 300 }, (_, index) => `export const a${index} = ${index};`);
    expect(problems('core/a.ts', ...lines)).toEqual(['core/a.ts has 301 lines, more than 300']);
    expect(problems('core/a.ts', ...lines.slice(1))).toEqual([]);
  });

  test('exports are named', () => {
    expect(problems('core/a.ts', 'export default 1;')).toEqual(['core/a.ts:2 exports are named']);
    expect(problems('core/a.ts', 'const a = 1;', 'export { a as default };')).toEqual([
      'core/a.ts:3 exports are named',
    ]);
  });

  test('no test is hidden or runs alone', () => {
    const hides = (name: string) => problems('test/unit/a.test.ts', `${name}('a', () => undefined);`);
    for (const name of ['test.only', 'describe.skip', 'it.todo', 'test.concurrent.only', 'describe.skipIf']) {
      expect(hides(name)).toEqual([`test/unit/a.test.ts:2 hides tests: ${name}`]);
    }
    expect(hides('test.each')).toEqual([]);
  });
});
