/**
 * The state that the rules read and write: objects by kind and key, a due time for those that time itself changes,
 * and what each step did to whom. Rules see nothing but this, the record and the block time. Types only.
 */
import type { Bodies } from '../core/bodies.ts';
import type { Seat } from '../core/guardian.ts';
import type { Policy } from '../core/policy.ts';
import type { Quorum } from '../core/quorum.ts';
import type { Capacity, Prices } from '../core/units.ts';
import type { ContractState } from '../core/views.ts';

/** Keys and ids inside the state are lower-case hex of 32 bytes. */
export type Hex = string;

export type Account = { readonly key: Hex; readonly balance: bigint; readonly locked: bigint };

export type Profile = {
  readonly key: Hex;
  readonly name: string;
  readonly roles: readonly string[];
  readonly net: Hex;
};

export type Farm = {
  readonly id: Hex;
  readonly owner: Hex;
  readonly name: string;
  readonly country: string;
  readonly city: string;
  readonly prices: Prices;
  readonly payout: Hex;
  readonly accept: Bodies['farm']['accept'];
  readonly nodeCount: number;
};

export type GridNode = {
  readonly id: Hex;
  readonly farm: Hex;
  readonly capacity: Capacity;
  /** Promised to contracts that are deploying or running. */
  readonly used: Capacity;
  readonly features: readonly string[];
  readonly agentVersion: string;
  readonly net: Hex;
  readonly createdMs: number;
  readonly lastSeenMs: number;
  /** Up in [upSinceMs, upUntilMs); each record of the node moves `upUntilMs` to its time + policy.uptimeGraceMs. */
  readonly upSinceMs: number;
  readonly upUntilMs: number;
  readonly isUp: boolean;
  /** Contracts that hold capacity here, in the order in which they came. */
  readonly contracts: readonly Hex[];
  /** The reward period in progress: its start and the time up in it so far. */
  readonly periodStartMs: number;
  readonly periodUpMs: number;
};

export type WorkloadState = {
  readonly name: string;
  readonly node: Hex;
  readonly image: string;
  readonly capacity: Capacity;
  readonly priceStroops: bigint;
  readonly state: 'waiting' | 'ok' | 'error' | 'paused' | 'deleted';
  readonly code: string | null;
  readonly detail: string | null;
  /** Time that counts as running, and until when it has been counted. */
  readonly runningMs: number;
  readonly countedUntilMs: number;
  readonly earnedStroops: bigint;
};

export type Contract = {
  readonly id: Hex;
  readonly document: Uint8Array;
  readonly approvals: Bodies['contract']['approvals'];
  readonly version: number;
  readonly title: string;
  readonly payer: Hex;
  readonly coordinator: Hex;
  readonly parties: readonly Hex[];
  readonly deleteQuorum: Quorum;
  readonly state: ContractState;
  readonly reason: string;
  readonly workloads: readonly WorkloadState[];
  readonly termSeconds: number;
  readonly recordedMs: number;
  /** Before this every workload must run once. */
  readonly deployByMs: number;
  /**
   * When time itself ends what the contract waits for: all workloads running (deploying), anything running again
   * (running), the nodes' word that all is deleted (ending). Null: it waits for nothing.
   */
  readonly waitUntilMs: number | null;
  /** Who paid how much, in the order in which they first paid; refunds go back in these proportions. */
  readonly paid: readonly { readonly key: Hex; readonly amount: bigint }[];
  readonly earned: bigint;
  readonly refunded: bigint;
};

/** Money that exists: changes only by genesis allocations, mints and burns. */
export type Totals = {
  readonly minted: bigint;
  readonly burned: bigint;
  readonly balances: bigint;
  readonly locked: bigint;
};

export type Objects = {
  readonly account: Account;
  readonly profile: Profile;
  readonly farm: Farm;
  readonly node: GridNode;
  readonly contract: Contract;
  /** One object under the key `grid`. */
  readonly totals: Totals;
  /** One object under the key `grid`. */
  readonly policy: Policy & {
    readonly guardians: readonly Hex[];
    readonly name: string;
    /** Where the guardians are, in their order; absent on a grid of one machine. */
    readonly seats?: readonly Seat[] | undefined;
    /** The sequencer's epoch; absent before the first change. */
    readonly epoch?: number | undefined;
  };
};

export type StateKind = keyof Objects;

/** One line of an account's statement, written beside every change of a balance. */
export type LedgerEntry = {
  readonly account: Hex;
  readonly reason: 'genesis' | 'transfer' | 'lock' | 'topup' | 'earning' | 'refund' | 'mint';
  readonly delta: bigint;
  readonly counterparty: Hex | null;
  readonly contract: Hex | null;
  readonly memo: string | null;
};

/** One line of an object's life. */
export type HistoryEntry = {
  readonly object: 'account' | 'profile' | 'farm' | 'node' | 'contract';
  readonly id: Hex;
  readonly what: string;
  readonly detail: string | null;
};

/**
 * What the rules work on. A refused record leaves no trace: the caller takes a savepoint (`begin`), and `undo`es it
 * when the rules throw an AppError.
 */
export type State = {
  get<K extends StateKind>(kind: K, key: Hex): Objects[K] | undefined;
  /** `dueMs`: when time itself will change the object; null: never. Only contracts and nodes have one. */
  put<K extends StateKind>(kind: K, key: Hex, value: Objects[K], dueMs?: number | null): void;
  /** Objects whose due time is at or before `timeMs`, by (due time, kind, key). */
  due(
    timeMs: number,
    limit: number,
  ): readonly { readonly kind: 'contract' | 'node'; readonly key: Hex; readonly dueMs: number }[];
  addLedger(entry: LedgerEntry): void;
  addHistory(entry: HistoryEntry): void;
  begin(): void;
  commit(): void;
  undo(): void;
};
