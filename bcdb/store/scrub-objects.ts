/** The part of a scrub about the state: objects against their versions and the last certified root, statements against balances. */
import { decodeHeader } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { bucketHash, StateNodes, stateLeaf } from '../../core/state-tree.ts';
import { Chain } from './chain.ts';
import { decodeObject } from './codec.ts';
import { type Db, hexOf, plain } from './database.ts';
import { incomingOf } from './executor.ts';
import { openMeta } from './meta.ts';
import type { Check } from './scrub.ts';
import { fastSha256 } from './sha256.ts';
import { isSameKey } from './short-key.ts';
import { createItemReaderAt } from './state-items.ts';
import { readEntries, subjectOf, treeStore } from './tree-store.ts';

/** One after the other, each of one moment. */
export const objectChecks: readonly Check[] = [
  ['ledger', checkLedger],
  ['accounts', checkAccounts],
  ['objects', checkCurrent],
  ['due', checkDue],
  ['authors', checkAuthors],
  ['state tree', checkTree],
  ['outbox', checkOutbox],
];

type LedgerRow = { account: Buffer; delta: bigint; balance: bigint };

/** Every line carries the balance after it, the last one the account's. */
function checkLedger(db: Db): string | undefined {
  const lines = db
    .prepare<[], LedgerRow>('SELECT account, delta, balance FROM ledger ORDER BY account, position')
    .safeIntegers();
  const balanceOf = db.prepare<[Buffer], bigint>('SELECT balance FROM accounts WHERE key = ?').pluck().safeIntegers();
  // Below a snapshot nothing is kept: the first line there says where it began.
  const isWhole = new Chain(db, openMeta(db)).floor === 0;
  let last: LedgerRow | undefined;
  const isEnd = (line: LedgerRow): boolean => balanceOf.get(line.account) === line.balance;
  for (const line of lines.iterate()) {
    const isNext = last !== undefined && equalBytes(plain(last.account), plain(line.account));
    if (last !== undefined && !isNext && !isEnd(last)) return `${hexOf(last.account)} does not end at its balance`;
    const before = isNext ? (last?.balance ?? 0n) : isWhole ? 0n : line.balance - line.delta;
    if (before + line.delta !== line.balance) return `a line of ${hexOf(line.account)} does not add up`;
    last = line;
  }
  return last === undefined || isEnd(last) ? undefined : `${hexOf(last.account)} does not end at its balance`;
}

type AccountRow = { key: Buffer; balance: bigint; locked: bigint; value: Buffer };

/** Columns are those of the objects, and together they are what the books say. */
function checkAccounts(db: Db): string | undefined {
  const rows = db.prepare<[], AccountRow>('SELECT key, balance, locked, value FROM accounts').safeIntegers();
  let [balances, locked] = [0n, 0n];
  for (const row of rows.iterate()) {
    const account = decodeObject('account', plain(row.value));
    if (account.key !== hexOf(row.key) || account.balance !== row.balance || account.locked !== row.locked) {
      return `columns of ${hexOf(row.key)}`;
    }
    balances += row.balance;
    locked += row.locked;
  }
  const bytes = db.prepare<[], Buffer>("SELECT value FROM singletons WHERE kind = 'totals'").pluck().get();
  if (bytes === undefined) return balances === 0n && locked === 0n ? undefined : 'no books';
  const totals = decodeObject('totals', plain(bytes));
  return totals.balances === balances && totals.locked === locked ? undefined : 'the books say another sum';
}

const tables = [
  ['account', 'accounts', 'key'],
  ['profile', 'profiles', 'key'],
  ['farm', 'farms', 'key'],
  ['node', 'nodes', 'key'],
  ['contract', 'contracts', 'key'],
] as const;

