/** `threebot COMMAND`: what can be done without a window. Each command is one entry of the table. */
import { codeOf } from '../core/errors.ts';
import { bootstrapCommand } from './command-line/bootstrap-command.ts';
import type { Command } from './command-line/command.ts';
import { openTerminal } from './command-line/terminal.ts';
import { guardianCommand } from './guardian/guardian-command.ts';

const commands: Readonly<Record<string, Command>> = {
  guardian: guardianCommand,
  bootstrap: bootstrapCommand,
};

const listText = (): string =>
  [
    'Usage: threebot COMMAND [arguments]',
    '',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`),
    '',
    'threebot COMMAND --help says more.',
  ].join('\n');

async function main([name, ...args]: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  const command = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
  if (command === undefined) {
    const isAsked = name === undefined || name === '--help' || name === 'help';
    (isAsked ? terminal.say : terminal.advise)(listText());
    return name === undefined || !isAsked ? 2 : 0;
  }
  try {
    return await command.run(args, terminal);
  } catch (error) {
    const code = codeOf(error);
    terminal.advise(`threebot ${name}: ${error instanceof Error ? error.message : String(error)}`);
    // What was typed, as against what went wrong.
    return code === undefined && (error instanceof TypeError || error instanceof RangeError) ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
