/** `threebot guardian status` and `invite`: what the running guardian wrote about itself. */
import { AppError } from '../../core/errors.ts';
import type { Terminal } from '../command-line/command.ts';
import type { GuardianArguments } from './arguments.ts';
import { statusLines } from './report.ts';
import { type GuardianStatus, readStatus } from './status-file.ts';

/** Exit code 0: it runs and blocks become final; 1: they do not, or it does not run. */
export async function showStatus(args: GuardianArguments, terminal: Terminal, nowMs: number): Promise<number> {
  const found = await readStatus(args.profile, nowMs);
  if (found === undefined) throw new AppError('replica/not-found', `no guardian ever ran on ${args.profile}`);
  const { status, isRunning } = found;
  const { view, guardians, handedIn } = status;
  const isWell = isRunning && view !== null && view.alarm === null && view.state === 'live';
  if (args.isJson) {
    terminal.say(JSON.stringify({ isRunning, isWell, ...status }, null, 2));
    return isWell ? 0 : 1;
  }
  if (!isRunning) terminal.say(`not running; last seen ${new Date(status.writtenMs).toISOString()}:`);
  for (const line of statusLines(view, nameIn(status))) terminal.say(line);
  for (const { name, route, key } of guardians) terminal.say(`guardian ${name} at ${route}, key ${key}`);
  for (const [file, { state, code }] of Object.entries(handedIn)) {
    terminal.say(`change of policy ${file}: ${state}${code === null ? '' : ` (${code})`}`);
  }
  return isWell ? 0 : 1;
}

export async function inviteLine(args: GuardianArguments, terminal: Terminal, nowMs: number): Promise<number> {
  const invitation = (await readStatus(args.profile, nowMs))?.status.invitation ?? null;
  if (invitation === null) throw new AppError('grid/none', 'the guardian must have run up to its first block');
  terminal.say(invitation);
  return 0;
}

const nameIn =
  ({ guardians }: GuardianStatus) =>
  (hex: string): string =>
    guardians.find(({ key }) => key === hex)?.name || hex.slice(0, 8);
