/**
 * A replica's store without its thread: opens the database, and does one thing at a time, each a transaction. The only
 * writer of the database. Knows no network and no timers; the worker around it has both.
 */
import { equalBytes, fromHex } from '../../core/bytes.ts';
import { AppError, type ErrorCode, type ErrorData, toErrorData } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { HeadView, OutboxView } from '../../core/views.ts';
import type { Queries, QueryName } from '../replica-api.ts';
import { Alarm } from './alarm.ts';
import { Authors } from './authors.ts';
import { Chain } from './chain.ts';
import { type Committed, type Committer, createCommitter } from './committer.ts';
import { hexOf, type OpenDatabase, openDatabase, storageError, withStorageErrors } from './database.ts';
import { Door, type DoorLimits, doorLimits } from './door.ts';
import { type ExecutorParts, incomingOf, RuleDefect, type Rules } from './executor.ts';
import { createFollower, type Follower } from './follower.ts';
import { type Guardian, openGuardian } from './guardian.ts';
import { claimBytes, encodeHeadAnswer, judgeHeadAnswer } from './head-claim.ts';
import { type Meta, type MetaName, openMeta } from './meta.ts';
import { migrate } from './migrations.ts';
import { Outbox } from './outbox.ts';
import { openQueries, type QueryDesk } from './queries/index.ts';
import { blockBytes, blockTime, nextCutMs } from './sequencer.ts';
import { SqlState } from './sql-state.ts';
import { type SubmitResult, submitAll } from './submit.ts';

/** What the store tells without being asked. */
export type StoreEvents = {
  readonly head: (head: HeadView) => void;
  readonly outbox: (changed: readonly OutboxView[]) => void;
  readonly alarm: (alarm: ErrorData | null) => void;
  /** A defect that was worked around. */
  readonly defect: (error: ErrorData) => void;
};

export type StoreStart =
  | { readonly how: 'open' }
  | { readonly how: 'join'; readonly grid: Uint8Array }
  | { readonly how: 'create'; readonly genesis: Uint8Array };

export type StoreOptions = {
  /** `:memory:` for tests. */
  readonly folder: string;
  readonly start: StoreStart;
  readonly guardianSeed?: Uint8Array | undefined;
  readonly rules: Rules;
  readonly verify: Verify;
  readonly clock: () => number;
  readonly limits?: DoorLimits | undefined;
  readonly events: StoreEvents;
};

/** How a store stands. */
export type StoreInfo = {
  readonly grid: Uint8Array;
  readonly isGuardian: boolean;
  readonly head: HeadView | null;
  readonly pendingCount: number;
  readonly alarm: ErrorData | null;
};

/** After a failure that may pass (a full disk), this long until the next try. */
const retryMs = 1000;

export class Store {
  readonly #open: OpenDatabase;
  readonly #options: StoreOptions;
  readonly #meta: Meta;
  readonly #alarm: Alarm;
  readonly #parts: ExecutorParts;
  readonly #committer: Committer;
  readonly #queries: QueryDesk;
  readonly #follower: Follower;
  readonly #guardian: Guardian | undefined;
  readonly #door: Door;
  readonly #recordBytes: () => number;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#open = openDatabase(options.folder);
    try {
      const { db } = this.#open;
      withStorageErrors(() => migrate(db));
      this.#meta = openMeta(db);
      this.#alarm = new Alarm(this.#meta, options.events.alarm);
      const chain = new Chain(db, this.#meta);
      const grid = gridOf(this.#meta, chain, options.start);
      const { rules, verify } = options;
      const authors = new Authors(db);
      this.#parts = { state: new SqlState(db), authors, rules, verify, grid };
      const outbox = new Outbox(db, authors);
      const { state } = this.#parts;
      this.#committer = createCommitter(db, { parts: this.#parts, chain, outbox }, (done) => this.#committed(done));
      const unexplained = rules.unexplained;
      this.#queries = openQueries({ db, grid, chain, state, authors, outbox, unexplained });
      this.#follower = createFollower(this.#committer, () => this.#guardians()?.map(fromHex));
      this.#recordBytes = () => (state.get('policy', 'grid') ?? defaultPolicy).limits.recordBytes;
      const limits = options.limits ?? doorLimits;
      this.#door = new Door({ grid, verify, authors, limits, recordBytes: this.#recordBytes });
      this.#guardian =
        options.guardianSeed === undefined ? undefined : openGuardian(db, this.#committer, options.guardianSeed);
      this.#begin();
    } catch (error) {
      this.#open.close();
      throw error;
    }
  }

  /** Founds a new grid, or makes sure that the guardian here is the one of the grid; then takes up what was pending. */
  #begin(): void {
    const { start } = this.#options;
    const { chain } = this.#committer;
    const guardian = this.#guardian;
    if (guardian === undefined) return;
    if (chain.head === undefined) {
      if (start.how !== 'create') throw new AppError('replica/not-found', 'no grid was founded here');
      guardian.found(incomingOf(start.genesis));
    }
    if (this.#guardians()?.includes(hexOf(guardian.key)) !== true) {
      throw new AppError('replica/bad-certificate', 'this key is no guardian of the grid');
    }
    this.#refill();
  }

  #guardians(): readonly string[] | undefined {
    return this.#parts.state.get('policy', 'grid')?.guardians;
  }

