// Runs vitest projects in a process of their own under the pinned Node and reads back the counts.
// Does not choose suites, install anything, or end the program.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeEnv, root } from './node.mjs';
import { suiteResult } from './summary.mjs';

const graceMs = 10_000;

/**
 * Runs a command with the terminal's own output and resolves with its exit code; on timeout the whole process group is
 * told to end, then killed.
 * @param {readonly [string, ...string[]]} command
 * @param {{ readonly env: NodeJS.ProcessEnv, readonly timeoutMs: number }} options
 * @returns {Promise<number>}
 */
export const runCommand = ([file, ...args], { env, timeoutMs }) =>
  new Promise((resolve) => {
    // Its own group, so that a timeout or Ctrl-C also reaches what the tests started.
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    /** @param {NodeJS.Signals} signal */
    const kill = (signal) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
      }
    };
    const timer = setTimeout(() => {
      console.error(`  FAIL stopped after ${timeoutMs / 60_000} minutes`);
      kill('SIGTERM');
      setTimeout(() => kill('SIGKILL'), graceMs).unref();
    }, timeoutMs);
    const onSignal = () => {
      kill('SIGTERM');
      process.exitCode = 130;
    };
    const settle = (/** @type {number} */ code) => {
      clearTimeout(timer);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      resolve(code);
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    child.on('error', (error) => {
      console.error(`  FAIL ${file} did not start: ${error.message}`);
      settle(127);
    });
    child.on('exit', (code) => settle(code ?? 1));
  });

/**
 * Reads what scripts/lib/test-reporter.mjs wrote; undefined when the runner died before its end.
 * @param {string} file
 * @returns {import('./summary.mjs').Counts | undefined}
 */
const readCounts = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Runs vitest projects together, as one suite.
 * @param {string} name of the suite, for the report
 * @param {object} options
 * @param {readonly string[]} options.projects
 * @param {readonly string[]} [options.filters] parts of file paths; then a suite without a match is no failure
 * @param {readonly string[]} [options.wrapper] a command that runs the runner inside itself
 * @param {string} options.node path of the Node binary
 * @param {number} options.timeoutMs
 * @returns {Promise<import('./summary.mjs').SuiteResult>}
 */
export const runSuite = async (name, { projects, filters = [], wrapper = [], node, timeoutMs }) => {
  const folder = join(root, '.cache', 'test');
  const file = join(folder, `${name}.json`);
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  const vitest = [node, join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run'];
  const reporter = `--reporter=${join(root, 'scripts', 'lib', 'test-reporter.mjs')}`;
  const chosen = projects.map((project) => `--project=${project}`);
  const mayBeEmpty = filters.length > 0 ? ['--passWithNoTests'] : [];
  const command = /** @type {[string, ...string[]]} */ ([
    ...wrapper,
    ...vitest,
    reporter,
    ...chosen,
    ...mayBeEmpty,
    ...filters,
  ]);
  const exitCode = await runCommand(command, { env: { ...nodeEnv(node), THREEBOT_TEST_RESULT: file }, timeoutMs });
  return suiteResult(name, readCounts(file), exitCode);
};
