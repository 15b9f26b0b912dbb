/**
 * The office of a guardian (docs/BCDB.md, "Guardians"): which stream to read, when to take part, when to move on. All that
 * happens to it, from the stream, the store or the other guardians, happens one after the other. Signs nothing itself,
 * believes nothing but signatures.
 */
import { AppError, codeOf, type ErrorData, toErrorData } from '../../core/errors.ts';
import { alarmCodes } from '../store/follower.ts';
import { Attendance } from './attendance.ts';
import { Mover, statusMs } from './mover.ts';
import type { OfficeOptions, OfficeState, Situation } from './office-parts.ts';
import { OpenStream } from './open-stream.ts';
import { RecordPublisher } from './record-publisher.ts';
import { SerialWork } from './serial-work.ts';
import { areSamePeers, headOf, isSameHead, isSeated } from './situations.ts';
import { StreamDuty } from './stream-duty.ts';
import { Witness } from './witness.ts';

/** How often the clock is looked at. */
const lookMs = 250;
/** A guardian that moved before it was restarted waits so long for what the others did, before it opens the old stream. */
const graceMs = 10_000;

/** While founders wait for block 0 their stream is opened again after so long, each time twice as long: servers need theirs to meet. */
const reopenMs = 60_000;
const mostReopenDoublings = 3;

const haltCodes: ReadonlySet<unknown> = new Set(alarmCodes);
/** The head, or the epoch, is another than a moment ago: no trouble, look again. */
const overtakenCodes: ReadonlySet<unknown> = new Set(['replica/not-found', 'guardian/wrong-epoch']);

export class Office {
  readonly #options: OfficeOptions;
  readonly #mover: Mover;
  readonly #publisher: RecordPublisher;
  readonly #work: SerialWork;
  readonly #attendance: Attendance;
  readonly #witness: Witness;
  #situation: Situation | undefined;
  #duty: StreamDuty | undefined;
  /** The epoch that a quorum moved to, and their moves: what it is to begin with. */
  #entry: { readonly epoch: number; readonly moves: readonly Uint8Array[] } = { epoch: 0, moves: [] };
  #wasSplit = false;
  #openAfterMs = 0;
  /** Something failed while a message was handled: nothing more is, until the round is read again from its beginning. */
  #isStuck = false;
  #halted: ErrorData | null = null;
  #lost: ErrorData | null = null;
  /** How often the stream was opened again for block 0. */
  #reopened = 0;

