/**
 * The office of a guardian (docs/BCDB.md, "Guardians"): reads the stream, message by message, and does at each what the
 * protocol asks. All that happens to it, from the stream, the store or the other guardians, happens one after the other.
 * Signs nothing itself, believes nothing but signatures.
 */
import { equalBytes } from '../../core/bytes.ts';
import { type AppError, codeOf, type ErrorData, toErrorData } from '../../core/errors.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import { alarmCodes } from '../store/follower.ts';
import { Attendance } from './attendance.ts';
import { judgeBeginning, offerBeginning, turnAfterMs } from './beginning.ts';
import { decodeMessage, type Message } from './messages.ts';
import { Mover, statusMs } from './mover.ts';
import type { OfficeState, OfficeStore, Situation, Timers } from './office-parts.ts';
import { OpenStream } from './open-stream.ts';
import { ownStatement } from './own-words.ts';
import type { GuardianPeers } from './peer-messages.ts';
import { RecordPublisher } from './record-publisher.ts';
import { type Begins, givenFor, Round } from './round.ts';
import type { SequencerHost, StreamMessage } from './sequencer-api.ts';
import { SerialWork } from './serial-work.ts';
import { areSamePeers, headOf, isSameHead, isSeated } from './situations.ts';

export type OfficeOptions = {
  readonly self: PublicKey;
  readonly grid: Uint8Array;
  readonly store: OfficeStore;
  readonly host: SequencerHost;
  readonly peers: GuardianPeers;
  readonly verify: Verify;
  /** Wall clock, milliseconds since 1970. */
  readonly clock: () => number;
  readonly timers: Timers;
  /** 16 bytes that nobody can guess. */
  readonly nonce: () => Uint8Array;
  readonly onState: (state: OfficeState) => void;
  readonly onError: (error: AppError) => void;
  /** Most bytes of the stream to remember. */
  readonly windowBytes?: number | undefined;
};

/** With nothing to say, a block as a sign of life this often. */
const silenceMs = 30_000;
/** How often the clock is looked at. */
const lookMs = 250;
/** A guardian that moved before it was restarted waits so long for what the others did, before it opens the old stream. */
const graceMs = 10_000;
/** A stream may take longer to come up than a block may take. */
const openingMs = 20_000;

const haltCodes: ReadonlySet<unknown> = new Set(alarmCodes);
/** The head, or the epoch, is another than a moment ago: no trouble, look again. */
const overtakenCodes: ReadonlySet<unknown> = new Set(['replica/not-found', 'guardian/wrong-epoch']);

