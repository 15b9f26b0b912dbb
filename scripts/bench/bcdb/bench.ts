// The whole database: records a second through one guardian and into a replica that is new, as a share of what the cores can
// verify; the same work on OrbitDB; what a million records weigh on disk, on the wire and in memory.

import { join } from 'node:path';
import { openGuardian } from '../bench-grid.ts';
import { type Bench, type BenchContext, counted, type Figure } from '../figure.ts';
import { median, middleOf } from '../statistics.ts';
import { verifyOnAllCores } from './all-cores.ts';
import type { Newcomer } from './entry-newcomer.ts';
import { guardianFigures, lacksServer } from './guardian-figures.ts';
import { firstSnapshotHeight, lightStart } from './light.ts';
import { openAgain, runNewcomer } from './newcomer.ts';
import { installOrbitDb, type OrbitDb, runOrbitDb } from './orbitdb.ts';
import { runSolo, type Solo } from './solo.ts';
import { createdMs, payers, signedTransfers } from './transfers.ts';

const defaultCount = 1_000_000;
/** OrbitDB appends a few hundred a second. */
const orbitCount = 1000;
const openRuns = 5;

const allCores = 'raw libsodium verifications, all cores';

const soloFigures = ({ accepted, executed, endToEnd }: Solo, raw: number): readonly Figure[] => {
  const rate = (name: string, value: number): Figure => ({
    name: `bcdb/solo/${name}`,
    value,
    unit: 'records/s',
    baseline: raw,
    against: allCores,
  });
  return [rate('accepted', accepted), rate('executed', executed), rate('end-to-end', endToEnd)];
};

/** How long it took up to 100,000 and up to all records, beside checking their signatures alone. */
function newcomerFigures({ marks }: Newcomer, raw: number): readonly Figure[] {
  const [first, last] = [marks[0], marks.at(-1)];
  const shown = first?.records === last?.records ? [last] : [first, last];
  return shown.flatMap((mark) =>
    mark === undefined
      ? []
      : [
          {
            name: `bcdb/newcomer/full/${mark.records - 1}`,
            value: mark.ms / 1000,
            unit: 's',
            baseline: mark.records / raw,
            against: 'verifying as many signatures on all cores',
          },
        ],
  );
}

/** Ours beside OrbitDB's, measured in the same run on entries of the same size. */
function besideOrbitDb(
  orbit: OrbitDb,
  ours: { readonly written: number; readonly replicated: number; readonly disk: number },
) {
  const figure = (name: string, value: number, baseline: number, unit: string, against: string): Figure => ({
    name: `bcdb/beside-orbitdb/${name}`,
    value,
    unit,
    baseline,
    against,
  });
  const written = (orbit.count * 1000) / orbit.appendMs;
  const replicated = (orbit.replicated * 1000) / orbit.replicateMs;
  return [
    figure('written', ours.written, written, 'records/s', 'OrbitDB, signed appends by one peer'),
    figure('replicated', ours.replicated, replicated, 'records/s', 'OrbitDB, fetched and verified by a second peer'),
    figure('disk', ours.disk, orbit.diskBytes / orbit.count, 'bytes/record', 'OrbitDB, one peer'),
  ];
}

function weightFigures(
  { diskBytes, wireBytes, rssBytes, emptyRssBytes }: Newcomer,
  count: number,
  recordBytes: number,
) {
  const megabyte = 2 ** 20;
  return [
    {
      name: 'bcdb/disk',
      value: diskBytes / count,
      unit: 'bytes/record',
      baseline: recordBytes,
      against: 'the signed record as it travels',
    },
    {
      name: 'bcdb/wire',
      value: wireBytes / count,
      unit: 'bytes/record',
      baseline: recordBytes,
      against: 'the signed record as it travels',
    },
    {
      name: 'bcdb/memory',
      value: rssBytes / megabyte,
      unit: 'MiB',
      baseline: emptyRssBytes / megabyte,
      against: 'the same process with the genesis alone',
    },
  ];
}

