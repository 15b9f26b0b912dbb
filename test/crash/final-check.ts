// What must hold after any fault, read from the databases of stopped replicas: the same history and the same books everywhere,
// every acknowledged payment in it, once; the money of the genesis; no guardian that said two things.

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { decodeHeader, headerHash } from '../../core/block.ts';
import { toHex } from '../../core/bytes.ts';
import { decode } from '../../core/cbor.ts';
import { type LabGrid, moneyOfPayer } from './lab-grid.ts';
import { saidIn } from './stream-files.ts';

type Row = Readonly<Record<string, unknown>>;

/** Everything that must be the same on all. */
type Book = {
  readonly integrity: unknown;
  readonly blocks: readonly Row[];
  readonly records: readonly Row[];
  readonly accounts: readonly Row[];
  readonly authors: readonly Row[];
  readonly totals: readonly Row[];
  readonly history: readonly Row[];
  readonly evidence: readonly Row[];
  /** What this guardian signed. */
  readonly signed: readonly { readonly height: number; readonly epoch: number; readonly hash: string }[];
};

function bookOf(folder: string): Book {
  const db = new Database(join(folder, 'replica.db'), { readonly: true });
  const all = <R = Row>(sql: string): readonly R[] => db.prepare(sql).all() as R[];
  try {
    return {
      integrity: db.pragma('integrity_check', { simple: true }),
      blocks: all(
        'SELECT height, hex(hash) AS hash, hex(exec_hash) AS exec_hash, hex(header) AS header FROM blocks ORDER BY height',
      ),
      records: all(
        'SELECT position, lower(hex(id)) AS id, seq, kind, verdict, is_counted, hex(bytes) AS bytes FROM records ORDER BY position',
      ),
      accounts: all('SELECT lower(hex(key)) AS key, balance, locked FROM accounts ORDER BY key'),
      authors: all('SELECT hex(key) AS key, seq, hex(last) AS last FROM authors ORDER BY key'),
      totals: all("SELECT hex(value) AS value FROM singletons WHERE kind = 'totals'"),
      history: all('SELECT * FROM ledger ORDER BY position'),
      evidence: all('SELECT what, height, detail FROM evidence'),
      signed: all('SELECT height, epoch, hex(hash) AS hash FROM signed ORDER BY height, epoch'),
    };
  } finally {
    db.close();
  }
}

/** Headers by place; more than one at a place is a lie or a disaster. */
class Places {
  readonly #hashes = new Map<string, Set<string>>();
  add(place: string, hash: string): void {
    this.#hashes.set(place, (this.#hashes.get(place) ?? new Set()).add(hash));
  }
  get size(): number {
    return this.#hashes.size;
  }
  contradictions(): readonly string[] {
    return [...this.#hashes].filter(([, hashes]) => hashes.size > 1).map(([place]) => place);
  }
}

/** Prepares and shares of certificates in the streams' files: what each guardian said of a height in an epoch. */
function statementsOf(grid: LabGrid): Places {
  const places = new Places();
  for (const { options } of grid.guardians) {
    for (const { epoch, message } of saidIn(join(options.folder, 'sequencer'))) {
      if (message.kind !== 'prepare' && message.kind !== 'commit') continue;
      const { headerBytes, kind } = message;
      const guardian = kind === 'commit' ? message.guardian : (decode(message.signed) as Uint8Array[])[1];
      const { height } = decodeHeader(headerBytes);
      places.add(`${kind} ${toHex(guardian ?? headerBytes)} ${epoch} ${height}`, toHex(headerHash(headerBytes)));
    }
  }
  return places;
}

export type Checked = { readonly records: number; readonly blocks: number; readonly statements: number };

/**
 * Everybody has stopped in order after `settle`. `allowed`: evidence of lies that the test told itself. `damaged`: hosts whose own
 * notes of what they signed were damaged; what they said in the streams counts all the same.
 */
export function checkGrid(
  grid: LabGrid,
  { allowed = [], damaged = [] }: { readonly allowed?: readonly string[]; readonly damaged?: readonly string[] } = {},
): Checked {
  const books = grid.all.map(({ name, options }) => ({ name, ...bookOf(options.folder) }));
  const [first] = books;
  if (first === undefined) throw new Error('nobody');
  const heights = Math.min(...books.map(({ blocks }) => blocks.length));
  const taken = grid.payers.flatMap((payer) => payer.taken);
  for (const book of books) {
    const { name, integrity, blocks, records, accounts, authors, totals, history } = book;
    const evidence = book.evidence.filter(({ what }) => !allowed.includes(String(what)));
    expect({ name, integrity, evidence }).toEqual({ name, integrity: 'ok', evidence: [] });
    expect({ name, blocks: blocks.slice(0, heights) }).toEqual({ name, blocks: first.blocks.slice(0, heights) });
    // After `settle` come empty blocks only.
    expect({ name, records, accounts, authors, totals, history }).toEqual({
      name,
      history: first.history,
      records: first.records,
      accounts: first.accounts,
      authors: first.authors,
      totals: first.totals,
    });
  }
  const counted = first.records.filter(({ is_counted, verdict }) => is_counted === 1 && verdict === 'ok');
  const payments = counted.filter(({ kind }) => kind === 'transfer').length;
  const ids = new Set(counted.map(({ id }) => String(id)));
  expect(ids.size, 'each record counts once').toBe(counted.length);
  expect(
    taken.filter((id) => !ids.has(id)),
    `lost of ${taken.length} (seed ${grid.random.seed})`,
  ).toEqual([]);

  const money = first.accounts.reduce((sum, { balance, locked }) => sum + Number(balance) + Number(locked), 0);
  expect(money, 'money of the genesis').toBe(Number(moneyOfPayer) * grid.payers.length);
  const received = first.accounts.find(({ key }) => key === toHex(grid.receiver.key));
  expect(Number(received?.['balance']), 'each payment moved one stroop, once').toBe(payments);

  const signed = new Places();
  for (const { name, signed: rows } of books)
    if (!damaged.includes(name)) for (const { height, epoch, hash } of rows) signed.add(`${epoch} ${height}`, hash);
  expect(signed.contradictions(), 'headers signed at one height in one epoch').toEqual([]);
  const said = statementsOf(grid);
  expect(said.contradictions(), 'two statements of one guardian').toEqual([]);
  expect(said.size).toBeGreaterThan(heights);
  return { records: counted.length, blocks: heights, statements: said.size };
}
