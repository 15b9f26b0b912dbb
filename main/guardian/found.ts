/** `threebot guardian found`: the genesis of a grid of several guardians, by their cards, as a file that all of them get. */
import { writeFile } from 'node:fs/promises';
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { isGuardianCount } from '../../core/guardian.ts';
import { decodeCard, type GuardianCard } from '../../core/guardian-card.ts';
import { verifyPortable } from '../../core/keys.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { decodeRecord } from '../../core/record.ts';
import type { Terminal } from '../command-line/command.ts';
import { foundingRecord } from '../grid/genesis.ts';
import { allocationOf, type GuardianArguments } from './arguments.ts';
import { type Machine, openGuardianProfile } from './guardian-profile.ts';

export async function foundGrid(args: GuardianArguments, terminal: Terminal, machine: Machine): Promise<number> {
  const cards = args.all('card').map((line) => decodeCard(line, verifyPortable));
  checkCards(cards);
  const allocations = args.all('allocate').map(allocationOf);
  const [name, out] = [args.needed('name'), args.text('out') ?? 'genesis.3bot'];
  const profile = await openGuardianProfile(args.profile, machine, terminal);
  try {
    await profile.unlock(args.passphrase, terminal);
    const record = foundingRecord(
      {
        name,
        guardians: cards.map(({ guardian }) => guardian),
        seats: cards.map(({ seat }) => seat),
        policy: defaultPolicy,
        allocations,
      },
      { author: profile.key('wallet'), nowMs: machine.now() },
      profile.signer('wallet'),
    );
    await writeFile(out, record, { flag: 'wx' });
    for (const { seat, guardian } of cards)
      terminal.advise(`guardian ${seat.name}, ${seat.route}, key ${toHex(guardian)}`);
    terminal.advise(
      `Give ${out} to each of them: it is started with --genesis=${out}. The grid's id, for all to compare:`,
    );
    terminal.say(toHex(decodeRecord(record).id));
    return 0;
  } finally {
    await profile.close();
  }
}

function checkCards(cards: readonly GuardianCard[]): void {
  if (!isGuardianCount(cards.length)) throw new AppError('guardian/bad-count', `${cards.length} cards`);
  const keys = new Set(cards.map(({ guardian }) => toHex(guardian)));
  const routes = new Set(cards.map(({ seat }) => seat.route));
  if (keys.size !== cards.length || routes.size !== cards.length) {
    throw new RangeError('each card once, and no two guardians at one address');
  }
}
