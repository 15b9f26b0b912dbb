/** The real terminal. A secret that is typed is not echoed; what is printed is plain text. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Terminal } from './command.ts';

/** Reads one line; `isHidden`: without showing it. */
function ask(question: string, isHidden: boolean): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: isHidden ? silent : process.stderr, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('SIGINT', () => {
      lines.close();
      reject(new RangeError('stopped'));
    });
    lines.once('line', (line) => {
      lines.close();
      if (isHidden) process.stderr.write('\n');
      resolve(line);
    });
  });
}

/** Settles at the first signal to stop; a second one ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      let isAgain = false;
      process.on(signal, () => {
        if (isAgain) process.exit(1);
        isAgain = true;
        resolve();
      });
    }
  });
}

export const openTerminal = (): Terminal => ({
  say: (line) => void process.stdout.write(`${line}\n`),
  advise: (line) => void process.stderr.write(`${line}\n`),
  isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  askSecret: (question) => ask(question, true),
  pause: async (line) => void (await ask(line, false)),
  untilStopped,
});
