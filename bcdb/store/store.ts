/**
 * A replica's store without its thread: opens the database, and does one thing at a time, each a transaction. The only
 * writer of the database. Knows no network and no timers; the worker around it has both.
 */
import { AppError, codeOf, type ErrorCode, toErrorData } from '../../core/errors.ts';
import type { CertifiedHead } from '../../core/proofs-history.ts';
import type { OutboxView } from '../../core/views.ts';
import type { Queries, QueryName, ToldVerdict } from '../replica-api.ts';
import { type LeafRequest, leafCertificate } from '../sequencer/certificates.ts';
import { Alarm } from './alarm.ts';
import { Authors } from './authors.ts';
import { healedOf } from './begin-anew.ts';
import { Chain } from './chain.ts';
import { type Committed, type Committer, createCommitter } from './committer.ts';
import { hexOf, type OpenDatabase, openDatabase, storageError, withStorageErrors } from './database.ts';
import { doorLimits } from './door.ts';
import type { ExecutorParts, Incoming } from './executor.ts';
import { createFollower, type Follower } from './follower.ts';
import { type GuardianKey, guardianKey } from './guardian.ts';
import type { GuardianActs } from './guardian-acts.ts';
import { GuardianDuty } from './guardian-duty.ts';
import type { ToldHead } from './head-claim.ts';
import { HeadDesk } from './head-desk.ts';
import { type ImportDesk, openImportDesk } from './import-desk.ts';
import { createLiveQueries, type LiveQueries } from './live-queries.ts';
import { type Fork, type Lookout, openLookout } from './lookout.ts';
import { type Meta, openMeta } from './meta.ts';
import { migrate } from './migrations.ts';
import { Outbox } from './outbox.ts';
import { openQueries, type QueryDesk } from './queries/index.ts';
import { blockTime } from './sequencer.ts';
import { SqlState } from './sql-state.ts';
import { policyIn } from './standing-policy.ts';
import { StateTree } from './state-tree.ts';
import type { Duty, StoreInfo, StoreOptions } from './store-options.ts';
import { rememberStart } from './store-start.ts';
import { type SubmitResult, submitAll } from './submit.ts';
import { completeTakeOver } from './take-over.ts';
import { Upkeep } from './upkeep.ts';
import { verifyAlone } from './verify-pool.ts';

