// A vitest reporter that prints one line per test file as it ends (and per test where tests are slow), every failure in full,
// and writes the counts to the file named by THREEBOT_TEST_RESULT. Decides nothing: the exit code is the runner's.

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './node.mjs';

const slowTestMs = 1000;

/** @param {number} ms */
const duration = (ms) => (ms < slowTestMs ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** @param {string} text */
const indent = (text) => {
  const plain = process.stdout.isTTY ? text : stripVTControlCharacters(text);
  return plain.trimEnd().replace(/^/gm, '      ');
};

/** @param {import('vitest').TestError | import('vitest').SerializedError} error */
const describeError = (error) => {
  const frames = (error.stacks ?? []).slice(0, 8).map((frame) => {
    return `at ${frame.method || '<top>'} ${relative(root, frame.file)}:${frame.line}:${frame.column}`;
  });
  const head = `${error.name ?? 'Error'}: ${error.message ?? String(error)}`;
  const place = frames.length > 0 ? frames.join('\n') : (error.stack ?? '').split('\n').slice(1, 9).join('\n');
  const cause = error.cause ? `caused by ${error.cause.name}: ${error.cause.message}` : '';
  return indent([head, error.diff, place, cause].filter(Boolean).join('\n'));
};

/** @param {string} line */
const say = (line) => console.log(`  ${line}`);

/** @typedef {import('vitest/node').Reporter} Reporter */

/** @implements {Reporter} */
class LineReporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  /** @type {Map<string, string>} */
  #printed = new Map();

  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    const result = test.result();
    const ms = test.diagnostic()?.duration ?? 0;
    if (result.state === 'passed') {
      this.#passed += 1;
      if (ms >= slowTestMs) say(`   ok ${test.fullName} (${duration(ms)})`);
    } else if (result.state === 'failed') {
      this.#failed += 1;
      say(` FAIL ${test.module.relativeModuleId} > ${test.fullName} (${duration(ms)})`);
      for (const error of result.errors) console.log(describeError(error));
      this.#showPrinted(test.id);
    } else if (result.state === 'skipped') {
      this.#skipped += 1;
      const { mode } = test.options;
      if (mode === 'todo' || result.note) say(` SKIP ${test.fullName}: ${result.note ?? mode}`);
    }
  }

  /** @param {import('vitest/node').TestModule} module */
  onTestModuleEnd(module) {
    const errors = [...module.errors()];
    for (const suite of module.children.allSuites()) errors.push(...suite.errors());
    // A file that does not load, or a hook that throws, has no failing test of its own: it counts as one failure.
    if (errors.length > 0) this.#failed += 1;
    const tests = [...module.children.allTests()];
    const skipped = tests.filter((test) => test.result().state === 'skipped').length;
    const mark = module.ok() && errors.length === 0 ? '   ok' : ' FAIL';
    const count = skipped > 0 ? `${tests.length} tests, ${skipped} skipped` : `${tests.length} tests`;
    say(`${mark} ${module.relativeModuleId} (${count}, ${duration(module.diagnostic().duration)})`);
    for (const error of errors) console.log(describeError(error));
    if (errors.length > 0) this.#showPrinted(module.id);
  }

  /**
   * What a test printed is kept back, and shown only if it fails.
   * @param {import('vitest').UserConsoleLog} log
   */
  onUserConsoleLog(log) {
    const key = log.taskId ?? '';
    this.#printed.set(key, (this.#printed.get(key) ?? '') + log.content);
  }

  /** @param {string} taskId */
  #showPrinted(taskId) {
    const text = this.#printed.get(taskId);
    if (text !== undefined) console.log(indent(`printed:\n${text}`));
  }

  /**
   * @param {readonly import('vitest/node').TestModule[]} _modules
   * @param {readonly import('vitest').SerializedError[]} unhandledErrors
   */
  onTestRunEnd(_modules, unhandledErrors) {
    for (const error of unhandledErrors) {
      this.#failed += 1;
      say(` FAIL outside any test`);
      console.log(describeError(error));
    }
    const file = process.env.THREEBOT_TEST_RESULT;
    if (file === undefined) return;
    writeFileSync(file, JSON.stringify({ passed: this.#passed, failed: this.#failed, skipped: this.#skipped }));
  }
}

// vitest loads a reporter by path and asks for its default export.
export default LineReporter;
