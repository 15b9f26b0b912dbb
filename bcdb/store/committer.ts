/**
 * Commits a block: chain, state, author chains and the outbox's states in one SQLite transaction, or nothing at all.
 * Guardian and follower differ only in how they come to the header; both commit here.
 */
import { encodeHeader, type Header, type HeaderSignature } from '../../core/block.ts';
import { hasStateRoot } from '../../core/state-tree.ts';
import type { AuthorsWork } from './authors.ts';
import { type Chain, type Head, headerOn } from './chain.ts';
import { type Db, storageError } from './database.ts';
import type { Executed, Execution, ExecutorParts } from './executor.ts';
import type { Outbox } from './outbox.ts';
import { openSideTables } from './queries/side-tables.ts';
import type { Changed, StateWork } from './sql-state.ts';
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

/** An executed block with its header. */
export type Executable = Omit<Certified, 'certificate'>;

/** An executed block that waits for its certificate, out of everybody's sight. */
export type Held = Executable & { readonly state: StateWork; readonly authors: AuthorsWork };

/** What a committed block changed, for those who keep something in memory. */
export type Committed = {
  readonly head: Head;
  readonly changes: readonly Changed[];
  readonly executed: readonly Executed[];
  /** Ids of outbox entries whose state changed. */
  readonly outbox: readonly string[];
};

export type Committer = {
  readonly parts: ExecutorParts;
  readonly chain: Chain;
  readonly outbox: Outbox;
  /** The state tree after an executed block on top of the head: its root belongs into the header, itself into `Certified`. */
  planTree(execution: Execution): TreeUpdate;
  /** The header of a block that was executed on top of the head, and the state tree where it has its root. */
  seal(execution: Execution, at: Pick<Header, 'epoch' | 'timeMs' | 'position'>): Executable;
  /** Runs `work` and commits what it returns; whatever it throws leaves no trace. */
  transact(work: () => Certified): void;
  /** Runs `work` and takes what it executed away: no trace is left in the state. */
  hold(work: () => Executable): Held;
  /** Commits what was held, on the head that it was executed on. When that fails it can be tried again. */
  commit(held: Held, certificate: readonly HeaderSignature[]): void;
};

export function createCommitter(
  db: Db,
  { parts, chain, outbox, tree }: Pick<Committer, 'parts' | 'chain' | 'outbox'> & { readonly tree: StateTree },
  onCommitted: (committed: Committed) => void,
): Committer {
  const { state, authors } = parts;
  const sideTables = openSideTables(db);

  function planTree(execution: Execution): TreeUpdate {
    const { head } = chain;
    return tree.plan(head === undefined ? 0 : head.height + 1, itemsOf(execution, head), head?.peaks ?? []);
  }

  function seal(execution: Execution, at: Pick<Header, 'epoch' | 'timeMs' | 'position'>): Executable {
    const { head } = chain;
    const tree = head !== undefined && hasStateRoot(head.height + 1) ? planTree(execution) : undefined;
    const header = headerOn(head, { grid: parts.grid, ...at, ...execution, stateRoot: tree?.root });
    return { header, headerBytes: encodeHeader(header), execution, tree };
  }

  function write({ header, headerBytes, execution, certificate, tree: update }: Certified): readonly string[] {
    chain.append(header, headerBytes, certificate, execution);
    authors.flush();
    const changes = execution.changes.map(({ change }) => ({
      before: state.before(change.kind, change.key),
      after: change,
    }));
    state.flush(execution.changes, header.height, header.timeMs);
    if (update !== undefined) tree.write(update);
    sideTables.write(changes);
    return outbox.executed(execution.executed, header.height);
  }

  function transact(work: () => Certified): void {
    let settled: readonly string[];
    let executed: readonly Executed[];
    try {
      db.exec('BEGIN IMMEDIATE');
      const certified = work();
      ({ executed } = certified.execution);
      settled = write(certified);
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
    if (head !== undefined) onCommitted({ head, changes, executed, outbox: settled });
  }

  function hold(work: () => Executable): Held {
    try {
      return { ...work(), state: state.detach(), authors: authors.detach() };
    } catch (error) {
      state.drop();
      authors.drop();
      throw storageError(error);
    }
  }

  function commit(held: Held, certificate: readonly HeaderSignature[]): void {
    transact(() => {
      state.attach(held.state);
      authors.attach(held.authors);
      return { ...held, certificate };
    });
  }

  return { parts, chain, outbox, planTree, seal, transact, hold, commit };
}
