/**
 * Decides when this guardian moves to another epoch, and brings a quorum's moves together (docs/BCDB.md, "Epochs"). A move
 * binds: so it waits until a quorum finds, as it does, that nothing becomes final, or until more have moved than may lie.
 */
import { certificateQuorum } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import type { GuardianStore } from './guardian-store-api.ts';
import { MoveBook } from './move-book.ts';
import type { Situation, Timers } from './office-parts.ts';
import {
  decodePeerMessage,
  encodePeerMessage,
  type GuardianPeers,
  type PeerMessage,
  type Status,
} from './peer-messages.ts';
import { headOf, isSameHead, isSeated } from './situations.ts';
import type { Witness } from './witness.ts';

/** How often everybody says how it stands. */
export const statusMs = 2000;
/** What was said longer ago says nothing of now. */
const freshMs = 3 * statusMs;
/** While a quorum can be reached, this long without a block means that the stream does not work. Twice as long in each epoch on. */
const stallMs = 12_000;
const mostDoublings = 5;

export type MoverOptions = {
  readonly self: PublicKey;
  readonly grid: Uint8Array;
  readonly verify: Verify;
  readonly store: Pick<GuardianStore, 'move' | 'epoch'>;
  readonly peers: GuardianPeers;
  readonly timers: Timers;
  readonly witness: Pick<Witness, 'hearMove'>;
  /** A quorum moved to this epoch: its stream is to be read, and begun with these moves. */
  readonly onEnter: (epoch: number, moves: readonly Uint8Array[]) => void;
  readonly onError: (error: unknown) => void;
};

/** What the mover needs to know of the office. */
export type Standing = {
  /** Of the stream that is read; null while none is. */
  readonly epoch: number | null;
  readonly situation: Situation;
  /** Since when a block is due, by `Timers`; null: none is. */
  readonly waitsSinceMs: number | null;
  /** Prepares can no longer agree in this epoch. */
  readonly isSplit: boolean;
};

export class Mover {
  readonly #options: MoverOptions;
  readonly #selfHex: string;
  readonly #statuses = new Map<string, { readonly status: Status; readonly atMs: number }>();
  readonly #book: MoveBook;
  /** The moves by which the present stream was entered, for those who come late. */
  #entry: readonly Uint8Array[] = [];
  #standing: Standing | undefined;
  #moved = 0;
  /** Since when a quorum can be reached; undefined: it cannot. */
  #reachedMs: number | undefined;
  #isDeciding = false;
  #isAskedAgain = false;

  constructor(options: MoverOptions) {
    this.#options = options;
    this.#selfHex = toHex(options.self);
    this.#book = new MoveBook(options);
  }

  /** The epoch below which nothing is signed any more. */
  get moved(): number {
    return this.#moved;
  }

  get isStalled(): boolean {
    const standing = this.#standing;
    if (standing === undefined || standing.epoch === null) return false;
    if (standing.isSplit) return true;
    if (this.#reachedMs === undefined || standing.waitsSinceMs === null) return false;
    const since = standing.epoch - this.#headEpoch();
    const patienceMs = stallMs * 2 ** Math.min(since, mostDoublings);
    return this.#options.timers.nowMs() - Math.max(standing.waitsSinceMs, this.#reachedMs) >= patienceMs;
  }

  /** A guardian was heard over Noise not long ago. */
  isHeard(hex: string): boolean {
    return this.#isFresh(hex) !== undefined;
  }

  #isFresh(hex: string): Status | undefined {
    const told = this.#statuses.get(hex);
    return told !== undefined && this.#options.timers.nowMs() - told.atMs < freshMs ? told.status : undefined;
  }

  /** Takes what the store promised before. */
  async start(): Promise<void> {
    this.#moved = await this.#options.store.epoch();
  }

  /** The office reads another stream, has another head, or sees that prepares cannot agree. */
  note(standing: Standing): void {
    const before = this.#standing;
    this.#standing = standing;
    const isNewHead = before === undefined || !isSameHead(before.situation, standing.situation);
    this.#moved = Math.max(this.#moved, this.#headEpoch());
    if (isNewHead || standing.isSplit) this.#decide();
  }

  /** Called every `statusMs`: tells the others, and looks whether it is time to move. */
  beat(): void {
    this.#measureReach();
    this.#tell();
    this.#decide();
  }

  #others(): readonly PublicKey[] {
    return (this.#standing?.situation.guardians ?? []).filter((key) => !equalBytes(key, this.#options.self));
  }

  #quorum(): number {
    return certificateQuorum(this.#standing?.situation.guardians.length ?? 1);
  }

  #measureReach(): void {
    const fresh = this.#others().filter((key) => this.isHeard(toHex(key))).length;
    if (fresh + 1 < this.#quorum()) this.#reachedMs = undefined;
    else this.#reachedMs ??= this.#options.timers.nowMs();
  }

  #headEpoch(): number {
    return (this.#standing && headOf(this.#standing.situation)?.epoch) ?? 0;
  }

