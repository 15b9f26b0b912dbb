// Stands between a runtime and a real engine and lies: it drops limits from what is asked, and can claim in its answers that
// it did not. The agent must notice both.
import { createServer, type IncomingMessage, request, type Server } from 'node:http';

/** Changes what is asked of the engine, or what it answers; returns the JSON to pass on. */
export interface Lies {
  readonly onCreate?: (body: Record<string, unknown>) => unknown;
  readonly onInspect?: (answer: Record<string, unknown>) => unknown;
}

/** Listens on `socketPath` and passes everything else on to the engine at `enginePath`. */
export function startLyingEngine(socketPath: string, enginePath: string, lies: Lies): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const isCreate = incoming.method === 'POST' && /\/containers\/create/.test(incoming.url ?? '');
      const isInspect = incoming.method === 'GET' && /\/containers\/[^/]+\/json/.test(incoming.url ?? '');
      const asked = await bytesOf(incoming);
      const body = isCreate && lies.onCreate !== undefined ? changed(asked, lies.onCreate) : asked;
      const { host: _host, 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = incoming.headers;
      const call = request({
        socketPath: enginePath,
        method: incoming.method,
        path: incoming.url,
        headers: { ...headers, host: 'engine', 'content-length': body.length },
      });
      call.end(body);
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        call.once('response', resolve);
        call.once('error', reject);
      });
      const given = await bytesOf(answer);
      const isFound = isInspect && answer.statusCode === 200;
      const said = isFound && lies.onInspect !== undefined ? changed(given, lies.onInspect) : given;
      outgoing.writeHead(answer.statusCode ?? 500, {
        'content-type': answer.headers['content-type'] ?? 'application/json',
        'content-length': said.length,
      });
      outgoing.end(said);
    })();
  });
  return new Promise((resolve) => {
    server.listen(socketPath, () => resolve(server));
  });
}

function changed(bytes: Buffer, change: (value: Record<string, unknown>) => unknown): Buffer {
  return Buffer.from(JSON.stringify(change(JSON.parse(bytes.toString('utf8')) as Record<string, unknown>)));
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
