/** What a replica remembers about itself: small named values beside the history. */
import type { Db } from './database.ts';
import { plain } from './database.ts';

/**
 * `grid`: id. `peaks`: Merkle peaks over all headers. `alarm`: what stopped it for good. `invitation`: how it finds the
 * others. `bootstrap-port`: where the others of its grid find it. `state-tree`: at which height and version the tree stands.
 * `history-chunks`: Merkle roots over each 256 headers. `guardian-links`: proofs of who the guardians were.
 * `told-heads`: heads above ours that others told of. `genesis`: of a grid that was founded here and has no block yet.
 * `reach`: who can find it. `import`: the manifest of the snapshot that is being fetched. `floor`: the height of the snapshot
 * that this replica began with. `verified`: up to where its history was verified since. `take-over`: see take-over.ts.
 * `healed`: that a damaged database was set aside (begin-anew.ts). `scrub`: how far the present look over the database came.
 */
export type MetaName =
  | 'grid'
  | 'peaks'
  | 'alarm'
  | 'invitation'
  | 'bootstrap-port'
  | 'state-tree'
  | 'history-chunks'
  | 'guardian-links'
  | 'told-heads'
  | 'genesis'
  | 'reach'
  | 'import'
  | 'floor'
  | 'verified'
  | 'take-over'
  | 'healed'
  | 'scrub';

export type Meta = {
  get(name: MetaName): Uint8Array | undefined;
  set(name: MetaName, value: Uint8Array): void;
};

export function openMeta(db: Db): Meta {
  const select = db.prepare<[string], Buffer>('SELECT value FROM meta WHERE name = ?').pluck();
  const upsert = db.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value',
  );
  return {
    get(name) {
      const found = select.get(name);
      return found === undefined ? undefined : plain(found);
    },
    set: (name, value) => void upsert.run(name, value),
  };
}
