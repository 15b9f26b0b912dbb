/**
 * Keeps the tables beside the state (migration-4) in step with each block, inside its transaction: aggregates, and the texts
 * that are searched. Not hashed: they follow from the state, and `rebuildSideTables` makes them again from it.
 */
import type { StateKind } from '../../state.ts';
import { decodeObject } from '../codec.ts';
import { currentTables } from '../current-tables.ts';
import { blob, type Db, hexOf } from '../database.ts';
import type { Changed } from '../sql-state.ts';
import { aggregateWriter, type Change, differenceOf } from './aggregates.ts';
import { countryName } from './farm-table.ts';

export type SideTables = {
  /** After the block's objects stand in their tables. */
  write(changes: readonly Change[]): void;
};

type Texts = readonly [name: string, city: string, country: string];

/** What an object is found by; undefined: it is not searched. */
function textsOf(change: Changed | undefined): Texts | undefined {
  if (change?.kind === 'profile') return [change.value.name, '', ''];
  if (change?.kind === 'farm') return [change.value.name, change.value.city, countryName(change.value.country)];
  return undefined;
}

const isSame = (a: Texts | undefined, b: Texts): boolean => a?.every((text, at) => text === b[at]) === true;

/** Prepares all statements once. */
export function openSideTables(db: Db): SideTables {
  const addSums = aggregateWriter(db);
  const place = db
    .prepare<[string, Buffer], number>(
      // The update changes nothing; it is how the row number of an item that is there comes back.
      `INSERT INTO search_items (kind, key) VALUES (?, ?) ON CONFLICT (kind, key) DO UPDATE SET key = excluded.key
       RETURNING position`,
    )
    .pluck();
  const setTexts = db.prepare('INSERT OR REPLACE INTO search_texts (rowid, name, city, country) VALUES (?, ?, ?, ?)');
  const contractAt = db.prepare<[Buffer], number>('SELECT position FROM contracts WHERE key = ?').pluck();
  const setTitle = db.prepare('INSERT OR REPLACE INTO contract_titles (rowid, title) VALUES (?, ?)');

  function setSearch({ before, after }: Change): void {
    const texts = textsOf(after);
    if (texts === undefined || isSame(textsOf(before), texts)) return;
    const position = place.get(after.kind, blob(after.key));
    if (position !== undefined) setTexts.run(position, ...texts);
  }

  function setContractTitle({ before, after }: Change): void {
    if (after.kind !== 'contract') return;
    if (before?.kind === 'contract' && before.value.title === after.value.title) return;
    const position = contractAt.get(blob(after.key));
    if (position !== undefined) setTitle.run(position, after.value.title);
  }

  return {
    write(changes) {
      addSums(differenceOf(changes));
      for (const change of changes) {
        setSearch(change);
        setContractTitle(change);
      }
    },
  };
}

const tables = {
  account: 'accounts',
  profile: 'profiles',
  farm: 'farms',
  node: 'nodes',
  contract: 'contracts',
} as const satisfies { readonly [K in StateKind]?: string };

/** Rows read at a time: what a big grid costs in memory while its side tables are made. */
const batchRows = 1000;

/**
 * Makes the side tables from the state as it stands: after a migration, and after a state that came from elsewhere (a
 * snapshot). Inside a transaction of the caller's.
 */
export function rebuildSideTables(db: Db): void {
  db.exec(`
    DELETE FROM aggregates;
    DELETE FROM search_items;
    DELETE FROM search_texts;
    DELETE FROM contract_titles;
  `);
  const side = openSideTables(db);
  const current = currentTables(db);
  for (const [kind, table] of Object.entries(tables) as [keyof typeof tables, string][]) {
    const page = db.prepare<[number, number], { position: number; key: Buffer }>(
      `SELECT position, key FROM ${table} WHERE position > ? ORDER BY position LIMIT ?`,
    );
    for (let rows = page.all(0, batchRows); rows.length > 0; rows = page.all(rows.at(-1)?.position ?? 0, batchRows)) {
      side.write(
        rows.flatMap(({ key }) => {
          const bytes = current.read(kind, hexOf(key));
          if (bytes === undefined) return [];
          const after = { kind, key: hexOf(key), value: decodeObject(kind, bytes) } as Changed;
          return [{ before: undefined, after }];
        }),
      );
    }
  }
}
