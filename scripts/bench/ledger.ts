// How fast a grid with one guardian takes in, executes and certifies signed transfers, and how fast another replica
// verifies and executes the same blocks: beside the raw signature verifications that one core does.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { verifySodium } from '../../bcdb/verify.ts';
import { Author, type Written } from './author.ts';
import { admitAll, type Founding, foundGrid, openGuardian, openStore } from './bench-grid.ts';
import { type Bench, type BenchContext, counted, type Figure } from './figure.ts';
import { Stopwatch } from './measure.ts';
import { createRandom } from './random.ts';
import { median, middleOf } from './statistics.ts';

const authorCount = 1000;
const recordCount = 10_000;
const runs = 3;
/** Records that reach the door in one request. */
const batch = 100;
/** Records that wait when the sequencer cuts: the policy's limit. */
const perBlock = 2000;
/** Of each block's signatures, this many are also verified by themselves: baseline and value see the same other load. */
const rawPerBlock = 500;

/** Transfers among many, each author's in turn, one in four with a memo. */
function transfers(grid: Uint8Array, people: readonly Author[]): readonly Written[] {
  const random = createRandom(1);
  return Array.from({ length: recordCount }, (_, index) => {
    const author = people[index % people.length] ?? new Author('nobody');
    const to = people[(index + 1 + random.next(people.length - 1)) % people.length]?.key ?? author.key;
    const memo = random.next(4) === 0 ? `invoice ${index}` : undefined;
    return author.write(grid, 'transfer', { to, amountStroops: BigInt(1 + random.next(1_000_000)), memo });
  });
}

/** libsodium alone, over the same messages. */
function verifyRaw(records: readonly Written[]): void {
  const isGood = records.every(({ signature, signedBytes, key }) => verifySodium(signature, signedBytes, key));
  if (!isGood) throw new Error('a good signature does not verify');
}

type Run = {
  readonly raw: number;
  readonly accepted: number;
  readonly executed: number;
  readonly endToEnd: number;
  readonly followed: number;
  readonly bytesPerRecord: number;
};

const sizeOf = (folder: string): number => statSync(join(folder, 'replica.db')).size;

/** Closing moves everything into the one file that is measured. */
function emptySize(folder: string, founding: Founding): number {
  openGuardian(folder, founding, () => founding.createdMs).close();
  return sizeOf(folder);
}

function once(folder: string, founding: Founding, records: readonly Written[]): Run {
  let nowMs = founding.createdMs;
  const guardian = openGuardian(join(folder, 'guardian'), founding, () => nowMs);
  const [raw, accepting, executing, following] = [new Stopwatch(), new Stopwatch(), new Stopwatch(), new Stopwatch()];
  for (let first = 0; first < records.length; first += perBlock) {
    for (let at = first; at < first + perBlock; at += batch) {
      const bytes = records.slice(at, at + batch).map((record) => record.bytes);
      accepting.run(() => admitAll(guardian, bytes));
    }
    raw.run(() => verifyRaw(records.slice(first, first + rawPerBlock)));
    nowMs += 100;
    executing.run(() => guardian.cut());
  }
  const head = guardian.query('head', null);
  if (head.recordCount !== records.length + 1) throw new Error(`${head.recordCount} records stand in the history`);

  const follower = openStore(join(folder, 'follower'), { how: 'join', grid: founding.grid });
  // Each with the one behind it, as a replica's queue hands them over.
  const blocks = Array.from({ length: head.height + 1 }, (_, height) => guardian.block(height));
  for (const [height, block] of blocks.entries()) following.run(() => follower.apply(block, blocks[height + 1]));
  if (follower.query('head', null).execHash !== head.execHash) throw new Error('the replicas differ');
  guardian.close();
  follower.close();

  const count = records.length;
  const bytes = sizeOf(join(folder, 'guardian')) - emptySize(join(folder, 'empty'), founding);
  return {
    raw: raw.perSecond((count / perBlock) * rawPerBlock),
    accepted: accepting.perSecond(count),
    executed: executing.perSecond(count),
    endToEnd: (count * 1000) / (accepting.ms + executing.ms),
    followed: following.perSecond(count),
    bytesPerRecord: bytes / count,
  };
}

async function run({ folder, say }: BenchContext): Promise<readonly Figure[]> {
  const people = Array.from({ length: authorCount }, (_, index) => new Author(`person ${index}`));
  const founding = foundGrid(people, 10n ** 10n, { createdMs: 1_700_000_000_000 });
  say(`signing ${counted(recordCount)} transfers of ${counted(authorCount)} people`);
  const records = transfers(founding.grid, people);
  const results = Array.from({ length: runs }, (_, index) => {
    say(`run ${index + 1} of ${runs}`);
    return once(join(folder, `run-${index}`), founding, records);
  });
  const raw = median(results.map((result) => result.raw));
  const wire = records.reduce((sum, { bytes }) => sum + bytes.length, 0) / recordCount;
  const rate = (what: 'accepted' | 'executed' | 'endToEnd' | 'followed', name: string): Figure => ({
    name: `ledger/${name}`,
    ...middleOf(results.map((result) => result[what])),
    unit: 'records/s',
    baseline: raw,
    against: 'raw libsodium verifications, one core',
  });
  return [
    rate('accepted', 'accepted'),
    rate('executed', 'executed'),
    rate('endToEnd', 'end-to-end'),
    rate('followed', 'followed'),
    {
      name: 'ledger/disk',
      ...middleOf(results.map(({ bytesPerRecord }) => bytesPerRecord)),
      unit: 'bytes/record',
      baseline: wire,
      against: 'the signed record as it travels',
    },
  ];
}

export const ledger: Bench = {
  name: 'ledger',
  title: 'Records accepted, executed and certified',
  how:
    `${counted(recordCount)} signed transfers by ${counted(authorCount)} people. accepted: the guardian's door (shape, grid, signature, chain), ` +
    `${batch} at a time. executed: blocks of ${counted(perBlock)}, from the door to a certified block in a real SQLite file with ` +
    'synchronous=FULL. end-to-end: both, one after the other. followed: another replica verifies and executes the same ' +
    'blocks. Signatures are judged on all cores as in every replica; the baseline uses one. disk: the whole database ' +
    '(records, indexes, ledger, history, versions) per record.',
  lacks: () => undefined,
  run,
};
