// What `npm run build` makes, as vite configurations: the pages (renderer), the Node side as a tree of plain JavaScript that
// mirrors the rooms, and the preload as one CommonJS file (a sandboxed preload can be nothing else). Runs nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import type { InlineConfig, Plugin } from 'vite';

/** One thing that is built: from which folders and files, into which folders of dist/, and how. */
export type Target = {
  readonly name: 'renderer' | 'node' | 'preload';
  readonly sources: readonly string[];
  readonly outputs: readonly string[];
  readonly configure: (root: string) => InlineConfig;
};

/** Every `entry*.ts` below these rooms, named by its path without extension. */
const entriesOf = (root: string, rooms: readonly string[]): Record<string, string> => {
  const entries = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(^|[\\/])entry[^\\/]*\.ts$/.test(file))
      .map(
        (file) => [`${room}/${file.replaceAll('\\', '/').slice(0, -'.ts'.length)}`, join(root, room, file)] as const,
      ),
  );
  return Object.fromEntries(entries);
};

/** Packages that stay packages at run time: native ones, and everything else that is installed beside the app. */
const installedPackages = (root: string): readonly string[] => {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('dependencies' in manifest)) return [];
  return Object.keys(manifest.dependencies ?? {});
};

const isBuiltin = (id: string): boolean => id.startsWith('node:') || builtinModules.includes(id);

/** `new URL('./entry-x.ts', import.meta.url)` names a file of the source tree; in the built tree it ends in .js. */
const builtUrls: Plugin = {
  name: 'built-urls',
  transform: (code) => ({
    code: code.replace(/(new URL\(\s*)(['"`])(\.[^'"`]*)\.ts\2/g, '$1$2$3.js$2'),
    map: null,
  }),
};

const common = (root: string, outDir: string): InlineConfig => ({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  build: {
    outDir: join(root, outDir),
    emptyOutDir: false,
    minify: false,
    target: 'node24',
    reportCompressedSize: false,
  },
});

const node: Target = {
  name: 'node',
  sources: ['core', 'bcdb', 'main', 'node-agent'],
  outputs: ['core', 'bcdb', 'main', 'node-agent'],
  configure: (root) => {
    const installed = installedPackages(root);
    const base = common(root, 'dist');
    return {
      ...base,
      plugins: [builtUrls],
      build: {
        ...base.build,
        ssr: true,
        rolldownOptions: {
          input: entriesOf(root, ['bcdb', 'main', 'node-agent']),
          external: (id) =>
            id === 'electron' || isBuiltin(id) || installed.some((name) => id === name || id.startsWith(`${name}/`)),
          output: { format: 'es', preserveModules: true, preserveModulesRoot: root, entryFileNames: '[name].js' },
        },
      },
    };
  },
};

const preload: Target = {
  name: 'preload',
  sources: ['core', 'preload'],
  outputs: ['preload'],
  configure: (root) => {
    const base = common(root, 'dist');
    return {
      ...base,
      ssr: { noExternal: true },
      build: {
        ...base.build,
        ssr: true,
        rolldownOptions: {
          input: entriesOf(root, ['preload']),
          external: (id) => id === 'electron' || isBuiltin(id),
          output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
        },
      },
    };
  },
};

const renderer: Target = {
  name: 'renderer',
  sources: ['core', 'renderer'],
  outputs: ['renderer'],
  configure: (root) => ({
    root: join(root, 'renderer'),
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'warn',
  }),
};

/** Everything `npm run build` makes, in order. */
export const targets: readonly Target[] = [renderer, node, preload];
