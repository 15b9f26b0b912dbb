// A bit flips in a file of a stopped guardian or member: its database, what SQLite keeps beside it, its feed, its nats-server's
// store. It is harmless, repaired from the others, or told by a code; no file is ever thrown away for it, and nobody goes on with
// books that are silently wrong.

import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, globSync, mkdirSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openToRead } from '../../bcdb/store/backup.ts';
import { Chain } from '../../bcdb/store/chain.ts';
import { gridRules } from '../../bcdb/store/grid-rules.ts';
import { openMeta } from '../../bcdb/store/meta.ts';
import { compareRows, rebuildInto, replaceByRebuilt } from '../../bcdb/store/rebuild.ts';
import { scrub } from '../../bcdb/store/scrub.ts';
import { verifySodium } from '../../bcdb/verify.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import type { Member } from '../../scripts/lab/member.ts';
import { needs } from '../support/needs.ts';
import type { Random } from '../support/random.ts';
import { rounds } from '../support/rounds.ts';
import { checkGrid } from './final-check.ts';
import { holds, LabGrid } from './lab-grid.ts';

const flips = rounds(2, 100);
/** What is told of a damaged file. */
const codes = /^(replica|guardian|cbor)\//;

/** Holes in files stay holes. */
const copy = (from: string, to: string): void => {
  rmSync(to, { recursive: true, force: true });
  execFileSync('cp', ['-a', '--sparse=always', from, to]);
};

/** Files with something in them; the database as often as all others together. */
function chooseFile(folder: string, random: Random): string {
  const files = globSync('**/*', { cwd: folder }).filter((name) => {
    const stat = statSync(join(folder, name));
    return stat.isFile() && stat.size > 0 && stat.blocks > 0 && !name.endsWith('-shm') && !name.includes('damaged');
  });
  const wantsDatabase = random.next() < 0.5;
  const group = files.filter((name) => name.startsWith('replica.db') === wantsDatabase);
  return random.pick(group.length > 0 ? group : files);
}

/** Flips one bit of a byte that is not in a hole. */
function flip(path: string, random: Random): number {
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    let offset = 0;
    for (let tries = 0; tries < 1000 && (byte[0] === 0 || tries === 0); tries++) {
      offset = random.between(0, statSync(path).size);
      readSync(file, byte, 0, 1, offset);
    }
    byte[0] = (byte[0] ?? 0) ^ (1 << random.between(0, 8));
    writeSync(file, byte, 0, 1, offset);
    return offset;
  } finally {
    closeSync(file);
  }
}

const parts = { rules: gridRules, verify: verifySodium };

/** What `npm run replica -- scrub --deep` finds: all that is stored against its hashes, then every row against a rebuild. */
function findingsIn(folder: string, scratch: string): readonly string[] {
  try {
    return differencesIn(folder, scratch);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [String(error)]; // it cannot even be read
  }
}

function differencesIn(folder: string, scratch: string): readonly string[] {
  const db = openToRead(join(folder, 'replica.db'));
  try {
    const { findings } = scrub(db, verifySodium);
    if (findings.length > 0) return findings.map(({ where, what }) => `${where}: ${what}`);
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch);
    rebuildInto(scratch, db, parts);
    const rebuilt = openToRead(join(scratch, 'replica.db'));
    try {
      return compareRows(db, rebuilt);
    } finally {
      rebuilt.close();
    }
  } finally {
    db.close();
  }
}

/** What `npm run replica -- rebuild --from` does: damaged blocks come from somebody else. False: there is nothing to build on. */
function rebuild(folder: string, from: string): boolean {
  const db = openToRead(join(from, 'replica.db'));
  try {
    const chain = new Chain(db, openMeta(db));
    const { aside } = replaceByRebuilt(folder, { ...parts, fetch: (height) => chain.blockBytes(height) }, new Date());
    holds('what was damaged is kept', existsSync(join(folder, aside)));
    return true;
  } catch (error) {
    holds(`a code, not ${String(error)}`, codes.test(codeOf(error) ?? ''));
    return false;
  } finally {
    db.close();
  }
}

needs('netns', 'nats')('a bit that flips on disk', () => {
  let grid: LabGrid | undefined;
  afterEach(() => grid?.end());

  /** Up, and with everybody else's head; or the code that says why not. */
  async function comesBack(lab: LabGrid, victim: Member): Promise<string | null> {
    try {
      await lab.restart(victim);
      const [head] = await lab.heads(lab.payers);
      let alarm: string | null = null;
      await lab.until('the victim to come along, or to say why not', async () => {
        const view = await victim.call('state', null);
        alarm = view.state === 'stopped' ? (view.alarm?.code ?? 'stopped') : null;
        return alarm !== null || (view.head?.height ?? -1) >= (head?.height ?? 0);
      });
      return alarm;
    } catch (error) {
      return codeOf(error) ?? String(error);
    }
  }

  it(`${flips} times: harmless, repaired or told; never silently wrong, and nothing thrown away`, async () => {
    grid = new LabGrid({ payers: 1 });
    await grid.start();
    const { random, guardians, members, root } = grid;
    const outcomes: string[] = [];
    for (let round = 0; round < flips; round++) {
      const victim = random.pick([guardians[3], members[1]].filter((each) => each !== undefined));
      const { folder } = victim.options;
      const backup = join(root, 'backup');
      await grid.payOne();
      await (random.next() < 0.5 ? victim.stop() : victim.crash());
      copy(folder, backup);
      const name = chooseFile(folder, random);
      const offset = flip(join(folder, name), random);
      const code = await comesBack(grid, victim);
      holds(`a code, not ${code}`, code === null || codes.test(code));
      holds('the database is still there', existsSync(join(folder, 'replica.db')));
      // It may go on without having read what is wrong: looking it over finds that.
      await victim.stop();
      const findings = findingsIn(folder, join(root, 'scratch'));
      const isDamaged = code !== null || findings.length > 0;
      const isRebuilt = isDamaged && rebuild(folder, grid.payers[0]?.options.folder ?? '');
      // What a person does when even that cannot be: puts a copy back.
      if (isDamaged && !isRebuilt) copy(backup, folder);
      const repair = isRebuilt ? 'rebuilt' : 'copy put back';
      outcomes.push(
        `${victim.name} ${name}@${offset}: ${code ?? 'went on'}; ${findings[0] ?? 'nothing found'}; ${isDamaged ? repair : 'harmless'}`,
      );
      const again = await comesBack(grid, victim);
      holds(`${outcomes.at(-1)}; then ${again}`, again === null);
    }
    console.log(outcomes.join('\n'));
    await grid.payOne();
    await grid.settle();
    await grid.stop();
    const { records, blocks } = checkGrid(grid, { damaged: ['guardian-3'] });
    expect(outcomes).toHaveLength(flips);
    console.log(`corrupt: ${flips} rounds, seed ${random.seed}, ${records} records, ${blocks} blocks`);
  });
});
