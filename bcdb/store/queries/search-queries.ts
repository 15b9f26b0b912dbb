/** Full-text search over names and places, the grid in numbers, and lists at an earlier height. */
import { AppError } from '../../../core/errors.ts';
import { keyOf } from '../../../core/keys.ts';
import type { SearchView } from '../../../core/query-views.ts';
import { decodeObject, readable } from '../codec.ts';
import { blob, type Db, hexOf } from '../database.ts';
import { versionReader } from '../sql-state.ts';
import { statsReader } from './aggregates.ts';
import { type Answers, limitOf, type QueryContext } from './context.ts';
import { decodePosition, encodePosition, questionText } from './cursor.ts';
import { prefixWords } from './fold.ts';
import { farmViewOf, profileViewOf } from './views.ts';

type Hit = { readonly kind: 'profile' | 'farm'; readonly key: Buffer };
type Placed = { readonly position: number; readonly key: Buffer };

export function searchQueries({ db, chain, state }: QueryContext): Answers<'search' | 'stats' | 'listAt'> {
  const hits = db.prepare<[string, number], Hit>(
    // A hit in a name weighs more than one in a place; equal hits in the order in which they came.
    `SELECT i.kind, i.key FROM search_texts t JOIN search_items i ON i.position = t.rowid
     WHERE search_texts MATCH ? ORDER BY bm25(search_texts, 10.0, 4.0, 2.0), t.rowid LIMIT ?`,
  );
  const stats = statsReader(db);
  const versionAt = versionReader(db);
  const pages = membersOf(db);

  function viewOf({ kind, key }: Hit): readonly SearchView[] {
    const hex = hexOf(key);
    if (kind === 'profile') {
      const profile = state.get('profile', hex);
      return profile === undefined ? [] : [{ kind, profile: profileViewOf(profile) }];
    }
    const farm = state.get('farm', hex);
    return farm === undefined ? [] : [{ kind, farm: farmViewOf(farm) }];
  }

  return {
    search({ text, limit }) {
      const words = prefixWords(text);
      return words === undefined ? [] : hits.all(words, limitOf(limit)).flatMap(viewOf);
    },
    stats() {
      const { head } = chain;
      if (head === undefined) throw new AppError('replica/not-executed-yet', 'no block yet', { retry: true });
      return { height: head.height, timeMs: head.timeMs, ...stats() };
    },
    listAt({ list, of, height, after, limit: asked }) {
      const head = chain.head?.height ?? -1;
      if (height > head) throw new AppError('replica/not-executed-yet', `height ${height}, head ${head}`);
      if (height < chain.floor) throw chain.missing(height);
      const limit = limitOf(asked);
      const question = questionText('listAt', { list, of, height });
      const from = after === undefined ? 0 : decodePosition(question, after);
      const object = list === 'nodes of farm' ? 'node' : 'contract';
      const key = of.startsWith('G') ? keyOf(of) : blob(of);
      const members = pages[list].all(key, from, limit + 1);
      const page = members.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.flatMap((member) => {
          const bytes = versionAt(object, hexOf(member.key), height);
          return bytes === undefined ? [] : [readable(decodeObject(object, bytes))];
        }),
        next: members.length <= limit || last === undefined ? null : encodePosition(question, last.position),
      };
    },
  };
}

/**
 * What belongs together for good: a node never leaves its farm, and nobody leaves a contract. So today's members, as they were
 * then, are all that there were; those that came later were not there yet.
 */
function membersOf(db: Db) {
  const byRole = (role: 'party' | 'farmer' | 'node') =>
    db.prepare<[Uint8Array, number, number], Placed>(
      `SELECT c.position, c.key FROM contract_roles r CROSS JOIN contracts c ON c.position = r.contract
       WHERE r.role = '${role}' AND r.key = ? AND r.contract > ? ORDER BY r.contract LIMIT ?`,
    );
  return {
    'nodes of farm': db.prepare<[Uint8Array, number, number], Placed>(
      'SELECT position, key FROM nodes WHERE farm = ? AND position > ? ORDER BY position LIMIT ?',
    ),
    'contracts of party': byRole('party'),
    'contracts of farmer': byRole('farmer'),
    'contracts of node': byRole('node'),
  };
}
