/**
 * Looks a replica's database over, reading only: every block against its header, certificate and records, every version
 * against the execution hashes, statements against balances, objects against the last state root, a guardian's promises against
 * its signatures, the file against SQLite's own check. What cannot be seen this way (columns and indexes that queries use) a
 * rebuild shows: see rebuild.ts. In small steps while a replica runs: scrub-slowly.ts.
 */
import { codeOf } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { type Db, isStorageError } from './database.ts';
import { openBlockScrub } from './scrub-blocks.ts';
import { objectChecks } from './scrub-objects.ts';
import { promiseChecks } from './scrub-promises.ts';

/** Something that is not as it must be. `height`: the block to fetch again, where it is one. */
export type Finding = { readonly where: string; readonly what: string; readonly height: number | null };

export type ScrubReport = {
  readonly findings: readonly Finding[];
  readonly blocks: number;
  readonly records: number;
  readonly isWhole: boolean;
};

const mostFindings = 100;

/** Runs one check; whatever it throws, also SQLite on a page that it cannot read, is a finding. */
export type Note = (where: string, height: number | null, check: () => string | undefined) => void;

/** A check that is done at once. `verify`: null leaves signatures out. */
export type Check = readonly [where: string, check: (db: Db, verify: Verify | null) => string | undefined];

/** Puts what is found into `findings`, up to a limit. */
export const noteIn =
  (findings: Finding[]): Note =>
  (where, height, check) => {
    if (findings.length >= mostFindings) return;
    try {
      const what = check();
      if (what !== undefined) findings.push({ where, what, height });
    } catch (error) {
      const what = isStorageError(error) || codeOf(error) !== undefined ? String(error) : `unreadable: ${error}`;
      findings.push({ where, what, height });
    }
  };

/** What SQLite says of a table with its indexes, or of the whole file. */
export function checkFile(db: Db, table?: string): string | undefined {
  const of = table === undefined ? '10' : `'${table}'`;
  const rows = db.pragma(`integrity_check(${of})`) as { integrity_check: string }[];
  const [first] = rows;
  return first?.integrity_check === 'ok' ? undefined : rows.map((row) => row.integrity_check).join('; ');
}

/** All that is not done height by height. */
export const otherChecks: readonly Check[] = [...objectChecks, ...promiseChecks];

/** `verify`: null leaves signatures out. */
export function scrub(db: Db, verify: Verify | null): ScrubReport {
  const findings: Finding[] = [];
  const note = noteIn(findings);
  let counted = { blocks: 0, records: 0 };
  note('file', null, () => checkFile(db));
  note('blocks', null, () => {
    const blocks = openBlockScrub(db, verify, note);
    while (blocks.step());
    ({ counted } = blocks);
    return undefined;
  });
  for (const [where, check] of otherChecks) note(where, null, () => db.transaction(() => check(db, verify))());
  return { findings, ...counted, isWhole: findings.length === 0 };
}
