/** `threebot guardian init`: an identity, its 24 words once, and the guardian's card. Again: the card of what is there. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { equalBytes } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import { seatSchema } from '../../core/guardian.ts';
import { wordsOf } from '../../core/keys.ts';
import type { Terminal } from '../command-line/command.ts';
import { wipe } from '../vault/secret.ts';
import type { GuardianArguments } from './arguments.ts';
import { type GuardianProfile, type Machine, openGuardianProfile } from './guardian-profile.ts';

export async function initGuardian(args: GuardianArguments, terminal: Terminal, machine: Machine): Promise<number> {
  const profile = await openGuardianProfile(args.profile, machine, terminal);
  try {
    const seat = seatIn(args, profile);
    const restore = args.text('restore');
    if (restore !== undefined) await restoreIdentity(restore, args, terminal, profile);
    else if (profile.vault.state.kind === 'empty') await createIdentity(args, terminal, profile);
    else await profile.unlock(args.passphrase, terminal);
    await profile.seat.save(seat);
    terminal.advise('The card of this guardian; give it to whoever founds the grid or proposes the change:');
    terminal.say(profile.card());
    return 0;
  } finally {
    await profile.close();
  }
}

/** The seat that was typed, or what of it is there already. */
function seatIn(args: GuardianArguments, { seat }: GuardianProfile) {
  const name = args.text('name') ?? seat.value?.name ?? args.needed('name');
  const route = args.text('route') ?? seat.value?.route ?? args.needed('route');
  const parsed = v.safeParse(seatSchema, { name, route });
  if (!parsed.success) throw new RangeError('--name has 1 to 40 characters, --route is HOST:PORT as others reach it');
  return parsed.output;
}

/** The words bring back whose guardian it is. Its key belongs to the machine: it comes back only with a copy of the vault. */
async function restoreIdentity(
  path: string,
  args: GuardianArguments,
  terminal: Terminal,
  { vault }: GuardianProfile,
): Promise<void> {
  const words = await readFile(path, 'utf8');
  const before = vault.publicKey('guardian');
  await withPassphrase(args, terminal, (passphrase) => vault.restore(words, passphrase));
  const after = vault.publicKey('guardian');
  if (before === undefined || after === undefined || !equalBytes(before, after)) {
    terminal.advise('This is a new guardian key: a change of policy must put it in the place of the old one.');
  }
}

async function createIdentity(args: GuardianArguments, terminal: Terminal, { vault }: GuardianProfile): Promise<void> {
  const wordsFile = args.text('words-file');
  if (wordsFile === undefined && !terminal.isInteractive) {
    throw new RangeError('the 24 words must go somewhere: run this at a terminal, or give --words-file=FILE');
  }
  const entropy = new Uint8Array(randomBytes(32));
  const words = wordsOf(entropy);
  wipe(entropy);
  // Kept before the identity exists: words that are lost here would be lost for ever.
  if (wordsFile !== undefined) await writeNew(wordsFile, `${words}\n`);
  try {
    await withPassphrase(args, terminal, (passphrase) => vault.create(words, passphrase));
  } catch (error) {
    if (wordsFile !== undefined && vault.state.kind === 'empty') await rm(wordsFile);
    throw error;
  }
  if (wordsFile !== undefined) {
    terminal.advise(`The 24 words are in ${wordsFile}: move them to paper or to a place apart, and delete the file.`);
    return;
  }
  terminal.advise('These 24 words are the guardian. Write them down; they are shown this once.');
  terminal.say('');
  for (let row = 0; row < 24; row += 6)
    terminal.say(
      `  ${words
        .split(' ')
        .slice(row, row + 6)
        .join(' ')}`,
    );
  terminal.say('');
  await terminal.pause('Press Enter when they are written down. ');
}

/** Tries with what was given; where the machine has no secret store, asks for a passphrase, twice. */
async function withPassphrase(
  args: GuardianArguments,
  terminal: Terminal,
  make: (passphrase: string | undefined) => Promise<void>,
): Promise<void> {
  try {
    return await make(args.passphrase);
  } catch (error) {
    if (codeOf(error) !== 'vault/passphrase-required' || !terminal.isInteractive) throw error;
  }
  terminal.advise('This machine has no secret store that works, so a passphrase must protect the keys.');
  const passphrase = await terminal.askSecret('New passphrase: ');
  if ((await terminal.askSecret('The same again: ')) !== passphrase) throw new AppError('vault/wrong-passphrase');
  await make(passphrase);
}

/** Never over a file that is there. */
async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
