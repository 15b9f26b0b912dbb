// npm run bootstrap -- --port=N [--host=ADDRESS]: runs DHT nodes of our own on this machine, from which the members of a grid
// find each other without the public ones. Runs until it is stopped; keeps nothing.

import { parseArgs } from 'node:util';
import { runBootstrap } from '../bcdb/net/bootstrap.ts';

const usage = `Usage: npm run bootstrap -- --port=N [--host=ADDRESS]

  --port=N          the first of four UDP ports in a row
  --host=ADDRESS    the IPv4 address under which others reach this machine (default: its first one)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, host: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true || values.port === undefined) {
    process.stdout.write(usage);
    process.exitCode = values.help === true ? 0 : 2;
    return;
  }
  const nodes = await runBootstrap({ port: Number(values.port), host: values.host });
  process.stdout.write(`bootstrap: ${nodes.address}\n`);
  process.stdout.write(`members start from it with bootstrap ${nodes.address}; Ctrl-C ends it\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void nodes.close());
}

await main().catch((error: unknown) => {
  const isTaken = typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE';
  const said = isTaken ? 'one of the four ports is taken' : error instanceof Error ? error.message : String(error);
  process.stderr.write(`bootstrap: ${said}\n`);
  process.exitCode = 1;
});
