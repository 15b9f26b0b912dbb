/**
 * What the window may never do, each as a named guard: leave its page, open others, embed pages, ask for permissions,
 * open foreign links. A guard that cannot be set stops the app, because it throws.
 */
import { type App, type Session, shell, type WebContents } from 'electron';
import type { Log } from '../log.ts';
import { pageOrigin } from './page-scheme.ts';

/** Where a link may lead outside the app: https on these hosts only. */
const linkHosts: ReadonlySet<string> = new Set(['github.com', 'stellar.expert']);

/** True for an address of our own page. Not by `origin`: Node has none for schemes of one's own. */
export function isOwnPage(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  return `${protocol}//${host}` === pageOrigin && username === '' && password === '';
}

/** True for a link that may be handed to the system's browser. */
export function isAllowedLink(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password, port } = new URL(address);
  return protocol === 'https:' && linkHosts.has(hostname) && username === '' && password === '' && port === '';
}

/** Guards every page that the app ever makes, whoever makes it. */
export function guardContents(app: App, log: Log): void {
  app.on('web-contents-created', (_event, contents) => {
    denyNavigation(contents, log);
    denyWindows(contents, log);
    contents.on('will-attach-webview', (event) => {
      event.preventDefault();
      log('warn', 'electron', 'webview-denied');
    });
  });
}

function denyNavigation(contents: WebContents, log: Log): void {
  const deny = (event: { readonly url: string; preventDefault(): void }): void => {
    if (isOwnPage(event.url)) return;
    event.preventDefault();
    log('warn', 'electron', 'navigation-denied', { url: event.url });
  };
  contents.on('will-navigate', deny);
  contents.on('will-frame-navigate', deny);
  contents.on('will-redirect', deny);
}

function denyWindows(contents: WebContents, log: Log): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isAllowedLink(url)) void shell.openExternal(url);
    else log('warn', 'electron', 'window-denied', { url });
    return { action: 'deny' };
  });
}

/** Denies every permission, asked for or looked up, and every device. */
export function denyPermissions(session: Session, log: Log): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    log('warn', 'electron', 'permission-denied', { permission });
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
}

/** The page needs no network: every request that is not for our own scheme is cut. */
export function denyNetwork(session: Session, log: Log): void {
  session.webRequest.onBeforeRequest((details, answer) => {
    const isOurs = isOwnPage(details.url) || details.url.startsWith('data:') || details.url.startsWith('devtools:');
    if (!isOurs) log('warn', 'electron', 'request-denied', { url: details.url });
    answer({ cancel: !isOurs });
  });
}
