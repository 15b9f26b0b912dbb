// The arithmetic of a test run: adds up suites, writes the one closing line, decides the exit code.
// Knows nothing of vitest or processes.

/** @typedef {{ readonly passed: number, readonly failed: number, readonly skipped: number }} Counts */
/** @typedef {Counts & { readonly suite: string, readonly trouble?: string }} SuiteResult */

/**
 * The result of one suite. A suite that died, left no report, or ended with an error that no test owns counts one failure,
 * so that the closing line can never read as a success.
 * @param {string} suite
 * @param {Counts | undefined} counts what the reporter wrote, if it wrote anything
 * @param {number} exitCode of the test runner
 * @returns {SuiteResult}
 */
export const suiteResult = (suite, counts, exitCode) => {
  if (counts === undefined) return { suite, passed: 0, failed: 1, skipped: 0, trouble: 'did not start or did not end' };
  if (exitCode !== 0 && counts.passed + counts.failed + counts.skipped === 0) {
    return { ...counts, suite, failed: 1, trouble: 'no tests found' };
  }
  if (exitCode !== 0 && counts.failed === 0) return { ...counts, suite, failed: 1, trouble: `exit code ${exitCode}` };
  return { ...counts, suite };
};

/**
 * Adds up suites.
 * @param {readonly SuiteResult[]} results
 * @returns {Counts}
 */
export const total = (results) => {
  let [passed, failed, skipped] = [0, 0, 0];
  for (const result of results) {
    passed += result.passed;
    failed += result.failed;
    skipped += result.skipped;
  }
  return { passed, failed, skipped };
};

/**
 * The closing line: `12 passed, 0 failed`, with `, 3 skipped` only when something was skipped.
 * @param {Counts} counts
 * @returns {string}
 */
export const summaryLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/**
 * 0 only when something passed and nothing failed.
 * @param {Counts} counts
 * @returns {0 | 1}
 */
export const exitCodeOf = ({ passed, failed }) => (failed === 0 && passed > 0 ? 0 : 1);
