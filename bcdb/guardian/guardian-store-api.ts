/**
 * What a guardian's store does for its office: executes proposals, signs each thing at most once, commits what a quorum
 * signed. The key and every durable promise live behind this; the office only carries messages. Types only.
 */
import type { HeaderSignature } from '../../core/block.ts';

/** A block as it was cut from the stream. */
export type Proposal = {
  /** In which it is prepared: the epoch of the stream. A header that is proposed again carries an earlier one. */
  readonly epoch: number;
  readonly timeMs: number;
  /** Of the last message that it takes from the stream: the next block begins behind it. */
  readonly position: number;
  /** In the order of the stream; those that cannot count are left out by the store, the same on every guardian. */
  readonly records: readonly Uint8Array[];
};

/** An executed block that is not committed yet. */
export type Prepared = {
  readonly headerBytes: Uint8Array;
  readonly records: readonly Uint8Array[];
  readonly verdicts: readonly string[];
};

/** A header that could be certified, with its block: what an epoch must begin with. */
export type Reproposal = { readonly headerBytes: Uint8Array; readonly proposal: Proposal };

export type GuardianStore = {
  /**
   * Executes a block on top of the head and keeps it in memory, uncommitted: nobody who asks sees it. Replaces what was
   * proposed before. With `header`, the outcome must be exactly that (an epoch begins with it): else `guardian/bad-lock`.
   */
  propose(proposal: Proposal, header?: Uint8Array): Promise<Prepared>;
  /**
   * Signs a prepare for the proposed header: durable before it resolves, one an epoch and height for ever (the same again
   * answers the same bytes; another: `replica/forked-head`). Refused after a move to a later epoch (`guardian/wrong-epoch`).
   */
  prepare(): Promise<Uint8Array>;
  /**
   * A quorum prepared the proposed header: keeps that lock and signs the header, durable before it resolves. Verifies the
   * prepares itself. Throws `guardian/quorum-not-met | bad-statement | wrong-epoch`.
   */
  lock(epoch: number, prepares: readonly HeaderSignature[]): Promise<HeaderSignature>;
  /** Commits the proposed block with its certificate, which it checks. Throws `replica/bad-certificate`. */
  certify(certificate: readonly HeaderSignature[]): Promise<void>;
  /** A signed tick for the next height by this guardian's clock. */
  tick(epoch: number): Promise<Uint8Array>;
  /**
   * Promises, durably, to prepare and sign nothing below `epoch` any more; answers the signed move with the head and the
   * latest lock above it. Again for the same epoch: a fresh statement, as the head may have grown.
   */
  move(epoch: number): Promise<Uint8Array>;
  /** The epoch that was last moved to, or the head's. */
  epoch(): Promise<number>;
  /** The block of the latest lock above the head, kept on disk with it; null when there is none. */
  locked(): Promise<Reproposal | null>;
  /** The signed record that begins an epoch, under an author's key made for it alone. */
  epochRecord(epoch: number, moves: readonly Uint8Array[]): Promise<Uint8Array>;
  /**
   * A guardian restored from an old backup takes back from the stream of `epoch` what it had said itself: prepares and
   * moves as they travel, shares of certificates as `[headerBytes, guardian, signature]`. Others' statements are ignored.
   */
  adopt(statement: Uint8Array, epoch: number): Promise<void>;
  /**
   * Two statements of one guardian that contradict each other (core/two-statements.ts), each as it travels: kept as
   * evidence. Throws `guardian/bad-statement` when they prove nothing.
   */
  accuse(one: Uint8Array, other: Uint8Array): Promise<void>;
};