/** Beside how long it took to verify and execute as many records. */
function lightFigures(folder: string, full: string, { marks }: Newcomer): readonly Figure[] {
  const last = marks.at(-1);
  if (last === undefined) return [];
  const { ms, records } = lightStart(join(folder, 'light'), full);
  return [
    {
      name: `bcdb/newcomer/light/${records - 1}`,
      value: ms / 1000,
      unit: 's',
      baseline: (last.ms / 1000 / last.records) * records,
      against: 'verifying and executing them',
    },
  ];
}

async function openFigure(folder: string, full: string): Promise<Figure> {
  const empty = join(folder, 'empty');
  openGuardian(empty, payers().founding, () => createdMs).close();
  const [fullMs, emptyMs]: [number[], number[]] = [[], []];
  for (let run = 0; run < openRuns; run++) {
    fullMs.push(await openAgain(full));
    emptyMs.push(await openAgain(empty));
  }
  const against = 'the same grid with nothing but its genesis';
  return { name: 'bcdb/open', ...middleOf(fullMs), unit: 'ms', baseline: median(emptyMs), against };
}

async function run({ folder, say, records: count = defaultCount }: BenchContext): Promise<readonly Figure[]> {
  const { founding } = payers();
  const inOrder = await signedTransfers(count, say);
  let recordBytes = 0;
  for (const record of inOrder()) recordBytes += record.length / count;

  const why = installOrbitDb(say);
  if (why !== undefined) say(`not beside OrbitDB: ${why}`);
  const orbit =
    why === undefined ? await runOrbitDb(join(folder, 'orbitdb'), orbitCount, Math.round(recordBytes)) : undefined;

  say(`${counted(count)} records through one guardian`);
  const blocks = join(folder, 'blocks');
  const solo = await runSolo(join(folder, 'guardian'), { records: inOrder(), count, blocks }, say);
  say(`a new replica takes them`);
  const full = join(folder, 'newcomer');
  const newcomer = await runNewcomer(full, blocks, founding.grid);
  if (newcomer.execHash !== solo.execHash) throw new Error('the replicas differ');
  const raw = median([...solo.raw, await verifyOnAllCores(solo.claims)]);
  const noServer = await lacksServer();
  if (noServer !== undefined) say(`not with several guardians: ${noServer}`);
  const guardians =
    noServer === undefined ? await guardianFigures(folder, say, () => verifyOnAllCores(solo.claims)) : [];
  const replicated = (count * 1000) / (newcomer.marks.at(-1)?.ms ?? Number.NaN);
  const ours = { written: solo.endToEnd, replicated, disk: newcomer.diskBytes / count };
  return [
    ...soloFigures(solo, raw),
    ...guardians,
    ...newcomerFigures(newcomer, raw),
    ...(newcomer.height < firstSnapshotHeight ? [] : lightFigures(folder, full, newcomer)),
    ...(orbit === undefined ? [] : besideOrbitDb(orbit, ours)),
    ...weightFigures(newcomer, count, recordBytes),
    await openFigure(folder, full),
  ];
}

export const bcdb: Bench = {
  name: 'bcdb',
  title: 'The blockchain database',
  how:
    `${counted(defaultCount)} signed payments among 1,000 people (\`--records=N\` for another number), signed before. solo: ` +
    'through the door of one guardian (shape, grid, signature, chain; 100 at a time) into certified blocks of 2,000 in a ' +
    'SQLite file with synchronous=FULL. finality: 60 payments, one after the other, from the door of a guardian to a ' +
    'certified block on its disk, each guardian a process with a nats-server of its own (one alone needs no stream). ' +
    'guardians/3: 10,000 payments handed to one of three, final on all. newcomer/full: a new replica, in a process of its own, verifies every signature ' +
    'and executes every block, to 100,000 and to all records. newcomer/light: another one stands on the newest snapshot, every piece proven, and ' +
    'answers a first question. beside-orbitdb: @orbitdb/core with Helia on the same ' +
    `machine in the same run, ${counted(orbitCount)} signed appends of the same size, and a second peer on loopback that fetches and ` +
    'verifies them. disk: the whole database, with ledger, history and versions. wire: blocks as they travel. memory: ' +
    'resident, with the process around it. open: until the head is known, in a new thread.',
  lacks: () => undefined,
  run,
};