export class Store {
  readonly #open: OpenDatabase;
  readonly #options: StoreOptions;
  readonly #meta: Meta;
  readonly #alarm: Alarm;
  readonly #lookout: Lookout;
  readonly #parts: ExecutorParts;
  readonly #committer: Committer;
  readonly #follower: Follower;
  readonly #self: GuardianKey | undefined;
  readonly #duty: GuardianDuty | undefined;
  readonly #importDesk: ImportDesk;
  readonly queries: QueryDesk;
  /** Answers that go on: each block that changes one makes a step, told by `events.delta`. */
  readonly live: LiveQueries;
  readonly heads: HeadDesk;
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
      const { folder, rules, verify, verifyMany = verifyAlone(verify), guardianSeed, start, clock, events } = options;
      const chain = new Chain(db, this.#meta);
      const { grid, genesis } = rememberStart(this.#meta, chain, start);
      const authors = new Authors(db);
      const state = new SqlState(db);
      const outbox = new Outbox(db, authors);
      this.#parts = { state, authors, rules, verify, verifyMany, grid };
      const tree = new StateTree(db, this.#meta);
      const onCommitted = (done: Committed): void => this.#committed(done);
      this.#committer = createCommitter(db, { parts: this.#parts, chain, outbox, tree }, onCommitted);
      const watched = { db, meta: this.#meta, chain, alarm: this.#alarm, authors, outbox };
      this.#lookout = openLookout({ ...watched, grid, verify, clock, onDefect: events.defect });
      this.queries = openQueries({ db, grid, chain, state, authors, outbox, unexplained: rules.unexplained });
      this.live = createLiveQueries({
        ask: (name, input) => this.query(name, input),
        tell: (watch, seq, delta) => options.events.delta?.(watch, seq, delta),
        onDefect: (error) => options.events.defect(toErrorData(error)),
      });
      this.#follower = createFollower(this.#committer, this.#lookout.accusations);
      this.#self = guardianSeed === undefined ? undefined : guardianKey(guardianSeed, verify);
      this.#duty = this.#self === undefined ? undefined : this.#openDuty(this.#self, genesis);
      this.#duty?.found();
      const role = () => this.#duty?.role ?? 'none';
      this.heads = new HeadDesk({ grid, verify, state, chain, told: this.#lookout.told, self: this.#self, role });
      const canBegin = (): boolean => chain.head === undefined && guardianSeed === undefined;
      this.#importDesk = openImportDesk(db, this.#meta, { grid, verify }, canBegin);
      const own = { meta: this.#meta, alarm: this.#alarm, desk: this.#importDesk, folder };
      const apply = (block: Uint8Array) => this.apply(block);
      const tellOutbox = (ids: readonly string[]) => this.#tellOutbox(ids);
      this.upkeep = new Upkeep({ db, chain, outbox, ...own, apply, tellOutbox });
      this.upkeep.settleOwn();
    } catch (error) {
      this.#open.close();
      throw error;
    }
  }

  #openDuty(self: GuardianKey, genesis: Incoming | undefined): GuardianDuty {
    const { clock, events, limits } = this.#options;
    if (this.#committer.chain.floor > 0) throw new AppError('replica/pruned', 'a guardian needs the whole history');
    return new GuardianDuty({
      db: this.#open.db,
      self,
      committer: this.#committer,
      clock,
      limits: { ...doorLimits, ...limits },
      genesis,
      onFork: (fork, standing) => this.#lookout.noteFork(fork, standing?.bytes),
      onRefused: (ids) => this.#tellOutbox(ids),
      onDefect: (defect) => events.defect(toErrorData(defect)),
    });
  }

  #committed({ head, changes, executed, outbox }: Committed): void {
    const { events } = this.#options;
    this.queries.committed(changes);
    this.#alarm.pass();
    const isOfficeChanged = this.#duty?.settled(executed) ?? false;
    this.#lookout.committed({ head, executed, outbox });
    events.head(this.query('head', null));
    this.#tellOutbox(outbox);
    if (isOfficeChanged) events.guardian?.(this.#duty?.isGuardian ?? false);
    this.live.committed(changes);
  }

  #tellOutbox(ids: readonly string[]): void {
    const views = ids.flatMap((id) => this.#committer.outbox.view(id) ?? []);
    if (views.length > 0) this.#options.events.outbox(views);
  }

  info(): StoreInfo {
    const { chain } = this.#committer;
    return {
      grid: this.#parts.grid,
      isGuardian: this.#duty?.isGuardian ?? false,
      head: chain.head === undefined ? null : this.query('head', null),
      pendingCount: this.pendingCount,
      alarm: this.#alarm.raised,
      floor: chain.floor,
      importing: this.#importDesk.underWay(),
      isVerified: chain.floor === 0 || this.#meta.get('verified') !== undefined,
      healed: healedOf(this.#meta),
    };
  }

  /** Own records that wait for their block. */
  get pendingCount(): number {
    return this.#committer.outbox.size;
  }

  query<Q extends QueryName>(name: Q, input: Queries[Q][0]): Queries[Q][1] {
    return withStorageErrors(() => this.queries.answer(name, input));
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
      recordBytes: () => policyIn(this.#parts.state).limits.recordBytes,
      createdMs: nowMs,
      timeMs: blockTime(head.timeMs, nowMs),
      onFork: (fork: Fork) => this.#lookout.noteFork(fork, outbox.waitingAt(hexOf(fork.author), fork.seq)),
    };
    const judged = this.#lookout.guarded(() => submitAll(context, records));
    this.#alarm.pass();
    for (const { incoming } of judged) if (incoming !== undefined) this.#duty?.enqueue(incoming);
    return judged.map(({ result }) => result);
  }

  /** One entry of the outbox. */
  entry = (id: string): OutboxView | null => this.#committer.outbox.view(id) ?? null;

  /** The oldest own records that wait, for whoever carries them to a guardian. */
  pending(limit: number): readonly { readonly id: string; readonly author: string; readonly bytes: Uint8Array }[] {
    return this.#committer.outbox.pending().slice(0, limit);
  }

  /** A guardian refused an own record for good. */
  refuse(id: string, code: ErrorCode): void {
    this.#tellOutbox(this.#lookout.guarded(() => this.#committer.outbox.refuse(id, code)));
  }

  /** A guardian's answer to each record that a peer hands in: null, or why not. Throws `net/refused` elsewhere. */
  admit = (records: readonly Uint8Array[]): readonly (ErrorCode | null)[] => this.beginAdmit(records)();

  /** The same in two steps: threads verify the records while something else is done. */
  beginAdmit(records: readonly Uint8Array[]): () => readonly (ErrorCode | null)[] {
    this.#alarm.check();
    return this.#onDuty().admit(records);
  }

  /**
   * Among several guardians: records to be published, own ones and those of others, each once; again when they stand in no
   * block for long. Throws `net/refused` where this is no guardian.
   */
  takeAdmitted(mostRecords: number, mostBytes: number): readonly Uint8Array[] {
    this.#alarm.check();
    return this.#onDuty().intake().door.take(mostRecords, mostBytes);
  }

  /** Milliseconds until a block has to be cut; undefined where no guardian is alone, or where it is stopped. */
  cutInMs(): number | undefined {
    const cutInMs = this.#alarm.isFinal ? undefined : this.#duty?.cutInMs();
    // A block is how a guardian finds out that there is room again.
    return cutInMs === undefined || this.#alarm.raised === null ? cutInMs : 0;
  }

  /** Cuts a block now, with what waits at the door. */
  cut(): void {
    this.#alarm.check();
    const duty = this.#onDuty();
    this.#lookout.guarded(() => duty.cut());
  }

  #onDuty(): GuardianDuty {
    if (this.#duty === undefined) throw new AppError('net/refused', 'no guardian');
    return this.#duty;
  }

  /** One act of a guardian among several (guardian-acts.ts). Throws the alarm that stopped the store. */
  act<T>(work: (acts: GuardianActs) => T): T {
    this.#alarm.check();
    try {
      return work(this.#onDuty().acts);
    } catch (error) {
      // To refuse to say a second thing is no proof that anybody said two.
      throw codeOf(error) === 'replica/forked-head' ? error : this.#alarm.consider(storageError(error));
    }
  }

  /** See `GuardianActs.adopt`: a proof that this guardian's key said two things stops it for good. */
  adopt(statement: Uint8Array, epoch: number): void {
    this.#alarm.check();
    const { acts } = this.#onDuty();
    this.#lookout.guarded(() => acts.adopt(statement, epoch));
  }

  /** Two statements of one guardian: see `Accusations.bring`. */
  accuse = (ours: Uint8Array, theirs: Uint8Array): void => this.#lookout.accuse(ours, theirs);

  /** What the office of a guardian among several goes by. Throws `net/refused` without a guardian's key. */
  situation(): Duty {
    return this.#onDuty().view();
  }

  /** This guardian's word for a TLS key of its own sequencer, DER. Throws `net/refused` without a guardian's key. */
  certifySequencer(request: LeafRequest): Uint8Array {
    if (this.#self === undefined) throw new AppError('net/refused', 'no guardian');
    const { key, sign } = this.#self;
    return leafCertificate(request, key, sign);
  }

  /** A certified block from anyone: see `Follower.apply`. An alarm stops the store before this throws. */
  apply(block: Uint8Array, next?: Uint8Array): 'applied' | 'known' {
    this.#alarm.check();
    if (this.#importDesk.underWay() !== null) throw new AppError('replica/in-use', 'a snapshot is being fetched');
    return this.#lookout.guarded(() => this.#follower.apply(block, next));
  }

  /** A certified block as it travels. Throws `replica/not-executed-yet`. */
  block(height: number): Uint8Array {
    const bytes = withStorageErrors(() => this.#committer.chain.blockBytes(height));
    if (bytes === undefined) throw this.#committer.chain.missing(height);
    return bytes;
  }

  /** What a peer's answer says of its head. A proof of another history stops the store before this throws. */
  judgeHead(...told: Parameters<HeadDesk['judgeAnswer']>): ToldHead {
    return this.#lookout.guarded(() => this.heads.judgeAnswer(...told));
  }

  /** A head that a 3bot told of, in a packet. A proof of another history stops the store before this throws. */
  judgeTold(head: CertifiedHead): ToldVerdict {
    return this.#lookout.guarded(() => this.heads.judge(head));
  }

  close(): void {
    this.#parts.verifyMany.close();
    this.#open.close();
  }
}
