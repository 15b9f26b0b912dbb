/** Where the app's own files are: the source tree, or the built tree inside it or inside a package. Looks, changes nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The app's top folder and the folders of what is built. */
export type AppRoot = {
  readonly folder: string;
  readonly version: string;
  readonly renderer: string;
  readonly preload: string;
};

/** Finds the root from the folder of an entry file (`main/` of the source tree, or `dist/main/`). */
export function findAppRoot(entryFolder: string): AppRoot {
  const folder = [join(entryFolder, '..'), join(entryFolder, '..', '..')].find((candidate) =>
    existsSync(join(candidate, 'package.json')),
  );
  if (folder === undefined) throw new Error(`no package.json above ${entryFolder}`);
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
  return {
    folder,
    version,
    renderer: join(folder, 'dist', 'renderer'),
    preload: join(folder, 'dist', 'preload', 'entry-preload.cjs'),
  };
}
