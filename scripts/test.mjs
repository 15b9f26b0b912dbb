// npm test: prepares the machine, runs the suites one after the other, and ends with one line, `N passed, N failed`.
// `npm test -- unit arch` runs only these; `npm test -- unit -- wallet` only their files with "wallet" in the path.

import { join } from 'node:path';
import { nodeEnv, root } from './lib/node.mjs';
import { runCommand, runSuite } from './lib/run-suites.mjs';
import { exitCodeOf, summaryLine, total } from './lib/summary.mjs';
import { prepareMachine, requireNode } from './machine.mjs';

/** The long form of `npm run chaos` takes hours where the short one takes minutes. */
const patience = process.env.THREEBOT_CHAOS === '1' ? 40 : 1;
const minutes = (/** @type {number} */ count) => count * 60_000 * patience;

/** Each suite, in order, of the project of its name unless others are named: `isLive` ones start processes and need the built app, a private home and a private keyring. */
const suites = [
  { name: 'arch', isLive: false, timeoutMs: minutes(3) },
  { name: 'unit', projects: ['unit', 'unit-replacing'], isLive: false, timeoutMs: minutes(5) },
  { name: 'deep', isLive: false, timeoutMs: minutes(15) },
  { name: 'vectors', isLive: false, timeoutMs: minutes(5) },
  { name: 'contract', isLive: false, timeoutMs: minutes(5) },
  { name: 'integration', isLive: true, timeoutMs: minutes(30) },
  { name: 'crash', isLive: true, timeoutMs: minutes(30) },
  { name: 'e2e', isLive: true, timeoutMs: minutes(20) },
];

const args = process.argv.slice(2);
const split = args.indexOf('--');
const wanted = split === -1 ? args : args.slice(0, split);
const filters = split === -1 ? [] : args.slice(split + 1);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`unknown suite ${unknown.join(', ')}; known: ${suites.map((suite) => suite.name).join(', ')}`);
  process.exit(2);
}
const chosen = wanted.length === 0 ? suites : suites.filter((suite) => wanted.includes(suite.name));

const node = requireNode();
const session = [node, join(root, 'scripts', 'keyring-session.mjs')];
/** @type {import('./lib/summary.mjs').SuiteResult[]} */
const results = [];

if (chosen.some((suite) => suite.isLive)) {
  prepareMachine();
  console.log('\nbuild');
  const build = /** @type {const} */ ([node, join(root, 'scripts', 'build.ts'), '--stale']);
  const code = await runCommand(build, { env: nodeEnv(node), timeoutMs: minutes(5) });
  if (code !== 0) results.push({ suite: 'build', passed: 0, failed: 1, skipped: 0, trouble: `exit code ${code}` });
}

for (const { name, projects = [name], isLive, timeoutMs } of chosen) {
  if (process.exitCode !== undefined) break; // interrupted
  console.log(`\n${name}`);
  const startedMs = Date.now();
  const wrapper = isLive ? session : [];
  const result = await runSuite(name, { projects, filters, wrapper, node, timeoutMs });
  results.push(result);
  const trouble = result.trouble === undefined ? '' : ` (${result.trouble})`;
  console.log(`  = ${name}: ${summaryLine(result)}${trouble} in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}

const counts = total(results);
console.log(`\n${summaryLine(counts)}`);
process.exitCode ||= exitCodeOf(counts);
