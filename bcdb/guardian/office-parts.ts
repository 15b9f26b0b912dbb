/** What an office is given: its store, its timers, and how it tells how it stands. Types only. */
import type { AppError, ErrorData } from '../../core/errors.ts';
import type { Seat } from '../../core/guardian.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import type { GuardianStore } from './guardian-store-api.ts';
import type { GuardianPeers } from './peer-messages.ts';
import type { SequencerHost } from './sequencer-api.ts';

/** How the chain stands for who makes the next block. */
export type Situation = {
  /** The last certified header; null: not even block 0 is certified. */
  readonly headerBytes: Uint8Array | null;
  /** The record of block 0, while there is no block; null: it is not known here. */
  readonly genesis: Uint8Array | null;
  /** Of the next block, with their seats in the same order. */
  readonly guardians: readonly PublicKey[];
  readonly seats: readonly Seat[];
  /** Of the head. */
  readonly guardiansBefore: readonly PublicKey[];
  readonly recordsPerBlock: number;
  /** Block time at which time itself changes something; null: never. */
  readonly dueMs: number | null;
};

export type OfficeStore = GuardianStore & {
  situation(): Promise<Situation>;
  /** Records that came through this guardian's door, in order, and were not taken before. */
  takeAdmitted(mostRecords: number, mostBytes: number): Promise<readonly Uint8Array[]>;
};

/** Time as it passes here; only tests have another one. */
export type Timers = {
  /** Milliseconds since some moment; never goes back. */
  nowMs(): number;
  /** Calls `work` once, later. Returns how to prevent that. */
  after(ms: number, work: () => void): () => void;
};

/** For the screens, and for whoever runs the office. */
export type OfficeState = {
  /** Of the stream that is read; null: none is. */
  readonly epoch: number | null;
  /** It takes part: it is one of the guardians of the next block, and read the stream up to now. */
  readonly isSigning: boolean;
  /** No block can become final for now. */
  readonly isStalled: boolean;
  /** Guardians of the next block that have not been heard for a while. */
  readonly missing: readonly PublicKey[];
  /** Why it stopped signing for good. */
  readonly halted: ErrorData | null;
  /** The stream brings no block 0, and was opened again for it. */
  readonly lost: ErrorData | null;
};

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
