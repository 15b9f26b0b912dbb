/** `threebot guardian policy …`: makes a change of guardians or policy, signs it, merges copies, shows it, hands it in. */
import { readFile, writeFile } from 'node:fs/promises';
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { decodeCard } from '../../core/guardian-card.ts';
import { verifyPortable } from '../../core/keys.ts';
import {
  decodeProposal,
  encodeProposal,
  judgeProposal,
  mergeProposals,
  type PolicyProposal,
  signProposal,
} from '../../core/policy-proposal.ts';
import type { Terminal } from '../command-line/command.ts';
import { writeDurably } from '../durable-file.ts';
import { type GuardianArguments, readArguments } from './arguments.ts';
import { changedGuardians, changedPolicy } from './change.ts';
import { type Machine, openGuardianProfile } from './guardian-profile.ts';
import { leaveProposal } from './hand-in.ts';
import { readStatus } from './status-file.ts';

/** Runs one of the parts. Throws RangeError for an unknown one. */
export async function policyPart(
  [part, ...rest]: readonly string[],
  terminal: Terminal,
  machine: Machine,
): Promise<number> {
  switch (part) {
    case 'propose':
      return propose(readArguments(rest, ['add', 'remove', 'replace', 'set', 'out']), terminal, machine);
    case 'sign':
      return signFile(readArguments(rest, []), terminal, machine);
    case 'merge':
      return merge(readArguments(rest, ['out']), terminal);
    case 'show':
      return show(readArguments(rest, []), terminal, machine);
    case 'submit':
      return submit(readArguments(rest, []), terminal, machine);
    default:
      throw new RangeError('policy: propose, sign, merge, show or submit');
  }
}

/** What is in force, by the status of the guardian that runs on this profile (or ran last). */
async function inForce(args: GuardianArguments, machine: Machine): Promise<PolicyProposal> {
  const found = await readStatus(args.profile, machine.now());
  const standing = found?.status.standing ?? null;
  if (standing === null) {
    throw new AppError('replica/not-found', 'no guardian ran on this profile up to a first block: start it first');
  }
  return decodeProposal(new Uint8Array(Buffer.from(standing, 'base64')), verifyPortable);
}

async function propose(args: GuardianArguments, terminal: Terminal, machine: Machine): Promise<number> {
  const out = args.needed('out');
  const present = await inForce(args, machine);
  const guardians = changedGuardians(present, {
    add: args.all('add').map((line) => decodeCard(line, verifyPortable)),
    remove: args.all('remove'),
    replace: args.all('replace').map(replacementOf),
  });
  const policy = changedPolicy(present.policy, args.all('set'));
  const proposal: PolicyProposal = { grid: present.grid, policy, ...guardians, signatures: [] };
  judgeProposal(proposal, present);
  await writeFile(out, encodeProposal(proposal), { flag: 'wx' });
  explain(proposal, present, terminal);
  terminal.advise(`Written to ${out}. Each guardian signs it, new ones too: threebot guardian policy sign ${out}`);
  return 0;
}

/** `NAME-OR-KEY=CARD`. */
function replacementOf(value: string) {
  const mark = value.indexOf('=');
  if (mark < 0) throw new RangeError('--replace is NAME-OR-KEY=CARD');
  return { who: value.slice(0, mark), card: decodeCard(value.slice(mark + 1), verifyPortable) };
}

const readProposal = async (path: string): Promise<PolicyProposal> =>
  decodeProposal(new Uint8Array(await readFile(path)), verifyPortable);

function oneFile({ files }: GuardianArguments): string {
  const [path, ...others] = files;
  if (path === undefined || others.length > 0) throw new RangeError('name one file');
  return path;
}

