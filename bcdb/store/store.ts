/**
 * A replica's store without its thread: opens the database, and does one thing at a time, each a transaction. The only
 * writer of the database. Knows no network and no timers; the worker around it has both.
 */
import { fromHex } from '../../core/bytes.ts';
import { AppError, type ErrorCode, toErrorData } from '../../core/errors.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { CertifiedHead } from '../../core/proofs-history.ts';
import type { OutboxView } from '../../core/views.ts';
import type { Queries, QueryName, ToldVerdict } from '../replica-api.ts';
import { Alarm } from './alarm.ts';
import { Authors } from './authors.ts';
import { Chain } from './chain.ts';
import { type Committed, type Committer, createCommitter } from './committer.ts';
import { hexOf, type OpenDatabase, openDatabase, storageError, withStorageErrors } from './database.ts';
import { Door, doorLimits } from './door.ts';
import { type ExecutorParts, incomingOf, RuleDefect } from './executor.ts';
import { createFollower, type Follower } from './follower.ts';
import { gridOf } from './grid-of.ts';
import { type Guardian, openGuardian } from './guardian.ts';
import { claimBytes, encodeHeadAnswer, judgeHeadAnswer } from './head-claim.ts';
import { type ImportDesk, openImportDesk } from './import-desk.ts';
import { type Meta, type MetaName, openMeta } from './meta.ts';
import { migrate } from './migrations.ts';
import { Orderer } from './orderer.ts';
import { Outbox } from './outbox.ts';
import { openQueries, type QueryDesk } from './queries/index.ts';
import { blockTime } from './sequencer.ts';
import { SqlState } from './sql-state.ts';
import { StateTree } from './state-tree.ts';
import type { StoreInfo, StoreOptions } from './store-options.ts';
import { type SubmitResult, submitAll } from './submit.ts';
import { completeTakeOver } from './take-over.ts';
import { openToldHeads, type ToldHeads } from './told-heads.ts';
import { Upkeep } from './upkeep.ts';
import { verifyAlone } from './verify-pool.ts';

export class Store {
  readonly #open: OpenDatabase;
  readonly #options: StoreOptions;
  readonly #meta: Meta;
  readonly #alarm: Alarm;
  readonly #parts: ExecutorParts;
  readonly #committer: Committer;
  readonly #queries: QueryDesk;
  readonly #follower: Follower;
  readonly #told: ToldHeads;
  readonly #guardian: Guardian | undefined;
  readonly #orderer: Orderer | undefined;
  readonly #importDesk: ImportDesk;
  readonly upkeep: Upkeep;