export class Office {
  readonly #options: OfficeOptions;
  readonly #mover: Mover;
  readonly #publisher: RecordPublisher;
  readonly #work: SerialWork;
  readonly #attendance: Attendance;
  #situation: Situation | undefined;
  #stream: OpenStream | undefined;
  #round: Round | undefined;
  /** The epoch that a quorum moved to, and their moves: what it is to begin with. */
  #entry: { readonly epoch: number; readonly moves: readonly Uint8Array[] } = { epoch: 0, moves: [] };
  #wasSplit = false;
  #offers = 0;
  #tickedMs: number | undefined;
  #headMs = 0;
  #openAfterMs = 0;
  /** Others have blocks that are needed to judge what the epoch begins with. */
  #isBehind = false;
  #halted: ErrorData | null = null;
  constructor(options: OfficeOptions) {
    const { store, timers, nonce, self } = options;
    this.#options = options;
    this.#attendance = new Attendance(timers, self);
    this.#work = new SerialWork({
      ...options,
      afterEach: () => this.#pump(),
      onRetry: () => this.#refresh(),
      onFailed: (error) => {
        if (haltCodes.has(codeOf(error))) this.#halted ??= toErrorData(error);
      },
    });
    const onError = (error: unknown): void => this.#work.tell(error);
    const onEnter = (epoch: number, moves: readonly Uint8Array[]) =>
      void this.#work.run(() => this.#enter(epoch, moves));
    this.#mover = new Mover({ ...options, onError, onEnter });
    this.#publisher = new RecordPublisher({ store, timers, run: nonce(), onError });
  }

  /** Takes office; resolves when the stream is being read, or when there is none to read yet. */
  async start(): Promise<void> {
    const { peers, timers } = this.#options;
    await this.#mover.start();
    this.#openAfterMs = timers.nowMs() + graceMs;
    this.#work.until(peers.onMessage((guardian, bytes) => this.#mover.hear(guardian, bytes)));
    this.#work.every(lookMs, () => void this.#work.run(() => this.#look()));
    this.#work.every(statusMs, () => this.#beat());
    await this.#work.run(() => this.#refresh());
  }

  /** The store's head is at this height: by a block of ours, or one that came from elsewhere. */
  headChanged(height: number): void {
    if (this.#situation !== undefined && (headOf(this.#situation)?.height ?? -1) >= height) return;
    void this.#work.run(() => this.#refresh());
  }

  /** Records came through the door. */
  admitted(): void {
    this.#publisher.wake();
  }

  state(): OfficeState {
    return {
      epoch: this.#stream?.epoch ?? null,
      isSigning: this.#maySign(),
      isStalled: this.#mover.isStalled,
      missing: this.#attendance.missing(this.#situation?.guardians ?? [], (hex) => this.#mover.isHeard(hex)),
      halted: this.#halted,
    };
  }

  async close(): Promise<void> {
    this.#stream?.stop();
    await this.#work.close();
    this.#stream?.stop();
    await this.#stream?.sequencer.close();
  }

  #isGuardian(): boolean {
    return this.#situation !== undefined && isSeated(this.#situation, this.#options.self);
  }

  #maySign(): boolean {
    const stream = this.#stream;
    const isHere = stream?.isHeard === true && this.#mover.moved <= stream.epoch;
    return isHere && this.#halted === null && this.#isGuardian();
  }

  #headEpoch(): number {
    return (this.#situation && headOf(this.#situation)?.epoch) ?? 0;
  }

  /** Looks at the chain: another head means another round, perhaps other guardians, perhaps another epoch. */
  async #refresh(): Promise<void> {
    const { store, host, timers } = this.#options;
    const before = this.#situation;
    const situation = await store.situation();
    this.#situation = situation;
    if (before === undefined || !isSameHead(before, situation)) {
      this.#headMs = timers.nowMs();
      this.#isBehind = false;
      this.#round = undefined;
    }
    if (!this.#isGuardian()) return this.#retire();
    if (before !== undefined && this.#stream !== undefined && !areSamePeers(before, situation)) {
      await host.change(situation);
    }
    const epoch = Math.max(this.#headEpoch(), this.#entry.epoch);
    if (this.#stream === undefined || this.#stream.epoch < epoch) {
      const mayOpen = this.#mover.moved <= epoch || timers.nowMs() >= this.#openAfterMs;
      if (mayOpen) await this.#open(epoch);
    }
    if (this.#round === undefined && !this.#isBehind) this.#beginRound();
    this.#note();
  }

  /** No guardian (any more, or yet): nothing to do but to wait. */
  async #retire(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#publisher.use(undefined);
    stream?.stop();
    await stream?.sequencer.close();
    this.#note();
  }

  /** A quorum moved: its stream is the one to read, and these moves are what it begins with. */
  async #enter(epoch: number, moves: readonly Uint8Array[]): Promise<void> {
    if (epoch <= this.#headEpoch() || epoch < this.#entry.epoch) return;
    this.#entry = { epoch, moves };
    if (this.#stream?.epoch !== epoch) await this.#refresh();
  }

  async #open(epoch: number): Promise<void> {
    const { host, timers, nonce, self, windowBytes } = this.#options;
    if (this.#situation === undefined) return;
    this.#stream?.stop();
    this.#stream = undefined;
    this.#round = undefined;
    this.#isBehind = false;
    this.#offers = 0;
    const sequencer = await host.open(epoch, this.#situation);
    const onMessage = (): Promise<void> => this.#work.run(async () => undefined);
    const stream = new OpenStream({ sequencer, timers, nonce: nonce(), onMessage, windowBytes });
    this.#stream = stream;
    stream.say({ kind: 'hello', guardian: self, nonce: stream.nonce }, () => true);
    this.#publisher.use(stream.writer);
  }

  /** The block above the head, from the messages behind it; in a new epoch only once it began. */
  #beginRound(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#situation === undefined) return;
    const head = headOf(this.#situation);
    this.#tickedMs = undefined;
    if (head === undefined && this.#situation.genesis === null) return; // block 0 comes from others
    const isBegun = (head?.epoch ?? 0) === stream.epoch;
    const position = isBegun ? (head?.position ?? 0) : 0;
    if (isBegun) this.#round = this.#roundAt(stream, this.#situation, {});
    if (isBegun && head !== undefined) {
      this.#publisher.reached(position);
      stream.sequencer.forget(position + 1).catch((error: unknown) => this.#work.tell(error));
    }
    stream.readBehind(position);
  }

  #roundAt(stream: OpenStream, situation: Situation, begins: Begins): Round {
    const head = headOf(situation);
    const round: Round = new Round({
      ...this.#options,
      epoch: stream.epoch,
      height: head === undefined ? 0 : head.height + 1,
      guardians: situation.guardians,
      lastTimeMs: head?.timeMs ?? 0,
      recordsPerBlock: situation.recordsPerBlock,
      given: givenFor(situation, begins, stream.epoch),
      first: begins.first,
      say: (message) => stream.say(message, () => this.#round === round),
    });
    return round;
  }

  async #pump(): Promise<void> {
    await this.#advance();
    for (let message = this.#next(); message !== undefined; message = this.#next()) await this.#take(message);
  }

  #next(): StreamMessage | undefined {
    return this.#work.isClosed || this.#isBehind ? undefined : this.#stream?.take();
  }

  async #take({ position, bytes }: StreamMessage): Promise<void> {
    const stream = this.#stream;
    const message = decodeMessage(bytes);
    if (message === undefined || stream === undefined) return;
    if (!stream.isHeard) await this.#recall(stream, message);
    if (this.#round !== undefined) this.#round.take(position, message);
    else if (message.kind === 'begin') await this.#takeBegin(stream, position, message);
    await this.#advance();
  }

  /** Before its own hello a guardian reads what it said in an earlier life, and says nothing new. */
  async #recall(stream: OpenStream, message: Message): Promise<void> {
    const { store, self, verify } = this.#options;
    const own = ownStatement(message, self, verify, stream.epoch);
    if (own !== undefined) await store.adopt(own, stream.epoch);
    if (message.kind !== 'hello' || !equalBytes(message.nonce, stream.nonce)) return;
    stream.isHeard = true;
    this.#note();
  }

  async #takeBegin(stream: OpenStream, position: number, message: Extract<Message, { kind: 'begin' }>): Promise<void> {
    const situation = this.#situation;
    if (situation === undefined) return;
    const judged = await judgeBeginning(this.#options, situation, { message, epoch: stream.epoch, position });
    if (judged.outcome === 'ahead') this.#isBehind = true;
    if (judged.outcome !== 'valid') return;
    const { value } = judged;
    const begins = value.next === 'cut' ? { first: value.epochRecord } : { block: value.block };
    this.#round = this.#roundAt(stream, situation, begins);
  }

  /** Whatever the round allows now. */
  async #advance(): Promise<void> {
    const round = this.#round;
    if (round === undefined) return;
    try {
      await this.#tick(round);
      if (await round.advance(this.#maySign())) await this.#refresh();
      else if (isSplit(round) !== this.#wasSplit) this.#note();
    } catch (error) {
      if (!overtakenCodes.has(codeOf(error))) throw error;
      await this.#refresh();
    }
    this.#attendance.note(round.heard());
  }

  /** Says that this guardian is ready to cut the block, once it has a reason. */
  async #tick(round: Round): Promise<void> {
    const { store, clock, timers } = this.#options;
    const stream = this.#stream;
    if (stream === undefined || this.#tickedMs !== undefined || !round.isOpen || !this.#maySign()) return;
    const dueMs = this.#situation?.dueMs ?? null;
    const isDue = dueMs !== null && clock() >= dueMs;
    const isSilent = timers.nowMs() - this.#headMs >= silenceMs;
    if (!round.hasReason && !isDue && !isSilent) return;
    const signed = await store.tick(stream.epoch);
    this.#tickedMs = timers.nowMs();
    stream.say({ kind: 'tick', signed }, () => this.#round === round);
  }

  /** Every `lookMs`. */
  async #look(): Promise<void> {
    const stream = this.#stream;
    if (this.#work.isRetrying) return;
    if (stream === undefined) return this.#isGuardian() ? this.#refresh() : undefined;
    const { timers, self } = this.#options;
    const situation = this.#situation;
    const { epoch, moves } = this.#entry;
    const isWaiting = this.#round === undefined && !this.#isBehind && stream.isHeard && epoch > this.#headEpoch();
    if (!isWaiting || situation === undefined || stream.epoch !== epoch) return;
    const turnMs = stream.openedMs + turnAfterMs(situation.guardians, self, epoch, this.#offers);
    if (timers.nowMs() < turnMs) return;
    this.#offers += 1;
    const begin = await offerBeginning(this.#options, situation, epoch, moves);
    if (begin !== undefined) stream.say(begin, () => this.#stream === stream && this.#round === undefined);
  }

  #beat(): void {
    this.#publisher.wake();
    this.#note();
    this.#mover.beat();
    this.#options.onState(this.state());
  }

  /** Since when a block is due. */
  #waitsSinceMs(): number | null {
    const stream = this.#stream;
    if (stream === undefined) return null;
    if (!stream.isHeard) return stream.openedMs + openingMs;
    if (this.#round === undefined) return stream.openedMs;
    const silentMs = this.#headMs + silenceMs;
    return Math.min(this.#tickedMs ?? silentMs, this.#publisher.waitsSinceMs ?? silentMs);
  }

  #note(): void {
    if (this.#situation === undefined || this.#work.isClosed) return;
    this.#wasSplit = this.#round !== undefined && isSplit(this.#round);
    this.#mover.note({
      epoch: this.#stream?.epoch ?? null,
      situation: this.#situation,
      waitsSinceMs: this.#waitsSinceMs(),
      isSplit: this.#wasSplit,
    });
    this.#options.onState(this.state());
  }
}

/** No block can come of it for this guardian. */
const isSplit = (round: Round): boolean => round.votes.isSplit() || round.contradiction() !== undefined;