  constructor(options: OfficeOptions) {
    const { store, timers, nonce, self, verify } = options;
    this.#options = options;
    this.#attendance = new Attendance(timers, self);
    this.#work = new SerialWork({
      ...options,
      afterEach: () => this.#pump(),
      onRetry: () => this.#again(),
      onFailed: (error) => {
        this.#isStuck = true;
        if (haltCodes.has(codeOf(error))) this.#halted ??= toErrorData(error);
      },
    });
    const onError = (error: unknown): void => this.#work.tell(error);
    const onEnter = (epoch: number, moves: readonly Uint8Array[]) =>
      void this.#work.run(() => this.#enter(epoch, moves));
    const onTwo = (one: Uint8Array, other: Uint8Array) => void store.accuse(one, other).catch(onError);
    this.#witness = new Witness({ verify, onTwo });
    this.#mover = new Mover({ ...options, witness: this.#witness, onError, onEnter });
    this.#publisher = new RecordPublisher({ store, timers, run: nonce(), onError });
  }

  /** Takes office; resolves when the stream is being read, or when there is none to read yet. */
  async start(): Promise<void> {
    const { peers, timers } = this.#options;
    this.#openAfterMs = timers.nowMs() + graceMs;
    this.#work.until(peers.onMessage((guardian, bytes) => this.#mover.hear(guardian, bytes)));
    this.#work.every(lookMs, () => void this.#work.run(() => this.#look()));
    this.#work.every(statusMs, () => this.#beat());
    await this.#work.run(() => this.#mover.start());
    await this.#work.run(() => this.#refresh());
  }

  /** The store's head is at this height: by a block of ours, or one that came from elsewhere. */
  headChanged(height: number): void {
    if (this.#situation !== undefined && (headOf(this.#situation)?.height ?? -1) >= height) return;
    void this.#work.run(() => this.#refresh());
  }

  /** The store raised an alarm: whatever stops it for good ends this guardian's part, also when it asks nothing of it now. */
  alarmed(alarm: ErrorData): void {
    if (!haltCodes.has(alarm.code)) return;
    this.#halted ??= alarm;
    this.#note();
  }

  /** Records came through the door. */
  admitted(): void {
    this.#publisher.wake();
  }

  state(): OfficeState {
    return {
      epoch: this.#duty?.stream.epoch ?? null,
      isSigning: this.#maySign(),
      isStalled: this.#mover.isStalled,
      missing: this.#attendance.missing(this.#situation?.guardians ?? [], (hex) => this.#mover.isHeard(hex)),
      halted: this.#halted,
      lost: this.#lost,
    };
  }

  async close(): Promise<void> {
    this.#duty?.stream.stop();
    await this.#work.close();
    this.#duty?.stream.stop();
    await this.#duty?.stream.sequencer.close();
  }

  #isGuardian(): boolean {
    return this.#situation !== undefined && isSeated(this.#situation, this.#options.self);
  }

  #maySign(): boolean {
    const stream = this.#duty?.stream;
    const isHere = stream?.isHeard === true && this.#mover.moved <= stream.epoch;
    return isHere && this.#halted === null && this.#isGuardian();
  }

  #headEpoch(): number {
    return (this.#situation && headOf(this.#situation)?.epoch) ?? 0;
  }

  /** Looks at the chain: another head means another round, perhaps other guardians, perhaps another epoch. */
  async #refresh(isAgain = false): Promise<void> {
    const { store, host, timers } = this.#options;
    const before = this.#situation;
    const situation = await store.situation();
    this.#situation = situation;
    if (situation.headerBytes !== null) this.#lost = null;
    this.#witness.reached(situation);
    if (!this.#isGuardian()) return this.#retire();
    if (before !== undefined && this.#duty !== undefined && !areSamePeers(before, situation)) {
      await host.change(situation);
    }
    const present = this.#duty;
    const epoch = Math.max(this.#headEpoch(), this.#entry.epoch);
    if (present === undefined || present.stream.epoch < epoch) {
      const mayOpen = this.#mover.moved <= epoch || timers.nowMs() >= this.#openAfterMs;
      if (mayOpen) await this.#open(epoch, situation);
    }
    const isNewHead = before === undefined || !isSameHead(before, situation);
    if (isNewHead || isAgain || this.#duty !== present) this.#beginRound(situation, isNewHead);
    this.#note();
  }

  /** After a failure: the round from its beginning, message by message, so that nothing of the stream was skipped. */
  async #again(): Promise<void> {
    this.#isStuck = false;
    await this.#refresh(true);
  }

  /** No guardian (any more, or yet): nothing to do but to wait. */
  async #retire(): Promise<void> {
    const duty = this.#duty;
    this.#duty = undefined;
    this.#publisher.use(undefined);
    duty?.stream.stop();
    await duty?.stream.sequencer.close();
    this.#note();
  }

  /** A quorum moved: its stream is the one to read, and these moves are what it begins with. */
  async #enter(epoch: number, moves: readonly Uint8Array[]): Promise<void> {
    if (epoch <= this.#headEpoch() || epoch < this.#entry.epoch) return;
    this.#entry = { epoch, moves };
    if (this.#duty?.stream.epoch !== epoch) await this.#refresh();
  }

  async #open(epoch: number, situation: Situation): Promise<void> {
    const { host, timers, nonce, self, windowBytes } = this.#options;
    this.#duty?.stream.stop();
    this.#duty = undefined;
    const sequencer = await host.open(epoch, situation);
    const onMessage = (): Promise<void> => this.#work.run(async () => undefined);
    const stream = new OpenStream({ sequencer, timers, nonce: nonce(), onMessage, windowBytes });
    const maySign = (): boolean => this.#maySign();
    this.#duty = new StreamDuty({ ...this.#options, stream, witness: this.#witness, maySign });
    stream.say({ kind: 'hello', guardian: self, nonce: stream.nonce }, () => true);
    this.#publisher.use(stream.writer);
  }

  #beginRound(situation: Situation, isNewHead: boolean): void {
    const duty = this.#duty;
    const reached = duty?.begin(situation, isNewHead);
    if (duty === undefined || reached === undefined) return;
    this.#publisher.reached(reached);
    duty.stream.sequencer.forget(reached + 1).catch((error: unknown) => this.#work.tell(error));
  }

  async #pump(): Promise<void> {
    await this.#advance();
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const wasHeard = this.#duty?.stream.isHeard;
      await this.#duty?.take(next);
      if (this.#duty?.stream.isHeard !== wasHeard) this.#note();
      await this.#advance();
    }
  }

  #next() {
    return this.#work.isClosed || this.#isStuck ? undefined : this.#duty?.next();
  }

  /** Whatever the round allows now. */
  async #advance(): Promise<void> {
    const duty = this.#duty;
    if (duty === undefined || this.#isStuck) return;
    try {
      this.#attendance.note(duty.heard());
      if (await duty.advance()) await this.#refresh();
      else if (duty.isSplit !== this.#wasSplit) this.#note();
    } catch (error) {
      if (!overtakenCodes.has(codeOf(error))) throw error;
      await this.#refresh();
    }
  }

  /** Every `lookMs`; the clock may give a reason to tick, which follows every piece of work. */
  async #look(): Promise<void> {
    if (this.#work.isRetrying) return;
    if (this.#duty === undefined) return this.#isGuardian() ? this.#refresh() : undefined;
    const { epoch, moves } = this.#entry;
    if (epoch > this.#headEpoch() && this.#duty.stream.epoch === epoch) await this.#duty.offer(moves);
    await this.#foundAgain(this.#duty);
  }

  /**
   * Before block 0 no epoch can end: a stream in which a quorum that is there comes to no block 0 lost what they said. It is
   * opened again, and all of it is said again.
   */
  async #foundAgain({ stream }: StreamDuty): Promise<void> {
    const situation = this.#situation;
    if (situation?.headerBytes !== null || situation.genesis === null || !this.#mover.isStalled) return;
    const waitMs = reopenMs * 2 ** Math.min(this.#reopened, mostReopenDoublings);
    if (this.#options.timers.nowMs() - stream.openedMs < waitMs) return;
    this.#reopened += 1;
    const lost = new AppError('guardian/stream-lost', 'no first block comes of it: it is opened again', {
      retry: true,
    });
    this.#work.tell(lost);
    this.#lost ??= toErrorData(lost);
    await this.#open(stream.epoch, situation);
    this.#beginRound(situation, true);
    this.#note();
  }

  #beat(): void {
    this.#publisher.wake();
    this.#note();
    this.#mover.beat();
  }

  #note(): void {
    if (this.#situation === undefined || this.#work.isClosed) return;
    const duty = this.#duty;
    this.#wasSplit = duty?.isSplit ?? false;
    const dueMs = duty?.waitsSinceMs() ?? null;
    this.#mover.note({
      epoch: duty?.stream.epoch ?? null,
      situation: this.#situation,
      waitsSinceMs: dueMs === null ? null : Math.min(dueMs, this.#publisher.waitsSinceMs ?? dueMs),
      isSplit: this.#wasSplit,
    });
    this.#options.onState(this.state());
  }
}
