/** What a store is opened with, what it tells, and how it stands. Types only. */
import type { ErrorData } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import type { HeadView, OutboxView } from '../../core/views.ts';
import type { DoorLimits } from './door.ts';
import type { Rules } from './executor.ts';
import type { VerifyMany } from './verify-pool.ts';

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
  /** Judges many signatures at once; default: one after the other. */
  readonly verifyMany?: VerifyMany | undefined;
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
  /** Height of the snapshot that this replica began with; 0: it executed all blocks. */
  readonly floor: number;
  /** The manifest of a snapshot that is not all here. */
  readonly importing: Uint8Array | null;
  /** All blocks below `floor` were verified since. */
  readonly isVerified: boolean;
};
