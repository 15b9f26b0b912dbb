// The reporter's counts on a run where everything that can go wrong does: the closing line of `npm test` rests on them.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const reporter = join(root, 'scripts/lib/test-reporter.mjs');
// Inside the project, so that the synthetic tests find vitest.
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(root, 'node_modules', '.reporter-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const runVitest = (name: string, body: string) => {
  const code = `import { beforeAll, describe, expect, test } from 'vitest';\n${body}`;
  writeFileSync(join(folder, `${name}.test.ts`), code);
  writeFileSync(join(folder, 'vitest.config.ts'), 'export default {};');
  const result = join(folder, `${name}.json`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const run = spawnSync(
    process.execPath,
    [vitest, 'run', '--root', folder, `--reporter=${reporter}`, `${name}.test.ts`],
    {
      env: { PATH: process.env.PATH, THREEBOT_TEST_RESULT: result },
      encoding: 'utf8',
    },
  );
  return { status: run.status, output: run.stdout, counts: JSON.parse(readFileSync(result, 'utf8')) as unknown };
};

test('passed, failed and skipped tests are told apart; only a failed one shows what it printed', () => {
  const run = runVitest(
    'mixed',
    `test('good', () => { console.log('quiet'); });
     test('bad', () => { console.log('loud'); expect({ a: 1 }).toEqual({ a: 2 }); });
     describe.skipIf(true)('later', () => { test('one', () => {}); test('two', () => {}); });`,
  );
  expect(run.status).toBe(1);
  expect(run.counts).toEqual({ passed: 1, failed: 1, skipped: 2 });
  expect(run.output).toContain('FAIL mixed.test.ts > bad');
  expect(run.output).toContain('loud');
  expect(run.output).not.toContain('quiet');
});

test.each([
  ['load', "import './nowhere.ts'; test('a', () => {});", { passed: 0, failed: 1, skipped: 0 }],
  [
    'hook',
    "describe('s', () => { beforeAll(() => { throw new Error('no'); }); test('a', () => {}); });",
    { passed: 0, failed: 1, skipped: 1 },
  ],
  [
    'stray',
    "test('a', async () => { void Promise.reject(new Error('no')); await new Promise((r) => setTimeout(r, 50)); });",
    { passed: 1, failed: 1, skipped: 0 },
  ],
])('trouble that no test owns counts as a failure: %s', (name, body, counts) => {
  const run = runVitest(name, body);
  expect({ status: run.status, counts: run.counts }).toEqual({ status: 1, counts });
});
