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
import { itemsOf, type StateTree, type TreeUpdate } from './state-tree.ts';

/** An executed block with what makes it final. */
export type Certified = {
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly execution: Execution;
  readonly certificate: readonly HeaderSignature[];
  /** Where the header has a `stateRoot`. */
  readonly tree?: TreeUpdate | undefined;
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
  /** The state tree after an executed block on top of the head: its root belongs into the header, itself into `Certified`. */
  planTree(execution: Execution): TreeUpdate;
  /** Runs `work` and commits what it returns; whatever it throws leaves no trace. */
  transact(work: () => Certified): void;
};

export function createCommitter(
  db: Db,
  { parts, chain, outbox, tree }: Pick<Committer, 'parts' | 'chain' | 'outbox'> & { readonly tree: StateTree },
  onCommitted: (committed: Committed) => void,
): Committer {
  const { state, authors } = parts;

  function planTree(execution: Execution): TreeUpdate {
    const { head } = chain;
    return tree.plan(head === undefined ? 0 : head.height + 1, itemsOf(execution, head), head?.peaks ?? []);
  }

  function write({ header, headerBytes, execution, certificate, tree: update }: Certified): readonly string[] {
    chain.append(header, headerBytes, certificate, execution);
    authors.flush();
    state.flush(execution.changes, header.height, header.timeMs);
    if (update !== undefined) tree.write(update);
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

  return { parts, chain, outbox, planTree, transact };
}
