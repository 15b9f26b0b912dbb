/**
 * The window's own scheme, `app://3bot/`: the listed files of the built window with their headers, and nothing else.
 * Must be registered before Electron is ready.
 */
import { readFile } from 'node:fs/promises';
import { type Protocol, protocol } from 'electron';
import { securityHeaders } from '../host/content-policy.ts';
import type { StaticFile } from '../host/static-files.ts';

/** Scheme and host of the page. */
export const pageOrigin = 'app://3bot';

/** Makes the scheme a secure standard one. Called before `app.whenReady`. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: false } },
  ]);
}

/** Serves the files. */
export function servePage(target: Protocol, files: ReadonlyMap<string, StaticFile>): void {
  target.handle('app', (request) => answerPage(request, files));
}

/** The answer to one request: a listed file, or a refusal; both carry the security headers. */
export async function answerPage(request: Request, files: ReadonlyMap<string, StaticFile>): Promise<Response> {
  const headers = securityHeaders();
  const url = new URL(request.url);
  if (`${url.protocol}//${url.host}` !== pageOrigin) return new Response('', { status: 421, headers });
  if (request.method !== 'GET' && request.method !== 'HEAD') return new Response('', { status: 405, headers });
  const file = files.get(url.pathname);
  if (file === undefined) return new Response('', { status: 404, headers });
  const body = new Uint8Array(await readFile(file.path));
  return new Response(body, { status: 200, headers: { ...headers, 'Content-Type': file.contentType } });
}
