/**
 * What an office does in the stream of one epoch: one round after the other, each from the messages behind the head; in a
 * new epoch first its beginning. Whoever drives it hands over messages one at a time.
 */
import { equalBytes } from '../../core/bytes.ts';
import { judgeBeginning, offerBeginning, turnAfterMs } from './beginning.ts';
import { decodeMessage, type Message } from './messages.ts';
import type { OfficeOptions, Situation } from './office-parts.ts';
import type { OpenStream } from './open-stream.ts';
import { ownStatement } from './own-words.ts';
import { type Begins, givenFor, Round } from './round.ts';
import type { StreamMessage } from './sequencer-api.ts';
import { headOf } from './situations.ts';
import type { Witness } from './witness.ts';

/** With nothing to say, a block as a sign of life this often. */
const silenceMs = 30_000;
/** A stream may take longer to come up than a block may take. */
const openingMs = 20_000;

export type StreamDutyOptions = Pick<OfficeOptions, 'store' | 'self' | 'grid' | 'verify' | 'clock' | 'timers'> & {
  readonly stream: OpenStream;
  readonly witness: Pick<Witness, 'hear'>;
  /** Nothing is said before our own hello was read, nor after a move to a later epoch. */
  readonly maySign: () => boolean;
};

export class StreamDuty {
  readonly stream: OpenStream;
  readonly #options: StreamDutyOptions;
  #situation: Situation | undefined;
  #round: Round | undefined;
  #headMs: number;
  #tickedMs: number | undefined;
  #offers = 0;
  /** Others have blocks that are needed to judge what the epoch begins with. */
  #isBehind = false;

  constructor(options: StreamDutyOptions) {
    this.#options = options;
    this.stream = options.stream;
    this.#headMs = options.timers.nowMs();
  }

  /** No block can come of the round for this guardian. */
  get isSplit(): boolean {
    const round = this.#round;
    return round !== undefined && (round.votes.isSplit() || round.contradiction() !== undefined);
  }

  /** Who said something in the present round, as hexadecimal keys. */
  heard(): readonly string[] {
    return this.#round?.heard() ?? [];
  }

  /** The head that the stream of this epoch goes on from; undefined: the epoch has no block yet. */
  #headHere(situation: Situation): { readonly position: number } | undefined {
    const head = headOf(situation);
    if ((head?.epoch ?? 0) !== this.stream.epoch) return undefined;
    return { position: head?.position ?? 0 };
  }

  /**
   * The block above the head, from the first message behind it on, whatever was handled before; in a new epoch from what
   * begins it. Answers up to where the stream is needed no more, if anywhere.
   */
  begin(situation: Situation, isNewHead: boolean): number | undefined {
    this.#situation = situation;
    this.#round = undefined;
    this.#tickedMs = undefined;
    this.#isBehind = false;
    if (isNewHead) this.#headMs = this.#options.timers.nowMs();
    if (situation.headerBytes === null && situation.genesis === null) return undefined; // block 0 comes from others
    const here = this.#headHere(situation);
    if (here !== undefined) this.#round = this.#roundOn(situation, {});
    // Block 0 is given, not cut: votes are all that it needs of the stream, and they are said again.
    this.stream.readBehind(here?.position ?? 0, situation.headerBytes === null);
    return situation.headerBytes === null ? undefined : here?.position;
  }

  #roundOn(situation: Situation, begins: Begins): Round {
    const head = headOf(situation);
    const { epoch } = this.stream;
    const round: Round = new Round({
      ...this.#options,
      epoch,
      height: head === undefined ? 0 : head.height + 1,
      guardians: situation.guardians,
      lastTimeMs: head?.timeMs ?? 0,
      recordsPerBlock: situation.recordsPerBlock,
      given: givenFor(situation, begins, epoch),
      first: begins.first,
      say: (message) => this.stream.say(message, () => this.#round === round),
    });
    return round;
  }

  /** The next message to `take`. */
  next(): StreamMessage | undefined {
    return this.#isBehind ? undefined : this.stream.take();
  }

  /** Takes a message. Throws what the store throws; then the round must `begin` again. */
  async take({ position, bytes }: StreamMessage): Promise<void> {
    const message = decodeMessage(bytes);
    if (message === undefined) return;
    this.#options.witness.hear(message, this.stream.epoch);
    if (!this.stream.isHeard) await this.#recall(message);
    if (this.#round !== undefined) this.#round.take(position, message);
    else if (message.kind === 'begin') await this.#takeBegin(position, message);
  }

  /** Before its own hello a guardian reads what it said in an earlier life, and says nothing new. */
  async #recall(message: Message): Promise<void> {
    const { store, self, verify } = this.#options;
    const own = ownStatement(message, self, verify, this.stream.epoch);
    if (own !== undefined) await store.adopt(own, this.stream.epoch);
    if (message.kind === 'hello' && equalBytes(message.nonce, this.stream.nonce)) this.stream.isHeard = true;
  }

  async #takeBegin(position: number, message: Extract<Message, { kind: 'begin' }>): Promise<void> {
    const situation = this.#situation;
    if (situation === undefined) return;
    const { epoch } = this.stream;
    const judged = await judgeBeginning(this.#options, situation, { message, epoch, position });
    if (judged.outcome === 'ahead') this.#isBehind = true;
    if (judged.outcome !== 'valid') return;
    const { value } = judged;
    this.#round = this.#roundOn(
      situation,
      value.next === 'cut' ? { first: value.epochRecord } : { block: value.block },
    );
  }

  /** Whatever the round allows now. True: its block is committed. */
  async advance(): Promise<boolean> {
    const round = this.#round;
    if (round === undefined) return false;
    await this.#tick(round);
    return round.advance(this.#options.maySign());
  }

  /** Says that this guardian is ready to cut the block, once it has a reason. */
  async #tick(round: Round): Promise<void> {
    const { store, clock, timers, maySign } = this.#options;
    if (this.#tickedMs !== undefined || !round.isOpen || !maySign()) return;
    const dueMs = this.#situation?.dueMs ?? null;
    const isDue = dueMs !== null && clock() >= dueMs;
    const isSilent = timers.nowMs() - this.#headMs >= silenceMs;
    if (!round.hasReason && !isDue && !isSilent) return;
    const signed = await store.tick(this.stream.epoch);
    this.#tickedMs = timers.nowMs();
    this.stream.say({ kind: 'tick', signed }, () => this.#round === round);
  }

  /** Offers a beginning of the epoch by a quorum's moves, when nobody else did and it is this guardian's turn. */
  async offer(moves: readonly Uint8Array[]): Promise<void> {
    const { timers, self } = this.#options;
    const { stream } = this;
    const situation = this.#situation;
    if (situation === undefined || this.#round !== undefined || this.#isBehind || !stream.isHeard) return;
    const turnMs = stream.openedMs + turnAfterMs(situation.guardians, self, stream.epoch, this.#offers);
    if (timers.nowMs() < turnMs) return;
    this.#offers += 1;
    const begin = await offerBeginning(this.#options, situation, stream.epoch, moves);
    if (begin !== undefined) stream.say(begin, () => this.#round === undefined);
  }

  /** Since when a block is due, by `Timers`. */
  waitsSinceMs(): number {
    if (!this.stream.isHeard) return this.stream.openedMs + openingMs;
    if (this.#round === undefined) return this.stream.openedMs;
    return this.#tickedMs ?? this.#headMs + silenceMs;
  }
}
