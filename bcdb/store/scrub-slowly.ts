/**
 * A scrub in small steps, for a replica that runs: one height, one check or one table at a time, on a connection that only reads,
 * from a place that outlives the process. After the last step it begins again.
 */
import * as v from 'valibot';
import { equalBytes } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import type { Verify } from '../../core/keys.ts';
import { hash32, integer } from '../../core/schema.ts';
import type { Db } from './database.ts';
import { checkFile, type Finding, noteIn, otherChecks } from './scrub.ts';
import { type BlockScrub, firstPlace, openBlockScrub } from './scrub-blocks.ts';

/** What a step found, and where the next one begins. */
export type ScrubStep = {
  readonly place: Uint8Array;
  readonly findings: readonly Finding[];
  /** How many steps a whole round has at present. */
  readonly steps: number;
  /** The round ended with this step. */
  readonly isEnd: boolean;
};

export type SlowScrub = {
  /** `place`: undefined for the beginning. */
  step(place: Uint8Array | undefined): ScrubStep;
};

/** Stage 0: blocks from a height on; then one check or table a stage. */
const placeSchema = v.strictTuple([
  integer(0),
  integer(0),
  v.nullable(v.array(v.strictObject({ size: integer(1), hash: hash32 }))),
]);
type Place = v.InferOutput<typeof placeSchema>;

const beginning: Place = [0, firstPlace.height, [...(firstPlace.peaks ?? [])]];

/** A place of another version of the app means the beginning. */
const placeIn = (bytes: Uint8Array | undefined): Place => {
  if (bytes === undefined) return beginning;
  const read = v.safeParse(placeSchema, decode(bytes));
  return read.success ? read.output : beginning;
};

export function openSlowScrub(db: Db, verify: Verify): SlowScrub {
  const tablesOf = db
    .prepare<[], string>(
      `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .pluck();
  const newestOf = db.prepare<[], number>('SELECT coalesce(max(height), -1) FROM blocks').pluck();
  /** Goes on with what it had in memory, as long as it is asked for the next step each time. */
  let going: { readonly blocks: BlockScrub; readonly findings: Finding[]; readonly next: Uint8Array } | undefined;

  function stepBlocks(bytes: Uint8Array | undefined, [, height, peaks]: Place): Omit<ScrubStep, 'steps'> {
    if (going === undefined || bytes === undefined || !equalBytes(going.next, bytes)) {
      const findings: Finding[] = [];
      going = { findings, blocks: openBlockScrub(db, verify, noteIn(findings), { height, peaks }), next: encode(null) };
    }
    const { blocks, findings } = going;
    const isMore = blocks.step();
    const at = blocks.place;
    const place = encode(isMore ? [0, at.height, at.peaks] : [1, 0, null]);
    going = isMore ? { ...going, next: place } : undefined;
    return { place, findings: findings.splice(0), isEnd: false };
  }

  function stepOther(stage: number, tables: readonly string[]): Omit<ScrubStep, 'steps'> {
    const findings: Finding[] = [];
    const note = noteIn(findings);
    const check = otherChecks[stage - 1];
    const table = tables[stage - 1 - otherChecks.length];
    if (check !== undefined) note(check[0], null, () => db.transaction(() => check[1](db, verify))());
    else if (table !== undefined) note(`table ${table}`, null, () => checkFile(db, table));
    const isEnd = stage >= otherChecks.length + tables.length;
    return { place: encode(isEnd ? beginning : [stage + 1, 0, null]), findings, isEnd };
  }

  return {
    step(bytes) {
      const place = placeIn(bytes);
      const [stage] = place;
      const tables = tablesOf.all();
      const done = stage === 0 ? stepBlocks(bytes, place) : stepOther(stage, tables);
      return { ...done, steps: (newestOf.get() ?? 0) + 1 + otherChecks.length + tables.length };
    },
  };
}
