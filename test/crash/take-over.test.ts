// The moment at which a verified history takes the place of a light replica's own: killed before any write of it, and on a
// disk without room for it. Each time the replica has its head and its outbox, and a later try comes to the end.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openTestStore } from '../support/bcdb-store.ts';
import { needs } from '../support/needs.ts';
import { Random } from '../support/random.ts';
import { rounds } from '../support/rounds.ts';
import { fillDisk, freeDisk, keepFull } from '../support/small-disk.ts';
import {
  checkStanding,
  checkWhole,
  type HalfLight,
  handIn,
  makeHalfLight,
  openWatched,
  type Watched,
} from './half-light.ts';

const kills = rounds(8, 400);
const fills = rounds(8, 200);
const entry = fileURLToPath(new URL('./entry-take-over.ts', import.meta.url));
/** Everything by which a file changes, or reaches the disk. */
const calls = ['rename', 'unlink', 'unlinkat', 'rmdir', 'ftruncate', 'fsync', 'fdatasync', 'pwrite64'];

let root = '';
let half: HalfLight;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'take-over-'));
  half = makeHalfLight(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function copyTo(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  cpSync(half.folder, folder, { recursive: true });
  return folder;
}

/** Its writes are those of the store alone: node keeps no compiled code meanwhile. */
const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };

/** Runs it under a tracer; answers the signal that ended it. */
function run(folder: string, options: readonly string[]): string | null {
  const command = ['-D', '-f', '-qqq', ...options, process.execPath, entry, folder];
  return spawnSync('strace', command, { env, stdio: ['ignore', 'ignore', 'inherit'] }).signal;
}

type Moment = { readonly call: string; readonly count: number };

/** Every call of a take-over that nobody disturbs, as the how-many-eth of its kind in the thread that does it. */
function momentsOf(folder: string): readonly Moment[] {
  const log = join(root, 'trace');
  run(folder, ['-o', log, `--trace=access,faccessat,faccessat2,${calls.join()}`]);
  const lines = readFileSync(log, 'utf8').split('\n');
  const begin = lines.findIndex((line) => line.includes('the-take-over-begins'));
  expect(begin).toBeGreaterThan(0);
  const counts = new Map<string, number>();
  return lines.flatMap((line, index) => {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined || !calls.includes(call)) return [];
    const count = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, count);
    return index > begin ? [{ call, count }] : [];
  });
}

needs('strace')('a take-over', () => {
  it(`killed before any of its writes, ${kills} times, loses nothing and comes to its end`, async () => {
    const random = Random.fromEnv();
    const moments = momentsOf(copyTo(join(root, 'undisturbed')));
    checkWhole(half, join(root, 'undisturbed'), [half.waiting]);
    // Most are writes of one page: the others, where one file takes the place of another, have their turn as often.
    const rare = moments.filter(({ call }) => call !== 'pwrite64');
    const seen: string[] = [];
    for (let round = 0; round < kills; round++) {
      const folder = copyTo(join(root, 'killed'));
      const { call, count } = random.pick(round % 2 === 0 ? rare : moments);
      const inject = `--inject=${call}:signal=SIGKILL:when=${count}`;
      const where = `seed ${random.seed}, round ${round}: before ${call} ${count}`;
      const signal = run(folder, ['-o', '/dev/null', `--trace=${call}`, inject]);
      expect({ where, signal }).toEqual({ where, signal: 'SIGKILL' });
      const between = openTestStore({ how: 'open' }, { folder });
      seen.push(`${call} ${count}: ${checkStanding(between)}`);
      between.store.close();
      const watched = await openWatched(folder);
      const { id = '' } = await handIn(watched, half);
      const { floor } = await watched.store.call('takeOver', 'archive');
      expect({ where, floor }).toEqual({ where, floor: 0 });
      await watched.store.close();
      checkWhole(half, folder, [half.waiting, id]);
      openTestStore({ how: 'open' }, { folder }).store.close();
      const isLeft = existsSync(join(folder, 'verify'));
      expect({ where, isLeft }).toEqual({ where, isLeft: false });
    }
    console.log(`take-over: ${moments.length} moments, seed ${random.seed}; killed before ${seen.join(', ')}`);
  });
});

const withMount = needs('netns');
withMount('a take-over on a full disk', () => {
  const disk = (): string => join(root, 'disk');
  let watched: Watched | undefined;
  beforeAll(() => {
    mkdirSync(disk());
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk()]);
  });
  afterEach(() => watched?.store.close());
  afterAll(() => void execFileSync('umount', [disk()]));

  it(`with ${fills} different amounts of room: says so, loses nothing, and goes on when there is more`, async () => {
    const random = Random.fromEnv();
    const seen: string[] = [];
    for (let round = 0; round < fills; round++) {
      const folder = copyTo(join(disk(), 'replica'));
      watched = await openWatched(folder);
      const isGreedy = round % 2 === 1;
      const kibibytes = isGreedy ? random.between(1000, 16_000) : random.between(0, 2 ** random.between(3, 11));
      fillDisk(disk(), kibibytes * 1024);
      const callOff = isGreedy ? keepFull(disk()) : () => undefined;
      const outcome = await watched.store.call('takeOver', 'archive').then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
      expect(['done', 'replica/disk-full'], `seed ${random.seed}, ${kibibytes} KiB`).toContain(outcome);
      const alarm = watched.alarms.at(-1);
      expect(outcome === 'done' || (alarm?.code === outcome && alarm?.retry)).toBe(true);
      const early = await handIn(watched, half);
      callOff();
      seen.push(`${kibibytes} KiB${isGreedy ? ' shared' : ''}: ${outcome}, ${early.code ?? 'taken'}`);
      freeDisk(disk());
      expect((await watched.store.call('takeOver', 'archive')).floor).toBe(0);
      const id = early.id ?? (await handIn(watched, half)).id ?? '';
      expect((await watched.store.call('info')).alarm).toBeNull();
      await watched.store.close();
      checkWhole(half, folder, [half.waiting, id]);
    }
    console.log(`take-over: seed ${random.seed}; with ${seen.join('; ')}`);
    expect(seen.some((line) => line.includes('disk-full'))).toBe(true);
  });
});
