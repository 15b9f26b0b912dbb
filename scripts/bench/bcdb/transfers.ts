// A million signed payments among a thousand people: signed by as many processes as there are cores, kept in the cache under
// the parameters that make them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Author } from '../author.ts';
import { type Founding, foundGrid } from '../bench-grid.ts';
import { benchFolder } from '../perform.ts';
import { readFrames } from './framed-file.ts';

const peopleCount = 1000;
/** Another one when the records that come of the same count are others. */
const version = 1;

export const createdMs = 1_700_000_000_000;

/** Who pays whom, and the genesis that gives everybody enough; the same in every process. */
export function payers(): { readonly people: readonly Author[]; readonly founding: Founding } {
  const people = Array.from({ length: peopleCount }, (_, index) => new Author(`person ${index}`));
  return { people, founding: foundGrid(people, 10n ** 12n, { createdMs }) };
}

/** Payment `index` of all: its author, whom it pays, how much, and, one in four, what for. */
export function paymentAt(index: number): { author: number; to: number; amountStroops: bigint; memo?: string } {
  const author = index % peopleCount;
  const to = (author + 1 + ((index * 7919) % (peopleCount - 1))) % peopleCount;
  const memo = index % 4 === 0 ? { memo: `invoice ${index}` } : {};
  return { author, to, amountStroops: BigInt(1 + ((index * 31) % 1_000_000)), ...memo };
}

/** Which of the signing processes has an author. */
const shareOf = (author: number, shares: number): number => author % shares;
const fileOf = (folder: string, share: number): string => join(folder, `records-${share}`);

/** What a signing process does: all payments of its authors, in order. */
export function isInShare(
  index: number,
  { share, shares }: { readonly share: number; readonly shares: number },
): boolean {
  return shareOf(index % peopleCount, shares) === share;
}

async function signShare(folder: string, count: number, share: number, shares: number): Promise<void> {
  const program = fileURLToPath(new URL('./entry-sign-transfers.ts', import.meta.url));
  const args = [program, fileOf(folder, share), `${count}`, `${share}`, `${shares}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 2, 2] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`a signing process ended with ${String(code)}`);
}

/** The first `count` payments, signed, in order. Signs them first when they are not in the cache. */
export async function signedTransfers(
  count: number,
  say: (line: string) => void,
): Promise<() => Generator<Uint8Array>> {
  const shares = availableParallelism();
  const folder = join(benchFolder, `transfers-v${version}-${count}-${shares}`);
  if (!existsSync(folder)) {
    say(`signing ${count.toLocaleString('en-US')} transfers in ${shares} processes; they are kept for the next time`);
    const signing = `${folder}.new`;
    rmSync(signing, { recursive: true, force: true });
    mkdirSync(signing, { recursive: true });
    await Promise.all(Array.from({ length: shares }, (_, share) => signShare(signing, count, share, shares)));
    renameSync(signing, folder);
  }
  return function* inOrder() {
    const files = Array.from({ length: shares }, (_, share) => readFrames(fileOf(folder, share)));
    for (let index = 0; index < count; index++) {
      const next = files[shareOf(index % peopleCount, shares)]?.next();
      if (next === undefined || next.done === true) throw new Error('a file of signed transfers is too short');
      yield next.value;
    }
  };
}
