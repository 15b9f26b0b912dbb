/** Queries about accounts, their statements, and profiles. */
import { isRecordKind } from '../../../core/bodies.ts';
import { AppError } from '../../../core/errors.ts';
import { addressOf, keyOf } from '../../../core/keys.ts';
import type { HistoryView, LedgerView, ProfileView } from '../../../core/views.ts';
import type { KeptPage, ObjectKind, Page } from '../../replica-api.ts';
import { decodeObject, readable } from '../codec.ts';
import { blob, type Db, hexOf, plain } from '../database.ts';
import { isKey } from '../short-key.ts';
import { versionReader } from '../sql-state.ts';
import { type Answers, newestFirst, type QueryContext } from './context.ts';
import { questionText } from './cursor.ts';
import { prefixWords } from './fold.ts';
import { profileViewOf } from './views.ts';

type LedgerRow = {
  position: bigint;
  height: bigint;
  time_ms: bigint;
  reason: LedgerView['reason'];
  delta: bigint;
  balance: bigint;
  counterparty: Buffer | null;
  contract: Buffer | null;
  record: Buffer | null;
  memo: string | null;
};

type ProfileRow = { readonly position: number; readonly key: Buffer };

type HistoryRow = {
  position: number;
  height: number;
  time_ms: number;
  what: string;
  detail: string | null;
  record: Buffer | null;
  kind: string | null;
  author: Buffer | null;
};

/** The key behind an object's id: accounts and profiles go by address, the rest by hex. */
const keyHexOf = (object: ObjectKind, id: string): string =>
  (object === 'account' || object === 'profile') && id.startsWith('G') ? hexOf(keyOf(id)) : id;

const ledgerViewOf = (row: LedgerRow): LedgerView => ({
  height: Number(row.height),
  timeMs: Number(row.time_ms),
  position: Number(row.position),
  reason: row.reason,
  delta: row.delta,
  balance: row.balance,
  counterparty: row.counterparty === null ? null : addressOf(plain(row.counterparty)),
  contract: row.contract === null ? null : hexOf(row.contract),
  record: row.record === null ? null : hexOf(row.record),
  memo: row.memo,
});

const historyViewOf = (row: HistoryRow): HistoryView => ({
  height: row.height,
  timeMs: row.time_ms,
  position: row.position,
  record: row.record === null ? null : hexOf(row.record),
  kind: row.kind !== null && isRecordKind(row.kind) ? row.kind : null,
  author: row.author === null ? null : addressOf(plain(row.author)),
  what: row.what,
  detail: row.detail,
});

export type PeopleQueries = 'account' | 'ledger' | 'profile' | 'profileByNet' | 'profiles' | 'history' | 'objectAt';

