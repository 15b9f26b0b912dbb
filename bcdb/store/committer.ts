/**
 * Commits a block: chain, state, author chains and the outbox's states in one SQLite transaction, or nothing at all.
 * Guardian and follower differ only in how they come to the header; both commit here.
 */
import type { Header, HeaderSignature } from '../../core/block.ts';
import type { Chain, Head } from './chain.ts';
import { type Db, storageError } from './database.ts';
import type { Execution, ExecutorParts } from './executor.ts';
import type { Outbox } from './outbox.ts';
import type { Changed } from './sql-state.ts';

/** An executed block with what makes it final. */
export type Certified = {
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly execution: Execution;
  readonly certificate: readonly HeaderSignature[];
};

/** What a committed block changed, for those who keep something in memory. */
export type Committed = {
  readonly head: Head;
  readonly changes: readonly Changed[];
  /** Ids of outbox entries whose state changed. */
  readonly outbox: readonly string[];
};

export type Committer = {
  readonly parts: ExecutorParts;
  readonly chain: Chain;
  readonly outbox: Outbox;
  /** Runs `work` and commits what it returns; whatever it throws leaves no trace. */
  transact(work: () => Certified): void;
};

export function createCommitter(
  db: Db,
  { parts, chain, outbox }: Pick<Committer, 'parts' | 'chain' | 'outbox'>,
  onCommitted: (committed: Committed) => void,
): Committer {
  const { state, authors } = parts;

  function write({ header, headerBytes, execution, certificate }: Certified): readonly string[] {
    chain.append(header, headerBytes, certificate, execution);
    authors.flush();
    state.flush(execution.changes, header.height, header.timeMs);
    return outbox.executed(execution.executed, header.height);
  }

  function transact(work: () => Certified): void {
    let settled: readonly string[];
    try {
      db.exec('BEGIN IMMEDIATE');
      settled = write(work());
      db.exec('COMMIT');
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      state.drop();
      authors.drop();
      chain.drop();
      outbox.reload();
      throw storageError(error);
    }
    chain.settle();
    authors.settle();
    const changes = state.settle();
    const { head } = chain;
    if (head !== undefined) onCommitted({ head, changes, outbox: settled });
  }

  return { parts, chain, outbox, transact };
}