/** Every current object is its own latest version, and every version's object has a row. */
function checkCurrent(db: Db): string | undefined {
  const latest = `SELECT v.value FROM versions v WHERE v.kind = ? AND ${isSameKey('v.key', 't.key')} ORDER BY v.height DESC LIMIT 1`;
  for (const [kind, table] of tables) {
    const wrong = db
      .prepare<[string], Buffer>(`SELECT t.key FROM ${table} t WHERE t.value IS NOT (${latest}) LIMIT 1`)
      .pluck()
      .get(kind);
    if (wrong !== undefined) return `${kind} ${hexOf(wrong)} is not its latest version`;
    const missing = db
      .prepare<[string], Buffer>(
        `SELECT key FROM versions WHERE kind = ? AND key NOT IN (SELECT key FROM ${table}) LIMIT 1`,
      )
      .pluck()
      .get(kind);
    if (missing !== undefined) return `${kind} ${hexOf(missing)} is missing`;
  }
  const single = db
    .prepare<[], string>(
      `SELECT s.kind FROM singletons s WHERE s.value IS NOT
       (SELECT v.value FROM versions v WHERE v.kind = s.kind AND ${isSameKey('v.key', "x''")} ORDER BY v.height DESC LIMIT 1)`,
    )
    .pluck()
    .get();
  return single === undefined ? undefined : `${single} is not its latest version`;
}

function checkDue(db: Db): string | undefined {
  const wrong = db
    .prepare<[], Buffer>(
      `SELECT v.key FROM versions v LEFT JOIN due d ON d.kind = v.kind AND d.key = v.key
       WHERE v.kind IN ('contract', 'node') AND v.due_ms IS NOT d.due_ms
       AND v.position = (SELECT max(w.position) FROM versions w WHERE w.kind = v.kind AND ${isSameKey('w.key', 'v.key')}) LIMIT 1`,
    )
    .pluck()
    .get();
  return wrong === undefined ? undefined : `the due time of ${hexOf(wrong)}`;
}

/** A chain ends at its last record that counted; of authors who wrote nothing since a snapshot there is none. */
function checkAuthors(db: Db): string | undefined {
  const wrong = db
    .prepare<[], Buffer>(
      `SELECT a.key FROM authors a JOIN records r ON ${isSameKey('r.author', 'a.key')} AND r.is_counted = 1
       GROUP BY a.key HAVING max(r.seq) <> a.seq OR NOT EXISTS
         (SELECT 1 FROM records e WHERE ${isSameKey('e.author', 'a.key')} AND e.seq = a.seq AND e.is_counted = 1 AND e.id = a.last)`,
    )
    .pluck()
    .get();
  return wrong === undefined ? undefined : `the chain of ${hexOf(wrong)}`;
}

/** Leaves of objects as they stood at the last root hash to its buckets, and these to the root in the certified header. */
function checkTree(db: Db): string | undefined {
  const store = treeStore(db);
  const chain = new Chain(db, openMeta(db));
  const [height] = store.roots();
  if (height === undefined) return undefined;
  const block = chain.stored(height);
  const root = block === undefined ? undefined : decodeHeader(block.headerBytes).stateRoot;
  if (root === undefined) return `no root in header ${height}`;
  const itemAt = createItemReaderAt(db);
  const hashes = new Map<number, Uint8Array>();
  for (const { bucket, leaves } of store.filled()) {
    const found: Uint8Array[] = [];
    for (const entry of readEntries(leaves)) {
      const subject = subjectOf(entry);
      const item = itemAt(subject, height);
      const leaf = item === undefined ? undefined : stateLeaf(item, fastSha256);
      if (leaf === undefined || !equalBytes(leaf, entry.leaf)) {
        return `${subject.kind} ${hexOf(subject.key)} was another at height ${height}`;
      }
      found.push(leaf);
    }
    hashes.set(bucket, bucketHash(found, fastSha256));
  }
  const nodes = StateNodes.empty(fastSha256).with(hashes);
  if (!equalBytes(nodes.root, root)) return `another root at height ${height}`;
  return store.holds(height, nodes) ? undefined : `the hashes of height ${height}`;
}

function checkOutbox(db: Db): string | undefined {
  const rows = db.prepare<[], { id: Buffer; bytes: Buffer }>('SELECT id, bytes FROM outbox');
  for (const { id, bytes } of rows.iterate()) {
    if (!equalBytes(incomingOf(plain(bytes)).id, plain(id))) return `record ${hexOf(id)}`;
  }
  return undefined;
}
