// Fetches one page from a workload over its unix socket. The workload is a stranger: its answer is cut, timed and never
// followed anywhere.
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';

/** What came back. `body` is at most `maxBytes` long; `isCut` says that there was more. */
export type Page = {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly isCut: boolean;
};

/** How long and how much; the defaults of the grid are 10 s and 1 MiB. */
export type PageLimits = { readonly timeoutMs: number; readonly maxBytes: number };

export const pageLimits: PageLimits = { timeoutMs: 10_000, maxBytes: 2 ** 20 };

/** GETs `path` over `socket` and closes it. Throws `agent/workload-unreachable`; refuses a path that is no path with `net/refused`. */
export async function fetchPage(socket: Socket, path: string, limits: PageLimits = pageLimits): Promise<Page> {
  if (!/^\/[\x21-\x7e]{0,2047}$/.test(path)) {
    socket.destroy();
    throw new AppError('net/refused', 'a path is / and at most 2047 printable characters');
  }
  try {
    return await exchange(socket, path, limits);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('agent/workload-unreachable', words, { cause, retry: true });
  } finally {
    socket.destroy();
  }
}

function exchange(socket: Socket, path: string, { timeoutMs, maxBytes }: PageLimits): Promise<Page> {
  return new Promise((resolve, reject) => {
    const call = request({
      // Given without an agent, so that no pool of connections comes into play.
      createConnection: () => socket,
      method: 'GET',
      path,
      headers: { host: 'workload', connection: 'close' },
      maxHeaderSize: 16_384,
      // One clock for the whole exchange: a workload that drips bytes is cut off as well.
      signal: AbortSignal.timeout(timeoutMs),
    });
    call.once('error', reject);
    call.once('response', (response) => {
      const chunks: Uint8Array[] = [];
      let length = 0;
      const finish = (): void => {
        resolve({
          status: response.statusCode ?? 0,
          contentType: (response.headers['content-type'] ?? 'application/octet-stream').slice(0, 200),
          body: new Uint8Array(Buffer.concat(chunks).subarray(0, maxBytes)),
          isCut: length > maxBytes,
        });
      };
      response.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes) {
          finish();
          socket.destroy();
        }
      });
      response.once('end', finish);
      response.once('error', reject);
    });
    call.end();
  });
}
