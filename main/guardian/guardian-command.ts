/** `threebot guardian PART`: the table of its parts, and what they run on in reality. */
import { join } from 'node:path';
import { verifySodium } from '../../bcdb/verify.ts';
import { AppError } from '../../core/errors.ts';
import { findAppRoot } from '../app-root.ts';
import type { Command, Terminal } from '../command-line/command.ts';
import { openRealBot } from '../real-bot.ts';
import { readMachineBinding } from '../vault/machine.ts';
import { openOsKeychain } from '../vault/os-keychain.ts';
import { readArguments } from './arguments.ts';
import { foundGrid } from './found.ts';
import type { Machine } from './guardian-profile.ts';
import { initGuardian } from './init.ts';
import { policyPart } from './policy.ts';
import { startGuardian } from './start.ts';
import { inviteLine, showStatus } from './status.ts';
import { sentenceOf } from './words.ts';

const help = `Usage: threebot guardian PART [options]

  init    --name="Alice, Ghent" --route=HOST:PORT   make an identity and print the guardian's card (again: print the card)
          --words-file=FILE      put the 24 words into a new file instead of onto the terminal
          --restore=FILE         bring the owner back from a file with his 24 words (with a copy of vault.json: the guardian too)
  found   --name=GRID --card=CARD --card=CARD …     make the genesis of a new grid, for all its guardians
          --allocate=ADDRESS:TFT (again for more)  --out=FILE (default genesis.3bot)
  start   --genesis=FILE | --join=INVITATION        guard the grid until stopped; later starts need neither
          --nats-server=PATH     the program, when it is not on PATH
          --bootstrap=HOST:PORT  a DHT node to meet others by, again for more (kept; without it the public ones)
          --no-lan               do not look for members on the local network (kept)
  status  [--json]               how the running guardian stands
  invite                         the invitation to its grid
  policy  propose --out=FILE [--add=CARD] [--remove=WHO] [--replace=WHO=CARD] [--set=path=number]
          show FILE | sign FILE | merge --out=FILE FILE … | submit FILE

All take --profile=DIR (where this 3bot lives) and --passphrase-fd=N (a descriptor to read the passphrase from, once).
Four guardians step by step: docs/GUARDIANS.md
`;

async function openMachine(): Promise<Machine> {
  return { keychain: openOsKeychain(), binding: await readMachineBinding(), now: Date.now };
}

async function runPart([part, ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  switch (part) {
    case 'init':
      return initGuardian(
        readArguments(rest, ['name', 'route', 'words-file', 'restore']),
        terminal,
        await openMachine(),
      );
    case 'found':
      return foundGrid(readArguments(rest, ['name', 'card', 'allocate', 'out']), terminal, await openMachine());
    case 'start': {
      const root = findAppRoot(import.meta.dirname);
      return startGuardian(readArguments(rest, ['genesis', 'join', 'nats-server', 'bootstrap', 'no-lan']), terminal, {
        verify: verifySodium,
        now: Date.now,
        openBot: (options) =>
          openRealBot({
            ...options,
            version: root.version,
            host: 'browser',
            nodePath: process.execPath,
            agentEntry: join(root.folder, 'node-agent', 'entry-agent.ts'),
          }),
      });
    }
    case 'status':
      return showStatus(readArguments(rest, []), terminal, Date.now());
    case 'invite':
      return inviteLine(readArguments(rest, []), terminal, Date.now());
    case 'policy':
      return policyPart(rest, terminal, await openMachine());
    case undefined:
    case 'help':
    case '--help':
      terminal.say(help);
      return part === undefined ? 2 : 0;
    default:
      throw new RangeError(`there is no part ${part}; threebot guardian --help lists them`);
  }
}

export const guardianCommand: Command = {
  summary: 'run one of the guardians of a grid: init, found, start, status, policy',
  help,
  async run(args, terminal) {
    try {
      return await runPart(args, terminal);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      terminal.advise(`${sentenceOf(error)} [${error.code}]`);
      return 1;
    }
  },
};
