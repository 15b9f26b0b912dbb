/**
 * The browser host's door: HTTP and WebSocket on 127.0.0.1 only, for whoever redeemed a ticket. Serves the built window
 * and passes frames to the gate. Must not answer a foreign Host or Origin with anything but a refusal.
 */
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../../core/errors.ts';
import { securityHeaders } from '../host/content-policy.ts';
import type { Shell } from '../host/shell.ts';
import type { StaticFile } from '../host/static-files.ts';
import { answerFrame, changedFrame, maxFrameCharacters, readAskFrame } from '../ipc/frames.ts';
import { Doorkeeper } from './doorkeeper.ts';

/** A running browser host. */
export type BrowserServer = {
  readonly origin: string;
  /** A fresh one-time address, good for 30 seconds. */
  newAddress(): string;
  /** How many windows are connected. */
  windowCount(): number;
  close(): Promise<void>;
};

/** Characters of JSON may take up to four bytes; above this the socket is cut without reading on. */
const maxSocketBytes = 4 * maxFrameCharacters;

/** A page of one sentence. Its empty icon keeps the browser from asking for one. */
const page = (head: string, text: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>3Bot</title><link rel="icon" href="data:,">${head}</head><body><p>${text}</p></body></html>`;

/** Starts the host. `port` 0 takes a free one. Throws `host/port-in-use`. */
export async function startBrowserServer(options: {
  readonly shell: Shell;
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly port: number;
  readonly now: () => number;
}): Promise<BrowserServer> {
  const { shell, files } = options;
  const doorkeeper = new Doorkeeper(options.now);
  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 15_000 });
  const port = await listen(server, options.port);
  const host = `127.0.0.1:${port}`;
  const origin = `http://${host}`;
  // The port in the name keeps two 3bots on one machine apart: cookies know no ports.
  const cookieName = `threebot-${port}`;
  const headers = securityHeaders([`ws://${host}`]);

  const sessionOf = (request: IncomingMessage): string | undefined => {
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
  };

  /** Status of the refusal, or undefined. A page of another origin is stopped by Host, Origin and the cookie's SameSite. */
  const refusal = (request: IncomingMessage, needsOrigin: boolean): number | undefined => {
    if (request.headers.host !== host) return 421;
    const from = request.headers.origin;
    if (from === undefined ? needsOrigin : from !== origin) return 403;
    return undefined;
  };

  /** What a request gets: a file, a session for a ticket, or a refusal in words. */
  const judge = (request: IncomingMessage): StaticFile | { readonly session: string } | readonly [number, string] => {
    const status = refusal(request, false);
    if (status !== undefined) return [status, 'This address is not for you.'];
    if (request.method !== 'GET' && request.method !== 'HEAD') return [405, 'Only GET.'];
    const url = new URL(request.url ?? '/', origin);
    const ticket = url.searchParams.get('ticket');
    if (ticket !== null) {
      const session = doorkeeper.redeem(ticket);
      return session === undefined
        ? [403, 'This address was used or is too old. Ask 3Bot for a new one.']
        : { session };
    }
    if (!doorkeeper.knows(sessionOf(request))) return [403, 'Ask 3Bot for a new address.'];
    return files.get(url.pathname) ?? [404, 'Nothing here.'];
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const found = judge(request);
    const html = { ...headers, 'Content-Type': 'text/html; charset=utf-8' };
    if ('session' in found) {
      const cookie = `${cookieName}=${found.session}; HttpOnly; SameSite=Strict; Path=/`;
      // A page that goes on by itself, not a redirect: a Strict cookie set in a redirect from elsewhere is not sent back.
      response.writeHead(200, { ...html, 'Set-Cookie': cookie });
      response.end(page('<meta http-equiv="refresh" content="0;url=/">', 'Opening 3Bot'));
    } else if ('path' in found) {
      response.writeHead(200, { ...headers, 'Content-Type': found.contentType });
      if (request.method === 'HEAD') response.end();
      else {
        const file = createReadStream(found.path);
        file.on('error', () => response.destroy());
        file.pipe(response);
      }
    } else {
      const [status, text] = found;
      shell.log('warn', 'host', 'refused', { status, host: request.headers.host, origin: request.headers.origin });
      response.writeHead(status, html);
      response.end(page('', text));
    }
  };
  server.on('request', (request, response) => {
    try {
      answer(request, response);
    } catch (error) {
      shell.log('error', 'host', 'request-failed', { detail: String(error) });
      response.destroy();
    }
  });

  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxSocketBytes, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const isForUs = request.url === '/ipc';
    const status = refusal(request, true) ?? (isForUs ? (doorkeeper.knows(sessionOf(request)) ? undefined : 403) : 404);
    if (status !== undefined) {
      shell.log('warn', 'host', 'socket-refused', {
        status,
        host: request.headers.host,
        origin: request.headers.origin,
      });
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const session = sessionOf(request);
    sockets.handleUpgrade(request, socket, head, (window) => {
      serveWindow(window, shell, () => (doorkeeper.knows(session) ? undefined : 'the session ended'));
    });
  });

  const stopTelling = shell.onChanged((changed) => {
    const frame = changedFrame(changed);
    for (const window of sockets.clients) if (window.readyState === window.OPEN) window.send(frame);
  });

  return {
    origin,
    newAddress: () => `${origin}/?ticket=${doorkeeper.issueTicket()}`,
    windowCount: () => sockets.clients.size,
    async close() {
      stopTelling();
      for (const window of sockets.clients) window.close(1001);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const window of sockets.clients) window.terminate();
    },
  };
}

function serveWindow(window: WebSocket, shell: Shell, refusal: () => string | undefined): void {
  const sender = { name: 'browser', refusal };
  window.on('error', (error) => shell.log('warn', 'host', 'socket-error', { detail: error.message }));
  window.on('message', (data, isBinary) => {
    const { id, call } = readAskFrame(isBinary ? '' : data.toString());
    void shell.gate(sender, call).then((answer) => {
      if (window.readyState === window.OPEN) window.send(answerFrame(id, answer));
    });
  });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new AppError('host/port-in-use', cause.message, { cause })));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