  /** Throws `replica/in-use | outdated | corrupt | not-found`, `grid/exists`, or what is wrong with a genesis. */
  constructor(options: StoreOptions) {
    this.#options = options;
    this.#open = openDatabase(options.folder, completeTakeOver);
    try {
      const { db } = this.#open;
      withStorageErrors(() => migrate(db));
      this.#meta = openMeta(db);
      this.#alarm = new Alarm(this.#meta, options.events.alarm);
      const { rules, verify, verifyMany = verifyAlone(verify), guardianSeed } = options;
      const chain = new Chain(db, this.#meta);
      const grid = gridOf(this.#meta, chain, options.start);
      const authors = new Authors(db);
      const state = new SqlState(db);
      const outbox = new Outbox(db, authors);
      this.#parts = { state, authors, rules, verify, verifyMany, grid };
      this.#committer = createCommitter(
        db,
        { parts: this.#parts, chain, outbox, tree: new StateTree(db, this.#meta) },
        (done) => this.#committed(done),
      );
      this.#told = openToldHeads(chain, this.#meta, { grid, verify });
      this.#queries = openQueries({ db, grid, chain, state, authors, outbox, unexplained: rules.unexplained });
      this.#follower = createFollower(this.#committer, () => this.#guardians()?.map(fromHex));
      this.#guardian = guardianSeed === undefined ? undefined : openGuardian(db, this.#committer, guardianSeed);
      this.#orderer = this.#guardian === undefined ? undefined : this.#takeOffice(this.#guardian);
      const canBegin = (): boolean => chain.head === undefined && guardianSeed === undefined;
      this.#importDesk = openImportDesk(db, this.#meta, { grid, verify }, canBegin);
      const apply = (block: Uint8Array) => this.apply(block);
      const { folder } = options;
      this.upkeep = new Upkeep({ db, chain, folder, desk: this.#importDesk, alarm: this.#alarm, apply });
    } catch (error) {
      this.#open.close();
      throw error;
    }
  }

  /** Founds a new grid, or makes sure that the guardian here is the one of the grid. */
  #takeOffice(guardian: Guardian): Orderer {
    const { start, clock, events, limits = doorLimits } = this.#options;
    const committer = this.#committer;
    if (committer.chain.head === undefined) {
      if (start.how !== 'create') throw new AppError('replica/not-found', 'no grid was founded here');
      guardian.found(incomingOf(start.genesis));
    }
    if (committer.chain.floor > 0) throw new AppError('replica/pruned', 'a guardian needs the whole history');
    if (this.#guardians()?.includes(hexOf(guardian.key)) !== true) {
      throw new AppError('replica/bad-certificate', 'this key is no guardian of the grid');
    }
    return new Orderer({
      guardian,
      committer,
      clock,
      door: new Door({ ...this.#parts, limits, recordBytes: () => this.#policy().limits.recordBytes }),
      policy: () => this.#policy(),
      nextDueMs: () => this.#parts.state.nextDueMs(),
      onRefused: (ids) => this.#tellOutbox(ids),
      onDefect: (defect) => events.defect(toErrorData(defect)),
    });
  }

  #policy(): Policy {
    return this.#parts.state.get('policy', 'grid') ?? defaultPolicy;
  }

  #guardians(): readonly string[] | undefined {
    return this.#parts.state.get('policy', 'grid')?.guardians;
  }

  #committed({ head, changes, outbox }: Committed): void {
    this.#queries.committed(changes);
    this.#alarm.pass();
    this.#meetTold(head.height);
    this.#options.events.head(this.query('head', null));
    this.#tellOutbox(outbox);
  }

  /** The block is committed whatever was told of it: what that proves is for the alarm. */
  #meetTold(height: number): void {
    try {
      this.#told.reached(height);
    } catch (error) {
      this.#alarm.consider(storageError(error));
    }
  }

  #tellOutbox(ids: readonly string[]): void {
    const views = ids.flatMap((id) => this.#committer.outbox.view(id) ?? []);
    if (views.length > 0) this.#options.events.outbox(views);
  }

  /** Runs a write; what must or may stop the store raises its alarm. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#alarm.consider(storageError(error));
    }
  }

  info(): StoreInfo {
    const { chain } = this.#committer;
    return {
      grid: this.#parts.grid,
      isGuardian: this.#guardian !== undefined,
      head: chain.head === undefined ? null : this.query('head', null),
      pendingCount: this.pendingCount,
      alarm: this.#alarm.raised,
      floor: chain.floor,
      importing: this.#importDesk.underWay(),
      isVerified: chain.floor === 0 || this.#meta.get('verified') !== undefined,
    };
  }

  /** Own records that wait for their block. */
  get pendingCount(): number {
    return this.#committer.outbox.size;
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
    const context = {
      db: this.#open.db,
      parts: this.#parts,
      outbox,
      recordBytes: () => this.#policy().limits.recordBytes,
      createdMs: nowMs,
      timeMs: blockTime(head.timeMs, nowMs),
    };
    const judged = this.#guarded(() => submitAll(context, records));
    this.#alarm.pass();
    for (const { incoming } of judged) if (incoming !== undefined) this.#orderer?.enqueue(incoming);
    return judged.map(({ result }) => result);
  }

  /** One entry of the outbox. */
  entry(id: string): OutboxView | null {
    return this.#committer.outbox.view(id) ?? null;
  }

  /** The oldest own records that wait, for whoever carries them to a guardian. */
  pending(limit: number): readonly { readonly id: string; readonly author: string; readonly bytes: Uint8Array }[] {
    return this.#committer.outbox.pending().slice(0, limit);
  }

  /** A guardian refused an own record for good. */
  refuse(id: string, code: ErrorCode): void {
    this.#tellOutbox(this.#guarded(() => this.#committer.outbox.refuse(id, code)));
  }

  /** A guardian's answer to each record that a peer hands in: null, or why not. Throws `net/refused` elsewhere. */
  admit(records: readonly Uint8Array[]): readonly (ErrorCode | null)[] {
    this.#alarm.check();
    return this.#office().admit(records);
  }

  /** Milliseconds until the guardian has to cut a block; undefined where there is none, or where it is stopped. */
  cutInMs(): number | undefined {
    if (this.#orderer === undefined || this.#alarm.isFinal) return undefined;
    // A block is how a guardian finds out that there is room again.
    return this.#alarm.raised === null ? this.#orderer.cutInMs() : 0;
  }

  /** Cuts a block now, with what waits at the door. */
  cut(): void {
    this.#alarm.check();
    const office = this.#office();
    this.#guarded(() => office.cut());
  }

  #office(): Orderer {
    if (this.#orderer === undefined) throw new AppError('net/refused', 'no guardian');
    return this.#orderer;
  }

  /** A certified block from anyone: see `Follower.apply`. An alarm stops the store before this throws. */
  apply(block: Uint8Array): 'applied' | 'known' {
    this.#alarm.check();
    if (this.#importDesk.underWay() !== null) throw new AppError('replica/in-use', 'a snapshot is being fetched');
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
    if (bytes === undefined) throw this.#committer.chain.missing(height);
    return bytes;
  }

  /** Answers a peer's question for our head; `isAll`: a guardian may claim that this is all it has. */
  headAnswer(nonce: Uint8Array, isAll = true): Uint8Array {
    const { chain } = this.#committer;
    const block = chain.head === undefined ? undefined : chain.stored(chain.head.height);
    if (block === undefined) throw new AppError('replica/not-executed-yet', 'no block yet', { retry: true });
    const claim = isAll ? this.#guardian?.sign(claimBytes(block.headerBytes, nonce)) : null;
    return encodeHeadAnswer(block, claim ?? null);
  }

  /** A peer's height by its answer. A proof of another history stops the store before this throws. */
  judgeHead(answer: Uint8Array, nonce: Uint8Array, askedAt: number): number {
    const { grid, verify } = this.#parts;
    const stored = (height: number) => this.#committer.chain.stored(height);
    const guardians = this.#guardians() ?? [];
    return this.#guarded(() => judgeHeadAnswer(answer, { grid, guardians, verify, nonce, askedAt, stored }).height);
  }

  /** A head that a 3bot told of, in a packet. A proof of another history stops the store before this throws. */
  judgeTold(head: CertifiedHead): ToldVerdict {
    return this.#guarded(() => this.#told.judge(head));
  }

  recall(name: MetaName): Uint8Array | undefined {
    return this.#meta.get(name);
  }

  remember(name: MetaName, value: Uint8Array): void {
    this.#guarded(() => this.#meta.set(name, value));
  }

  close(): void {
    this.#parts.verifyMany.close();
    this.#open.close();
  }
}
