/** Stands in for the node-agent: writes down what every process could see of it, says it runs, asks to join, ends as told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeToAgent, encodeAgentLine } from '../../core/agent-link.ts';
import { publicKeyOf } from '../../core/keys.ts';

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = decodeToAgent(line);
  if (message.type === 'start') {
    const seen = {
      argv: process.argv,
      cmdline: readFileSync('/proc/self/cmdline', 'utf8'),
      environ: readFileSync('/proc/self/environ', 'utf8'),
    };
    writeFileSync(
      join(message.folder, 'seen.json'),
      JSON.stringify({ ...seen, seed: Buffer.from(message.nodeSeed).toString('hex') }),
    );
    process.stdout.write('not a line of ours\n');
    process.stdout.write(
      encodeAgentLine({
        type: 'status',
        node: '0'.repeat(64),
        status: {
          state: 'running',
          problem: null,
          engine: 'none',
          capacity: null,
          startedMs: 1,
          nextTryMs: null,
          workloads: [],
        },
      }),
    );
    const capacity = { cruMilli: 1000, mruBytes: 2 ** 30, sruBytes: 0, hruBytes: 0 };
    const node = publicKeyOf(message.nodeSeed);
    const { farm } = message;
    process.stdout.write(
      encodeAgentLine({
        type: 'countersign',
        statement: { farm, capacity, features: [], net: farm, grid: farm, node },
      }),
    );
  }
  if (message.type === 'countersigned') process.exit(9);
  if (message.type === 'stop') process.exit(0);
});
