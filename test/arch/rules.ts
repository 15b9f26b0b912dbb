// The table of rooms (docs/ARCHITECTURE.md) as a value, and the rules that every source file keeps.
// Judges the facts that source.ts found; touches no files.

import { posix } from 'node:path';
import { readSource, type Source } from './source.ts';

/** The rooms of the house, and the two workshops beside it. */
export type Room = 'core' | 'bcdb' | 'main' | 'preload' | 'renderer' | 'node-agent' | 'test' | 'scripts';

type Allowed = {
  /** Rooms, or single files of a room, that may be imported besides the own one. */
  readonly rooms: readonly string[];
  /** Packages by name; `@scope/` and `node:` stand for all below. */
  readonly packages: readonly string[];
  /** Rooms whose entry files may be started as a process of their own. */
  readonly starts?: readonly Room[];
};

const pure = ['@noble/', '@scure/', 'valibot'] as const;
const react = ['react', 'react-dom', 'react-aria-components', '@tanstack/', 'zustand', 'lucide-react', 'uplot', 'uqr'];
const hyper = ['hypercore', 'hyperswarm', 'hyperdht', 'corestore', 'compact-encoding', 'protomux', 'multicast-dns'];
const nats = ['@nats-io/jetstream', '@nats-io/nkeys', '@nats-io/transport-node'];

/** Who may import what. What is not written here is refused. */
export const table: Readonly<Record<Room, Allowed>> = {
  core: { rooms: [], packages: pure },
  bcdb: { rooms: ['core'], packages: ['node:', 'valibot', 'better-sqlite3', 'sodium-native', ...hyper, ...nats] },
  main: {
    rooms: ['core', 'bcdb'],
    packages: ['node:', 'valibot', '@napi-rs/keyring', 'ws'],
    starts: ['node-agent'],
  },
  preload: { rooms: ['core/ipc.ts', 'core/ipc/'], packages: ['electron'] },
  renderer: { rooms: ['core'], packages: ['valibot', ...react] },
  'node-agent': { rooms: ['core', 'bcdb'], packages: ['node:', 'valibot', 'dockerode', 'tar-stream'] },
  scripts: { rooms: ['core', 'bcdb', 'main', 'node-agent', 'renderer', 'preload'], packages: ['*'] },
  test: { rooms: ['core', 'bcdb', 'main', 'node-agent', 'renderer', 'preload', 'scripts'], packages: ['*'] },
};

/** The only part of main that knows Electron. */
const isElectronHost = (path: string): boolean => /^main\/(entry-)?electron/.test(path);

/** Files that start something: the only ones that act when they are loaded. */
const isEntry = (path: string): boolean =>
  /(^|\/)entry[^/]*\.(ts|tsx|mjs)$/.test(path) || /^scripts\/[^/]+$/.test(path) || path.startsWith('test/');

const isToolConfig = (path: string): boolean => path.endsWith('.config.ts');

const roomOf = (path: string): string => path.split('/')[0] ?? '';

const isRoom = (name: string): name is Room => Object.hasOwn(table, name);

const packageAllowed = (specifier: string, allowed: readonly string[]): boolean =>
  allowed.some((name) => {
    if (name === '*') return true;
    if (name.endsWith(':') || name.endsWith('/')) return specifier.startsWith(name);
    return specifier === name || specifier.startsWith(`${name}/`);
  });

const importProblem = (path: string, room: Room, specifier: string, isUrl: boolean): string | undefined => {
  const { rooms, packages, starts = [] } = table[room];
  const isRelative = specifier.startsWith('.');
  if (!isRelative && !isUrl) {
    if (specifier === 'electron' && isElectronHost(path)) return undefined;
    return packageAllowed(specifier, packages) ? undefined : `${room} may not import ${specifier}`;
  }
  if (!isRelative) return undefined;
  const target = posix.join(posix.dirname(path), specifier.replace(/\?\w+$/, ''));
  const targetRoom = roomOf(target);
  if (isUrl && !isRoom(targetRoom)) return undefined;
  if (!isUrl && posix.extname(target) === '') return `${specifier} lacks its file extension`;
  if (target === 'package.json' || targetRoom === room) return undefined;
  if (targetRoom === 'test') return `nobody imports test: ${specifier}`;
  if (isUrl && starts.some((name) => name === targetRoom) && /\/entry[^/]*$/.test(target)) return undefined;
  const isAllowed = rooms.some(
    (name) => name === targetRoom || name === target || (name.endsWith('/') && target.startsWith(name)),
  );
  return isAllowed ? undefined : `${room} may not import ${target}`;
};

const importProblems = (path: string, room: Room, source: Source): readonly string[] =>
  source.references.flatMap(({ specifier, line, kind }) => {
    const problem = importProblem(path, room, specifier, kind === 'url');
    return problem === undefined ? [] : `${path}:${line} ${problem}`;
  });

/** Clock, randomness and hosts: what the compiler still lets core see (it has no types for the rest). */
const impure = /^(Date\.now|new Date\(\)|Math\.random|globalThis)$/;

const maxLines = 300;

const habitProblems = (path: string, room: Room, source: Source): readonly string[] => {
  const isTyping = path.endsWith('.d.ts');
  const mayExportDefault = isTyping || path === 'scripts/lib/test-reporter.mjs';
  const problems: string[] = [];
  if (!source.startsWithComment) problems.push(`${path}:1 a file opens with what it is for`);
  if (source.lineCount > maxLines) problems.push(`${path} has ${source.lineCount} lines, more than ${maxLines}`);
  if (!mayExportDefault)
    for (const { line } of source.defaultExports) problems.push(`${path}:${line} exports are named`);
  if (!isEntry(path)) {
    for (const { what, line } of source.effects) problems.push(`${path}:${line} acts when imported: ${what}`);
  }
  if (room === 'core' && !isTyping) {
    for (const { what, line } of source.globals) {
      if (impure.test(what)) problems.push(`${path}:${line} core is pure: ${what}`);
    }
  }
  if (room === 'test' && path !== 'test/support/needs.ts') {
    for (const { what, line } of source.testModifiers) problems.push(`${path}:${line} hides tests: ${what}`);
  }
  return problems;
};

/** Every rule that this file breaks, each as `path:line what`; an empty list when it fits into its room. */
export const problemsOf = (path: string, code: string): readonly string[] => {
  const room = roomOf(path);
  if (!isRoom(room) || isToolConfig(path)) return [];
  const source = readSource(path, code);
  return [...importProblems(path, room, source), ...habitProblems(path, room, source)];
};