async function signFile(args: GuardianArguments, terminal: Terminal, machine: Machine): Promise<number> {
  const path = oneFile(args);
  const proposal = await readProposal(path);
  const profile = await openGuardianProfile(args.profile, machine, terminal);
  try {
    // What is signed is what is shown. A newcomer may have no grid to compare it with.
    const present = await inForce(args, machine).catch(() => undefined);
    explain(proposal, present, terminal);
    await profile.unlock(args.passphrase, terminal);
    const signed = signProposal(proposal, profile.key('guardian'), profile.signer('guardian'));
    await writeDurably(path, encodeProposal(signed));
    terminal.advise(`Signed as ${toHex(profile.key('guardian')).slice(0, 8)}. Pass ${path} on.`);
    return 0;
  } finally {
    await profile.close();
  }
}

async function merge(args: GuardianArguments, terminal: Terminal): Promise<number> {
  const out = args.needed('out');
  const [first, ...others] = await Promise.all(args.files.map(readProposal));
  if (first === undefined) throw new RangeError('name the files to merge');
  const merged = others.reduce(mergeProposals, first);
  await writeDurably(out, encodeProposal(merged));
  terminal.advise(`${merged.signatures.length} signatures in ${out}.`);
  return 0;
}

async function show(args: GuardianArguments, terminal: Terminal, machine: Machine): Promise<number> {
  const proposal = await readProposal(oneFile(args));
  explain(proposal, await inForce(args, machine), terminal);
  return 0;
}

async function submit(args: GuardianArguments, terminal: Terminal, machine: Machine): Promise<number> {
  const proposal = await readProposal(oneFile(args));
  const { signed, needed, unwilling, isComplete } = judgeProposal(proposal, await inForce(args, machine));
  if (!isComplete) {
    const why = unwilling.length > 0 ? 'guardian/not-consented' : 'guardian/quorum-not-met';
    throw new AppError(why, unwilling.map(toHex).join(' ') || `${signed.length} of ${needed}`);
  }
  const name = await leaveProposal(args.profile, proposal);
  terminal.advise('Handed to the guardian of this profile; `threebot guardian status` says what became of it.');
  terminal.say(name);
  return 0;
}

/** In sentences: who comes and goes, which figures change, who has signed. */
function explain(proposal: PolicyProposal, present: PolicyProposal | undefined, terminal: Terminal): void {
  const { say } = terminal;
  const nameIn = ({ guardians, seats }: PolicyProposal, hex: string): string => {
    const place = guardians.findIndex((key) => toHex(key) === hex);
    const seat = seats[place];
    return seat === undefined ? hex.slice(0, 8) : `${seat.name} (${seat.route}, ${hex.slice(0, 8)})`;
  };
  const after = proposal.guardians.map(toHex);
  say(`grid ${toHex(proposal.grid)}, policy version ${proposal.policy.version}`);
  if (present === undefined) {
    for (const key of after) say(`  guardian ${nameIn(proposal, key)}`);
  } else {
    const before = present.guardians.map(toHex);
    for (const key of after) if (!before.includes(key)) say(`  new: ${nameIn(proposal, key)}`);
    for (const key of before) if (!after.includes(key)) say(`  goes: ${nameIn(present, key)}`);
    for (const key of after) {
      const [old, now] = [nameIn(present, key), nameIn(proposal, key)];
      if (before.includes(key) && old !== now) say(`  moves: ${old} to ${now}`);
    }
    for (const line of figuresThatDiffer(present.policy, proposal.policy)) say(`  ${line}`);
    const { signed, needed, unwilling } = judgeProposal(proposal, present);
    say(`  signed by ${signed.length} of the ${needed} guardians in force that it needs`);
    for (const key of unwilling) say(`  still to sign, as new: ${nameIn(proposal, toHex(key))}`);
  }
}

/** Each figure of a policy by its path, as `path: old -> new`. */
function figuresThatDiffer(before: object, after: object, path = ''): readonly string[] {
  const old: Readonly<Record<string, unknown>> = { ...before };
  return Object.entries(after).flatMap(([name, value]) => {
    const [at, was] = [path === '' ? name : `${path}.${name}`, old[name]];
    if (typeof value === 'object' && value !== null) return figuresThatDiffer(Object(was), value, at);
    return value === was || at === 'version' ? [] : [`${at}: ${String(was)} -> ${String(value)}`];
  });
}