export function peopleQueries({ db, state, authors, chain }: QueryContext): Answers<PeopleQueries> {
  const { ledger, life, byNet, byName, everyProfile, history } = statements(db);
  const versionAt = versionReader(db);
  const profileOf = (hex: string): ProfileView | null => {
    const profile = state.get('profile', hex);
    return profile === undefined ? null : profileViewOf(profile);
  };
  /** What stood there at the floor has lines below it; our own people's are kept for all that. */
  function withFloor<T extends { readonly height: number }>(page: Page<T>, kind: ObjectKind, hex: string): KeptPage<T> {
    const { floor } = chain;
    const isCut =
      page.next === null &&
      floor > 0 &&
      (page.items.at(-1)?.height ?? floor + 1) > floor &&
      versionAt(kind, hex, floor) !== undefined;
    return { ...page, floor: isCut ? floor : null };
  }
  return {
    account({ address }) {
      const hex = hexOf(keyOf(address));
      const { balance, locked } = state.get('account', hex) ?? { balance: 0n, locked: 0n };
      return { address, balance, locked, seq: authors.end(hex).seq, name: state.get('profile', hex)?.name ?? null };
    },
    ledger({ address, ...asked }) {
      const key = keyOf(address);
      const page = newestFirst(questionText('ledger', { address }), asked, {
        read: (below, count) => ledger.all(key, key, below, count).map(ledgerViewOf),
        positionOf: ({ position }) => position,
      });
      return withFloor(page, 'account', hexOf(key));
    },
    profile: ({ address }) => profileOf(hexOf(keyOf(address))),
    profileByNet({ net }) {
      const key = byNet.get(blob(net));
      return key === undefined ? null : profileOf(hexOf(key));
    },
    profiles({ search, ...asked }) {
      const words = prefixWords(search);
      const { items, next } = newestFirst(questionText('profiles', { search }), asked, {
        read: (below, count) =>
          words === undefined ? everyProfile.all(below, count) : byName.all(words, below, count),
        positionOf: ({ position }) => position,
      });
      return { items: items.flatMap(({ key }) => profileOf(hexOf(key)) ?? []), next };
    },
    history({ object, id, ...asked }) {
      const hex = keyHexOf(object, id);
      const key = blob(hex);
      const page = newestFirst(questionText('history', { object, id }), asked, {
        read: (below, count) =>
          (object === 'account' ? life.all(key, key, below, count) : history.all(object, key, below, count)).map(
            historyViewOf,
          ),
        positionOf: ({ position }) => position,
      });
      return withFloor(page, object, hex);
    },
    objectAt({ object, id, height }) {
      const head = chain.head?.height ?? -1;
      if (height > head) throw new AppError('replica/not-executed-yet', `height ${height}, head ${head}`);
      const bytes = versionAt(object, keyHexOf(object, id), height);
      if (bytes === undefined && height < chain.floor) throw chain.missing(height);
      return bytes === undefined ? null : readable(decodeObject(object, bytes));
    },
  };
}

function statements(db: Db) {
  return {
    ledger: db
      .prepare<[Uint8Array, Uint8Array, number, number], LedgerRow>(
        `SELECT l.position, l.height, l.time_ms, l.reason, l.delta, l.balance, l.counterparty, l.contract, l.memo, r.id AS record
         FROM ledger l LEFT JOIN records r ON r.position = l.record
         WHERE ${isKey('l.account')} AND l.position < ? ORDER BY l.position DESC LIMIT ?`,
      )
      .safeIntegers(),
    /** An account's history: its statement, told as what happened. */
    life: db.prepare<[Buffer, Buffer, number, number], HistoryRow>(
      `SELECT l.position, l.height, l.time_ms, l.reason AS what, CAST(l.delta AS TEXT) AS detail,
         r.id AS record, r.kind, r.author
       FROM ledger l LEFT JOIN records r ON r.position = l.record
       WHERE ${isKey('l.account')} AND l.position < ? ORDER BY l.position DESC LIMIT ?`,
    ),
    history: db.prepare<[string, Buffer, number, number], HistoryRow>(
      `SELECT h.position, h.height, h.time_ms, h.what, h.detail, r.id AS record, r.kind, r.author
       FROM history h LEFT JOIN records r ON r.position = h.record
       WHERE h.object = ? AND h.id = ? AND h.position < ? ORDER BY h.position DESC LIMIT ?`,
    ),
    byNet: db.prepare<[Buffer], Buffer>('SELECT key FROM profiles WHERE net = ? ORDER BY position LIMIT 1').pluck(),
    byName: db.prepare<[string, number, number], ProfileRow>(
      `SELECT p.position, p.key FROM profile_names n JOIN profiles p ON p.position = n.rowid
       WHERE profile_names MATCH ? AND n.rowid < ? ORDER BY n.rowid DESC LIMIT ?`,
    ),
    everyProfile: db.prepare<[number, number], ProfileRow>(
      'SELECT position, key FROM profiles WHERE position < ? ORDER BY position DESC LIMIT ?',
    ),
  };
}
