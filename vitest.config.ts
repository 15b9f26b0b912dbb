// How the tests run: one project per folder of test/, named after it. Projects that start processes, containers
// or a browser run one file at a time. What this machine offers is handed to every test as environment (test/support/needs.ts).

import { defineConfig } from 'vitest/config';
import { machineEnv } from './scripts/machine.mjs';

/** The long form of `npm run chaos` takes hours where the short one takes minutes. */
const patience = process.env['THREEBOT_CHAOS'] === '1' ? 40 : 1;
const seconds = (count: number): number => count * 1000 * patience;

/** One project: the tests under test/<name>, the longest time one test may take, and whether files share the machine. */
const project = (name: string, timeoutMs: number, isParallel: boolean) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.{ts,tsx}`],
    environment: 'node',
    pool: 'forks' as const,
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    teardownTimeout: seconds(20),
    fileParallelism: isParallel,
    env: machineEnv(),
  },
});

export default defineConfig({
  test: {
    projects: [
      project('arch', seconds(30), true),
      project('unit', seconds(20), true),
      project('deep', seconds(120), true),
      project('vectors', seconds(20), true),
      project('contract', seconds(10), true),
      project('integration', seconds(90), false),
      project('crash', seconds(600), false),
      project('e2e', seconds(240), false),
    ],
  },
});
