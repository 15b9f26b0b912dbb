// npm run chaos: the tests of faults and random histories in their long form (hours, not minutes): kill -9, cut links, flipped
// bytes, floods, forged proofs, random schedules. `npm run chaos -- crash -- kill` narrows it down as npm test does.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const test = fileURLToPath(new URL('./test.mjs', import.meta.url));
const child = spawn(process.execPath, [test, ...(args.length > 0 ? args : ['deep', 'unit', 'crash'])], {
  stdio: 'inherit',
  env: { ...process.env, THREEBOT_CHAOS: '1' },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