  /** Own records that are not at the door yet: after a start, or when it was full. */
  #refill(): void {
    const { outbox } = this.#committer;
    for (const { id, bytes } of outbox.pending()) {
      const answer = this.#door.enqueue({ ...incomingOf(bytes), isVerified: true });
      if (answer === 'accepted' || answer === 'known') continue;
      if (answer.code === 'record/rate-limited') return;
      this.#tellOutbox(outbox.refuse(id, answer.code));
    }
  }

  #committed({ changes, outbox }: Committed): void {
    this.#queries.committed(changes);
    this.#alarm.pass();
    this.#options.events.head(this.query('head', null));
    this.#tellOutbox(outbox);
  }

  #tellOutbox(ids: readonly string[]): void {
    const views = ids.flatMap((id) => this.#committer.outbox.view(id) ?? []);
    if (views.length > 0) this.#options.events.outbox(views);
  }

  info(): StoreInfo {
    const { chain, outbox } = this.#committer;
    return {
      grid: this.#parts.grid,
      isGuardian: this.#guardian !== undefined,
      head: chain.head === undefined ? null : this.query('head', null),
      pendingCount: outbox.size,
      alarm: this.#alarm.raised,
    };
  }

  query<Q extends QueryName>(name: Q, input: Queries[Q][0]): Queries[Q][1] {
    return withStorageErrors(() => this.#queries.answer(name, input));
  }

  /** Takes own records into the outbox, all in one transaction; each gets its own answer. */
  submit(records: readonly Uint8Array[]): readonly SubmitResult[] {
    this.#alarm.check();
    const { chain, outbox } = this.#committer;
    const { head } = chain;
    if (head === undefined) throw new AppError('replica/not-executed-yet', 'no block yet', { retry: true });
    const nowMs = this.#options.clock();
    const parts = this.#parts;
    const context = { db: this.#open.db, parts, outbox, recordBytes: this.#recordBytes };
    const times = { createdMs: nowMs, timeMs: blockTime(head.timeMs, nowMs) };
    const results = this.#guarded(() => submitAll({ ...context, ...times }, records));
    for (const { incoming } of results) {
      if (incoming !== undefined && this.#guardian !== undefined) this.#door.enqueue(incoming);
    }
    return results.map(({ result }) => result);
  }

  /** Runs a write; what must or may stop the store raises its alarm. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#alarm.consider(storageError(error));
    }
  }

  /** A guardian's answer to each record that a peer hands in: null, or why not. Throws `net/refused` elsewhere. */
  admit(records: readonly Uint8Array[]): readonly (ErrorCode | null)[] {
    this.#alarm.check();
    if (this.#guardian === undefined) throw new AppError('net/refused', 'no guardian');
    return records.map((bytes) => {
      const answer = this.#door.admit(bytes);
      return answer === 'accepted' || answer === 'known' ? null : answer.code;
    });
  }

  /** Milliseconds until the guardian has to cut a block; undefined where there is none, or where it is stopped. */
  cutInMs(): number | undefined {
    const { head } = this.#committer.chain;
    if (this.#guardian === undefined || head === undefined || this.#alarm.isFinal) return undefined;
    const nowMs = this.#options.clock();
    const situation = {
      waiting: this.#door.size,
      lastTimeMs: head.timeMs,
      dueMs: this.#parts.state.nextDueMs(),
      nowMs,
    };
    const waitMs = Math.max(0, nextCutMs(situation) - nowMs);
    return this.#alarm.raised === null ? waitMs : Math.max(waitMs, retryMs);
  }

  /** Cuts a block now, with what waits at the door. */
  cut(): void {
    this.#alarm.check();
    const { head } = this.#committer.chain;
    if (this.#guardian === undefined || head === undefined) throw new AppError('net/refused', 'no guardian');
    const most = this.#parts.state.get('policy', 'grid')?.limits.recordsPerBlock ?? 1;
    const records = this.#door.peek(most, blockBytes);
    const guardian = this.#guardian;
    try {
      this.#guarded(() => guardian.cut(blockTime(head.timeMs, this.#options.clock()), records));
    } catch (error) {
      if (!(error instanceof RuleDefect)) throw error;
      this.#door.drop(error.record);
      this.#tellOutbox(this.#committer.outbox.refuse(hexOf(error.record), 'ipc/internal'));
      this.#options.events.defect(toErrorData(error));
      return;
    }
    this.#door.taken(records.length);
    if (this.#door.size === 0 && this.#committer.outbox.size > 0) this.#refill();
  }

  /** A certified block from anyone: see `Follower.apply`. An alarm stops the store before this throws. */
  apply(block: Uint8Array): 'applied' | 'known' {
    this.#alarm.check();
    return this.#guarded(() => {
      try {
        return this.#follower.apply(block);
      } catch (error) {
        if (!(error instanceof RuleDefect)) throw error;
        throw new AppError('replica/diverged', error.message, { cause: error });
      }
    });
  }

  /** A certified block as it travels. Throws `replica/not-executed-yet`. */
  block(height: number): Uint8Array {
    const bytes = withStorageErrors(() => this.#committer.chain.blockBytes(height));
    if (bytes === undefined) throw new AppError('replica/not-executed-yet', `height ${height}`);
    return bytes;
  }

  /** The oldest own records that wait, for whoever carries them to a guardian. */
  pending(limit: number): readonly { readonly id: string; readonly bytes: Uint8Array }[] {
    return this.#committer.outbox.pending().slice(0, limit);
  }

  /** A guardian refused an own record for good. */
  refuse(id: string, code: ErrorCode): void {
    this.#tellOutbox(withStorageErrors(() => this.#committer.outbox.refuse(id, code)));
  }

  /** Answers a peer's question for our head. */
  headAnswer(nonce: Uint8Array): Uint8Array {
    const { chain } = this.#committer;
    const block = chain.head === undefined ? undefined : chain.stored(chain.head.height);
    if (block === undefined) throw new AppError('replica/not-executed-yet', 'no block yet', { retry: true });
    const claim = this.#guardian?.sign(claimBytes(block.headerBytes, nonce)) ?? null;
    return encodeHeadAnswer(block, claim);
  }

  /** A peer's height by its answer. A proof of another history stops the store before this throws. */
  judgeHead(answer: Uint8Array, nonce: Uint8Array, askedAt: number): number {
    const { chain } = this.#committer;
    const { grid, verify } = this.#parts;
    const guardians = this.#guardians() ?? [];
    const stored = (height: number) => chain.stored(height);
    const check = { grid, guardians, verify, nonce, askedAt, stored };
    return this.#guarded(() => judgeHeadAnswer(answer, check).height);
  }

  recall(name: MetaName): Uint8Array | undefined {
    return this.#meta.get(name);
  }

  remember(name: MetaName, value: Uint8Array): void {
    withStorageErrors(() => this.#meta.set(name, value));
  }

  close(): void {
    this.#open.close();
  }
}

/** The grid's id; a folder belongs to one grid for ever, unless its start never came to a first block. */
function gridOf(meta: Meta, chain: Chain, start: StoreStart): Uint8Array {
  const known = meta.get('grid');
  if (start.how === 'open') {
    if (known === undefined) throw new AppError('replica/not-found', 'no grid in this folder');
    return known;
  }
  const wanted = start.how === 'join' ? start.grid : incomingOf(start.genesis).id;
  if (known !== undefined && equalBytes(known, wanted)) return known;
  if (chain.head !== undefined) throw new AppError('grid/exists', 'this folder belongs to another grid');
  meta.set('grid', wanted);
  return wanted;
}
