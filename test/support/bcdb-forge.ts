// A dishonest guardian for tests: signs whatever block it is told to, over whatever came before.

import { Authors } from '../../bcdb/store/authors.ts';
import { Chain } from '../../bcdb/store/chain.ts';
import { createCommitter } from '../../bcdb/store/committer.ts';
import { openDatabase } from '../../bcdb/store/database.ts';
import { incomingOf } from '../../bcdb/store/executor.ts';
import { gridRules } from '../../bcdb/store/grid-rules.ts';
import { guardianKey, openLoneGuardian } from '../../bcdb/store/guardian.ts';
import { Promises } from '../../bcdb/store/guardian-promises.ts';
import { openMeta } from '../../bcdb/store/meta.ts';
import { migrate } from '../../bcdb/store/migrations.ts';
import { Outbox } from '../../bcdb/store/outbox.ts';
import { SqlState } from '../../bcdb/store/sql-state.ts';
import { StateTree } from '../../bcdb/store/state-tree.ts';
import { verifyAlone } from '../../bcdb/store/verify-pool.ts';
import { signSodium, verifySodium } from '../../bcdb/verify.ts';
import {
  decodeBlock,
  encodeBlock,
  encodeHeader,
  type Header,
  type HeaderSignature,
  recordsRootOf,
} from '../../core/block.ts';
import type { Author, Founding } from './bcdb-grid.ts';

export type Forgery = {
  readonly header?: Partial<Header>;
  readonly records?: readonly Uint8Array[];
  /** Default: those of the block, or `ok` for other records. */
  readonly verdicts?: readonly string[];
  readonly certificate?: readonly HeaderSignature[];
};

/** A certified block like `bytes` but for what is forged, signed anew by `guardian`. */
export function forge(bytes: Uint8Array, guardian: Author, forgery: Forgery): Uint8Array {
  const block = decodeBlock(bytes);
  const records = forgery.records ?? block.records;
  const verdicts = forgery.verdicts ?? (forgery.records === undefined ? block.verdicts : records.map(() => 'ok'));
  const ids = records.map((record) => incomingOf(record).id);
  const about = { recordCount: records.length, recordsRoot: recordsRootOf(ids, verdicts) };
  const headerBytes = encodeHeader({ ...block.header, ...about, ...forgery.header });
  const signature = { guardian: guardian.key, signature: signSodium(guardian.seed, headerBytes) };
  return encodeBlock({ headerBytes, records, verdicts, certificate: forgery.certificate ?? [signature] });
}

export type BareGuardian = {
  cut(records: readonly Uint8Array[]): void;
  block(height: number): Uint8Array;
  verdicts(height: number): readonly string[];
};

/** A guardian without a door: whatever it is given stands in its next block. */
export function openBareGuardian({ guardian: { seed }, genesis, grid }: Founding): BareGuardian {
  const { db } = openDatabase(':memory:');
  migrate(db);
  const meta = openMeta(db);
  const chain = new Chain(db, meta);
  const authors = new Authors(db);
  const verify = verifySodium;
  const parts = { state: new SqlState(db), authors, rules: gridRules, verify, verifyMany: verifyAlone(verify), grid };
  const committer = createCommitter(
    db,
    { parts, chain, outbox: new Outbox(db, authors), tree: new StateTree(db, meta) },
    () => undefined,
  );
  const guardian = openLoneGuardian(committer, new Promises(db), guardianKey(seed, verify));
  guardian.found(incomingOf(genesis));
  return {
    cut: (records) => guardian.cut((chain.head?.timeMs ?? 0) + 1, records.map(incomingOf)),
    block: (height) => chain.blockBytes(height) ?? new Uint8Array(0),
    verdicts: (height) => chain.verdicts(height).map(({ verdict }) => verdict),
  };
}
