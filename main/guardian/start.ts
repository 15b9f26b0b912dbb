/** `threebot guardian start`: the 3bot of this profile as a guardian, without a window, until it is stopped. */
import { readFile } from 'node:fs/promises';
import { toHex } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import type { ReplicaView } from '../../core/views.ts';
import type { Terminal } from '../command-line/command.ts';
import { claimProfile } from '../instance.ts';
import type { ThreeBot } from '../three-bot.ts';
import type { GuardianArguments } from './arguments.ts';
import { createHandIn } from './hand-in.ts';
import { reportLines } from './report.ts';
import { type GuardianStatus, standingText, statusEveryMs, writeStatus } from './status-file.ts';
import { sentenceOf } from './words.ts';

export type StartOptions = {
  readonly openBot: (options: {
    readonly folder: string;
    readonly natsServer: string | undefined;
  }) => Promise<ThreeBot>;
  readonly verify: Verify;
  readonly now: () => number;
};

export async function startGuardian(
  args: GuardianArguments,
  terminal: Terminal,
  options: StartOptions,
): Promise<number> {
  const genesisPath = args.text('genesis');
  const genesis = genesisPath === undefined ? undefined : new Uint8Array(await readFile(genesisPath));
  const claim = await claimProfile(args.profile, () => 'guardian');
  if (claim.kind === 'taken') throw new AppError('replica/in-use', `a 3bot runs on ${args.profile}`);
  try {
    const bot = await options.openBot({ folder: args.profile, natsServer: args.text('nats-server') });
    try {
      await guard({ args, genesis, terminal, bot, ...options });
    } finally {
      await bot.close();
    }
  } finally {
    await claim.release();
  }
  return 0;
}

type Guarding = StartOptions & {
  readonly args: GuardianArguments;
  readonly genesis: Uint8Array | undefined;
  readonly terminal: Terminal;
  readonly bot: ThreeBot;
};

async function guard({ args, genesis, terminal, bot, verify, now }: Guarding): Promise<void> {
  const { guardianship } = bot;
  const say = (line: string): void => terminal.say(`${new Date(now()).toISOString()} ${line}`);
  const stopped = terminal.untilStopped();
  // A person can be asked; a service gives it by a descriptor.
  const mustAsk = guardianship.needsPassphrase && args.passphrase === undefined && terminal.isInteractive;
  await guardianship.unlock(mustAsk ? await terminal.askSecret('Passphrase: ') : args.passphrase);
  await enter(args, guardianship, genesis);
  const grid = await guardianship.grid();

  const handIn = createHandIn({ profile: args.profile, guardianship, verify, say });
  let seen: ReplicaView | null = null;
  let names = new Map<string, string>();
  const nameOf = (hex: string): string => names.get(hex) ?? hex.slice(0, 8);
  const tell = (): void => {
    const view = guardianship.view();
    for (const line of reportLines(seen, view, nameOf)) say(line);
    seen = view;
  };
  const stopListening = bot.onChanged(tell);
  let isStopped = false;
  void stopped.then(() => {
    isStopped = true;
  });
  say(`guarding ${toHex(grid)} from ${args.profile}`);
  while (!isStopped) {
    await handIn.look();
    const status = await statusOf(bot, { nowMs: now(), handedIn: handIn.outcomes });
    names = new Map(status.guardians.map(({ key, name }) => [key, name]));
    tell();
    await writeStatus(args.profile, status);
    await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, statusEveryMs))]);
  }
  stopListening();
  say('stopping');
}

/** Onto the grid: the one of the genesis, the one of the invitation, or the one that this profile is on. */
async function enter(
  args: GuardianArguments,
  guardianship: ThreeBot['guardianship'],
  genesis: Uint8Array | undefined,
): Promise<void> {
  const bootstrap = args.all('bootstrap');
  // Saved: later starts need not say it again.
  if (bootstrap.length > 0 || args.has('no-lan')) await guardianship.meet({ bootstrap, usesLan: !args.has('no-lan') });
  const isLocal = bootstrap.length > 0 && bootstrap.every((address) => address.startsWith('127.'));
  if (genesis !== undefined) return guardianship.found(genesis, isLocal ? 'local' : 'open');
  const invitation = args.text('join');
  // The same command line again after a restart: the profile is on its grid already.
  if (invitation !== undefined && guardianship.view() === null) return guardianship.join(invitation);
  if (guardianship.view() === null) throw new AppError('grid/none');
}

async function statusOf(
  { guardianship }: ThreeBot,
  { nowMs, handedIn }: { readonly nowMs: number; readonly handedIn: GuardianStatus['handedIn'] },
): Promise<GuardianStatus> {
  const status = { pid: process.pid, writtenMs: nowMs, view: guardianship.view(), handedIn: { ...handedIn } };
  try {
    const { grid, policy, guardians, seats } = await guardianship.standing();
    return {
      ...status,
      guardians: guardians.map((key, index) => ({
        key: toHex(key),
        name: seats[index]?.name ?? '',
        route: seats[index]?.route ?? '',
      })),
      invitation: await guardianship.invitation(),
      standing: standingText({ grid, policy, guardians, seats }),
    };
  } catch (error) {
    // Before the first block there is nothing in force, and the network takes a moment: the next status will say.
    if (codeOf(error) === undefined) throw new Error(sentenceOf(error), { cause: error });
    return { ...status, guardians: [], invitation: null, standing: null };
  }
}