  #tell(): void {
    const standing = this.#standing;
    if (standing === undefined) return;
    const height = headOf(standing.situation)?.height ?? -1;
    const status = { epoch: standing.epoch ?? 0, moved: this.#moved, height, isStalled: this.isStalled };
    this.#send(this.#others(), { kind: 'status', status });
    // Until the new epoch has a block of its own, somebody may still lack moves.
    if (this.#moved > this.#headEpoch())
      this.#send(this.#others(), { kind: 'moves', moves: this.#book.to(this.#moved) });
  }

  #send(to: readonly PublicKey[], message: PeerMessage): void {
    const bytes = encodePeerMessage(message);
    for (const key of to) this.#options.peers.send(key, bytes);
  }

  /** What another guardian says. */
  hear(guardian: PublicKey, bytes: Uint8Array): void {
    const hex = toHex(guardian);
    if (!this.#others().some((key) => equalBytes(key, guardian))) return;
    const message = decodePeerMessage(bytes);
    if (message?.kind === 'status') {
      this.#statuses.set(hex, { status: message.status, atMs: this.#options.timers.nowMs() });
      this.#measureReach();
      const isLate = message.status.epoch < (this.#standing?.epoch ?? 0) && this.#entry.length > 0;
      if (isLate) this.#send([guardian], { kind: 'moves', moves: this.#entry });
    }
    if (message?.kind === 'moves') this.#takeMoves(message.moves);
    this.#decide();
  }

  #takeMoves(moves: readonly Uint8Array[]): void {
    const read = this.#book.take(moves, this.#standing?.situation.guardians ?? []);
    for (const { bytes } of read) this.#options.witness.hearMove(bytes);
    // A quorum's moves to one epoch prove it, also when some of them have moved on since.
    const epoch = Math.max(...read.map((move) => move.epoch), 0);
    const bundle = read.filter((move) => move.epoch === epoch);
    const isQuorum = new Set(bundle.map(({ guardian }) => guardian)).size >= this.#quorum();
    if (isQuorum && epoch >= this.#moved)
      this.#enter(
        epoch,
        bundle.map(({ bytes }) => bytes),
      );
  }

  /** One decision after the other: a move is on disk before the next one is considered. */
  #decide(): void {
    this.#isAskedAgain = true;
    if (this.#isDeciding) return;
    this.#isDeciding = true;
    void this.#decideAll();
  }

  async #decideAll(): Promise<void> {
    try {
      while (this.#isAskedAgain) {
        this.#isAskedAgain = false;
        await this.#decideOnce();
      }
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#isDeciding = false;
    }
  }

  async #decideOnce(): Promise<void> {
    const standing = this.#standing;
    const head = standing === undefined ? undefined : headOf(standing.situation);
    if (standing === undefined || head === undefined || !isSeated(standing.situation, this.#options.self)) return;
    const target = this.#target(standing);
    const own = this.#book.of(this.#selfHex);
    const isTold = own?.epoch === this.#moved && own.height === head.height;
    const isStale = this.#moved > head.epoch && !isTold;
    if (target <= this.#moved && !isStale) {
      this.#enterIfQuorum();
      return;
    }
    const epoch = Math.max(target, this.#moved);
    const bytes = await this.#options.store.move(epoch);
    this.#moved = Math.max(this.#moved, epoch);
    this.#takeMoves([bytes]);
    this.#enterIfQuorum();
    this.#tell();
  }

  /** The epoch to be in by what others say; the present one: stay. */
  #target({ epoch, situation }: Standing): number {
    const others = this.#others().map(toHex);
    const liars = Math.floor((situation.guardians.length - 1) / 3);
    const epochs = others.flatMap((hex) => this.#book.of(hex)?.epoch ?? []).sort((a, b) => b - a);
    // f + 1 others have moved: one of them is honest, and had a reason.
    const joined = epochs[liars] ?? 0;
    if (epoch === null || this.#moved > epoch || !this.isStalled) return Math.max(joined, this.#moved);
    const agree = others.filter((hex) => {
      const status = this.#isFresh(hex);
      return status !== undefined && (status.moved > epoch || (status.epoch === epoch && status.isStalled));
    });
    return agree.length + 1 >= this.#quorum() ? Math.max(joined, epoch + 1) : Math.max(joined, this.#moved);
  }

  #enterIfQuorum(): void {
    const moves = this.#book.to(this.#moved);
    if (moves.length >= this.#quorum()) this.#enter(this.#moved, moves);
  }

  #enter(epoch: number, moves: readonly Uint8Array[]): void {
    const present = this.#standing?.epoch ?? null;
    if (epoch <= this.#headEpoch() || (present !== null && epoch < present)) return;
    const isKnown = present === epoch && moves.every((move) => this.#entry.includes(move));
    this.#entry = moves;
    if (!isKnown) this.#options.onEnter(epoch, moves);
  }
}
