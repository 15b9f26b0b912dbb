/**
 * Finds entry files beside a module, whether the tree runs as TypeScript (`.ts`) or built (`.js`).
 * Must not look anywhere but at the place it is told.
 */
import { extname } from 'node:path';

/** `siblingUrl(import.meta.url, './entry-x')` is the URL of `./entry-x` with the caller's own extension. */
export const siblingUrl = (from: string, path: string): URL =>
  new URL(`${path}${extname(new URL(from).pathname)}`, from);
