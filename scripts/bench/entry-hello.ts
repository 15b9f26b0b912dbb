// The least that a program with a window in the browser can be: one static page, served by Node on loopback, its address
// printed. The baseline of `start`.

import { createServer } from 'node:http';

const page = '<!doctype html><html lang="en"><title>Hello</title><h1>Hello</h1>';

const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(page);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}/`);
});
