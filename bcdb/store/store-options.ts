/** What a store is opened with, what it tells, and how it stands. Types only. */
import type { ErrorData } from '../../core/errors.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import type { HeadView, OutboxView } from '../../core/views.ts';
import type { Situation } from '../guardian/office-parts.ts';
import type { Delta } from '../live.ts';
import type { Healed } from './begin-anew.ts';
import type { DoorLimits } from './door.ts';
import type { Rules } from './executor.ts';
import type { VerifyMany } from './verify-pool.ts';

/** What the store tells without being asked. */
export type StoreEvents = {
  readonly head: (head: HeadView) => void;
  readonly outbox: (changed: readonly OutboxView[]) => void;
  readonly alarm: (alarm: ErrorData | null) => void;
  /** This store's key took or left the office of a guardian, by a policy record. */
  readonly guardian?: (isGuardian: boolean) => void;
  /** A step of a subscription. */
  readonly delta?: (watch: number, seq: number, delta: Delta) => void;
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
  /** Where they differ from `doorLimits`. */
  readonly limits?: Partial<DoorLimits> | undefined;
  readonly events: StoreEvents;
};

/** How a store stands. */
export type StoreInfo = {
  readonly grid: Uint8Array;
  /** Its key is one of the present guardians. */
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
  /** A damaged database was set aside; null: never. */
  readonly healed: Healed | null;
};

/** What a store with a guardian's key has to do, and how the chain stands for its office. */
export type Duty = Situation & {
  readonly key: PublicKey;
  /** `alone`: orders by itself. `several`: is driven from outside. `none`: only follows. */
  readonly role: 'none' | 'alone' | 'several';
  /** Null before block 0. `position` is null where one guardian ordered it alone. */
  readonly head: {
    readonly height: number;
    readonly timeMs: number;
    readonly hash: Uint8Array;
    readonly epoch: number;
    readonly position: number | null;
  } | null;
  /** The epoch that was last moved to, or the head's. */
  readonly epoch: number;
  /** Records that wait at the door. */
  readonly waiting: number;
};

/** Who answers for a head: its Noise key, and the feed that it writes, if any. */
export type HeadTeller = { readonly net: Uint8Array; readonly feed: Uint8Array | null };

/** A guardian by its key, hex; the name stands in its place (`Seat`). */
export type NamedGuardian = { readonly key: string; readonly name: string | null };
