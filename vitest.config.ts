// How the tests run: one project per folder of test/, named after it. Files that run at the same time have folders, networks,
// ports and engines of their own. What this machine offers is handed to every test as environment (test/support/needs.ts).

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { machineEnv } from './scripts/machine.mjs';

/** The long form of `npm run chaos` takes hours where the short one takes minutes. */
const patience = process.env['THREEBOT_CHAOS'] === '1' ? 40 : 1;
const seconds = (count: number): number => count * 1000 * patience;

/** Files at a time: one a core, for hardly a test works all the time. */
const cores = Math.max(2, availableParallelism());
/** Of tests of whole grids. In the long form each has the machine to itself. */
const grids = patience > 1 ? 1 : cores;

/** Tests that put something in the place of a package: they need the modules of a process to themselves. */
const replacing = ['test/unit/main/electron-host.test.ts', 'test/unit/main/one-host.test.ts'];

type Options = {
  /** Files at a time; default: one a core. */
  readonly maxWorkers?: number;
  /** Files get modules of their own; default. Nothing in this house works when imported, so that pure tests need none. */
  readonly isolate?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
};

/** One project: the tests under test/<name>, and the longest time one test may take. */
const project = (name: string, timeoutMs: number, options: Options = {}) => ({
  test: {
    name,
    include: [...(options.include ?? [`test/${name}/**/*.test.{ts,tsx}`])],
    exclude: [...(options.exclude ?? [])],
    environment: 'node',
    pool: 'forks' as const,
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    teardownTimeout: seconds(20),
    isolate: options.isolate ?? true,
    maxWorkers: options.maxWorkers ?? cores,
    env: machineEnv(),
  },
});

export default defineConfig({
  test: {
    projects: [
      project('arch', seconds(30)),
      project('unit', seconds(20), { isolate: false, exclude: replacing }),
      project('unit-replacing', seconds(20), { include: replacing }),
      project('deep', seconds(120)),
      project('vectors', seconds(20)),
      project('contract', seconds(10)),
      // One at a time: servers elect their leaders by the clock.
      project('integration', seconds(90), { maxWorkers: 1 }),
      project('crash', seconds(600), { maxWorkers: grids }),
      project('e2e', seconds(240), { maxWorkers: 1 }),
    ],
  },
});
