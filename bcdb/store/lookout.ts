/**
 * The store's lookout: whatever must stop it raises the alarm, whatever is proof of a lie is kept as evidence, and neither
 * gets into the way of a block that stands.
 */
import { type ErrorData, toErrorData } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { Accusations } from './accusations.ts';
import type { Alarm } from './alarm.ts';
import type { Authors } from './authors.ts';
import type { Chain } from './chain.ts';
import type { Committed } from './committer.ts';
import { type Db, hexOf, storageError } from './database.ts';
import { Contradiction, Evidence } from './evidence.ts';
import { incomingOf } from './executor.ts';
import type { Meta } from './meta.ts';
import type { Outbox } from './outbox.ts';
import { openToldHeads, type ToldHeads } from './told-heads.ts';

/** A record for a place in its author's chain that has one. */
export type Fork = { readonly author: Uint8Array; readonly seq: number; readonly bytes: Uint8Array };

type LookoutParts = {
  readonly alarm: Alarm;
  readonly evidence: Evidence;
  readonly authors: Authors;
  readonly outbox: Outbox;
  readonly told: ToldHeads;
  readonly accusations: Accusations;
  readonly onDefect: (error: ErrorData) => void;
};

export type LookoutOptions = Omit<LookoutParts, 'evidence' | 'told' | 'accusations'> & {
  readonly db: Db;
  readonly meta: Meta;
  readonly chain: Chain;
  readonly grid: Uint8Array;
  readonly verify: Verify;
  readonly clock: () => number;
};

/** The lookout over a store, with what it keeps. */
export function openLookout({ db, meta, chain, grid, verify, clock, ...parts }: LookoutOptions): Lookout {
  const evidence = new Evidence(db, clock);
  const accusations = new Accusations({ grid, verify, chain, evidence, onDefect: parts.onDefect });
  const told = openToldHeads(chain, meta, { grid, verify, accusations });
  return new Lookout({ ...parts, evidence, accusations, told });
}

export class Lookout {
  readonly told: ToldHeads;
  readonly accusations: Accusations;
  readonly #parts: LookoutParts;

  constructor(parts: LookoutParts) {
    this.told = parts.told;
    this.accusations = parts.accusations;
    this.#parts = parts;
  }

  /** Runs a write; what must or may stop the store raises its alarm, and a proof is kept. */
  guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.raise(error);
    }
  }

  /** Two statements of one guardian: see `Accusations.bring`. */
  accuse(ours: Uint8Array, theirs: Uint8Array): void {
    this.guarded(() => this.accusations.bring(ours, theirs));
  }

  /** Answers the error to be thrown on. */
  raise(error: unknown): unknown {
    const { alarm, evidence, onDefect } = this.#parts;
    const raised = alarm.consider(storageError(error));
    try {
      if (error instanceof Contradiction) evidence.keep(error.finding);
    } catch (full) {
      // The alarm stands without it; whoever brings the lie again brings the evidence again.
      onDefect(toErrorData(storageError(full)));
    }
    return raised;
  }

  /** The fork came second; the first one waits, or stands in the history. */
  noteFork({ author, seq, bytes: theirs }: Fork, waiting?: Uint8Array): void {
    const ours = waiting ?? this.#parts.authors.recordAt(hexOf(author), seq);
    if (ours !== undefined) this.#parts.evidence.fork({ author, seq, theirs, ours });
  }

  /** What a committed block shows: another head than somebody told of, forks, own records that it leaves behind (G29). */
  committed({ head, executed, outbox: ids }: Pick<Committed, 'head' | 'executed' | 'outbox'>): void {
    const { told, outbox, evidence, onDefect } = this.#parts;
    try {
      told.reached(head.height);
    } catch (error) {
      // The block is committed whatever was told of it: what that proves is for the alarm.
      this.raise(error);
    }
    const forked = executed.flatMap(({ incoming, verdict }) => (verdict === 'record/forked' ? [incoming] : []));
    const own = ids.flatMap((id) => outbox.forked(id) ?? []).map(incomingOf);
    for (const { envelope, bytes } of [...forked, ...own]) {
      if (envelope !== undefined) this.noteFork({ author: envelope.author, seq: envelope.seq, bytes });
    }
    try {
      evidence.flush();
    } catch (error) {
      // The block stands; the forks of a block are found in it again.
      onDefect(toErrorData(storageError(error)));
    }
  }
}
