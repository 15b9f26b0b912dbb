// The workload of the demo: a small real web server inside the container. It listens on a unix socket only (the container
// has no network), answers `/` with a page and `/health` with JSON, and reads its own limits from its control group.
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const socketPath = process.env.WORKLOAD_SOCKET ?? '/run/workload/http.sock';
const contract = process.env.CONTRACT_ID ?? 'unknown';
const workload = process.env.WORKLOAD_NAME ?? 'unknown';

/** Memory limit in bytes as the kernel enforces it (control groups version 2, then 1). */
function memoryLimitBytes() {
  for (const path of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    try {
      return Number(readFileSync(path, 'utf8'));
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    }
  }
  return Number.NaN;
}

/** @param {string} text */
const escapeHtml = (text) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

function health() {
  return {
    contract,
    workload,
    hostname: hostname(),
    uptimeSeconds: Math.floor(process.uptime()),
    memoryLimitBytes: memoryLimitBytes(),
    user: process.getuid?.(),
  };
}

function page() {
  const facts = health();
  const rows = Object.entries(facts).map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(String(value))}</dd>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Hello from ${escapeHtml(workload)}</title></head>
<body><h1>Hello from workload ${escapeHtml(workload)}</h1>
<p>This page was made inside a container that stands in contract ${escapeHtml(contract)}.</p>
<dl>${rows.join('')}</dl></body></html>
`;
}

/**
 * @param {string | undefined} path
 * @returns {readonly [number, string, string]} status, content type, body
 */
function answer(path) {
  if (path === '/') return [200, 'text/html; charset=utf-8', page()];
  if (path === '/health') return [200, 'application/json', `${JSON.stringify(health())}\n`];
  return [404, 'text/plain; charset=utf-8', 'not found\n'];
}

const server = createServer((request, response) => {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const [status, contentType, body] = isRead ? answer(request.url) : [405, 'text/plain', 'method not allowed\n'];
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
});

rmSync(socketPath, { force: true });
server.listen(socketPath, () => console.log(`listening on ${socketPath}`));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.close(() => process.exit(0)));
