/** What the host and its store worker say to each other: calls with ids, answers, events. Types only. */
import type { HeaderSignature } from '../../core/block.ts';
import type { ErrorCode, ErrorData } from '../../core/errors.ts';
import type { CertifiedHead } from '../../core/proofs-history.ts';
import type { HeadView, OutboxView } from '../../core/views.ts';
import type { Prepared, Proposal, Reproposal } from '../guardian/guardian-store-api.ts';
import type { Delta } from '../live.ts';
import type { LiveName, Queries, QueryName, ReplicaOptions, ToldVerdict } from '../replica-api.ts';
import type { LeafRequest } from '../sequencer/certificates.ts';
import type { ToldHead } from './head-claim.ts';
import type { Mending } from './mend.ts';
import type { MetaName } from './meta.ts';
import type { PieceHere } from './snapshot-import.ts';
import type { Duty, HeadTeller, NamedGuardian, StoreInfo, StoreStart } from './store-options.ts';
import type { SubmitResult } from './submit.ts';

/** The first call: everything that the worker needs. Seeds come by message, never by argv or environment. */
export type StoreOpen = {
  readonly folder: string;
  readonly start: StoreStart;
  readonly guardianSeed?: Uint8Array | undefined;
  readonly indexes?: ReplicaOptions['indexes'];
  /** A damaged database, but a guardian's, is set aside and an empty one takes its place: `StoreInfo.healed`. */
  readonly heals?: boolean;
};

/** Every call: name -> [arguments, answer]. They are done one at a time, in the order in which they arrive. */
export type StoreCalls = {
  readonly open: readonly [readonly [StoreOpen], StoreInfo];
  readonly info: readonly [readonly [], StoreInfo];
  /** From here on a guardian cuts blocks. */
  readonly order: readonly [readonly [], undefined];
  readonly submit: readonly [readonly [readonly Uint8Array[]], readonly SubmitResult[]];
  readonly entry: readonly [readonly [id: string], OutboxView | null];
  readonly pending: readonly [
    readonly [limit: number],
    readonly { readonly id: string; readonly author: string; readonly bytes: Uint8Array }[],
  ];
  readonly refuse: readonly [readonly [id: string, code: ErrorCode], undefined];
  readonly admit: readonly [readonly [readonly Uint8Array[]], readonly (ErrorCode | null)[]];
  readonly apply: readonly [readonly [block: Uint8Array, next?: Uint8Array | undefined], 'applied' | 'known'];
  readonly block: readonly [readonly [height: number], Uint8Array];
  readonly headAnswer: readonly [readonly [nonce: Uint8Array, self: HeadTeller], Uint8Array];
  readonly judgeHead: readonly [
    readonly [answer: Uint8Array, nonce: Uint8Array, askedAt: number, net: Uint8Array],
    ToldHead,
  ];
  readonly guardians: readonly [readonly [], readonly NamedGuardian[]];
  readonly judgeTold: readonly [readonly [head: CertifiedHead], ToldVerdict];
  readonly query: readonly [readonly [name: QueryName, input: Queries[QueryName][0]], Queries[QueryName][1]];
  /** The answer to a query now; steps follow as `delta`s, each when the one before was `heard`. */
  readonly watch: readonly [
    readonly [watch: number, name: LiveName, input: Queries[LiveName][0]],
    Queries[LiveName][1],
  ];
  readonly heard: readonly [readonly [watch: number], undefined];
  readonly unwatch: readonly [readonly [watch: number], undefined];
  readonly recall: readonly [readonly [MetaName], Uint8Array | undefined];
  readonly remember: readonly [readonly [MetaName, Uint8Array], undefined];
  /** What follows is for a guardian among several: see Store and GuardianActs. */
  readonly situation: readonly [readonly [], Duty];
  readonly takeAdmitted: readonly [readonly [mostRecords: number, mostBytes: number], readonly Uint8Array[]];
  readonly propose: readonly [readonly [proposal: Proposal, header?: Uint8Array | undefined], Prepared];
  readonly prepare: readonly [readonly [], Uint8Array];
  readonly lock: readonly [readonly [epoch: number, prepares: readonly HeaderSignature[]], HeaderSignature];
  readonly certify: readonly [readonly [certificate: readonly HeaderSignature[]], undefined];
  readonly tick: readonly [readonly [epoch: number], Uint8Array];
  readonly move: readonly [readonly [epoch: number], Uint8Array];
  readonly epoch: readonly [readonly [], number];
  readonly locked: readonly [readonly [], Reproposal | null];
  readonly epochRecord: readonly [readonly [epoch: number, moves: readonly Uint8Array[]], Uint8Array];
  readonly adopt: readonly [readonly [statement: Uint8Array, epoch: number], undefined];
  readonly accuse: readonly [readonly [one: Uint8Array, other: Uint8Array], undefined];
  /** A certificate for a TLS key of this guardian's own sequencer, DER. */
  readonly certifySequencer: readonly [readonly [request: LeafRequest], Uint8Array];
  /** See `ImportDesk`; `importFinish` opens the store anew on the snapshot. */
  readonly importBegin: readonly [readonly [manifest: Uint8Array], readonly PieceHere[]];
  readonly importPiece: readonly [readonly [ask: Uint8Array, bytes: Uint8Array], 'halves' | number | null];
  readonly importFinish: readonly [readonly [], StoreInfo];
  /** Forgets a snapshot that is not all here: the store is as it was before. */
  readonly importReset: readonly [readonly [], StoreInfo];
  /** The verification beside this store proved that it must stop; its folder is closed, and its proof is kept here. */
  readonly raise: readonly [readonly [ErrorData], undefined];
  /**
   * The history beside was verified up to the snapshot, and is closed: take it over, or keep only heads and own things. What
   * `replica/disk-full` cut short can be called again, also when it was over already.
   */
  readonly takeOver: readonly [readonly [keeps: 'light' | 'archive'], StoreInfo];
  /** Puts a block from somebody else in the place of a damaged one: see mend.ts. */
  readonly mend: readonly [readonly [Mending], undefined];
  /**
   * Sets the damaged database aside and opens an empty one with this replica's own things. Throws `guardian/damaged` where
   * promises are in it.
   */
  readonly heal: readonly [readonly [], StoreInfo];
  readonly close: readonly [readonly [], undefined];
};

export type CallName = keyof StoreCalls;

/** A call on its way; one type for each name, so that a switch over it narrows. */
export type StoreCall = {
  readonly [N in CallName]: { readonly id: number; readonly name: N; readonly input: StoreCalls[N][0] };
}[CallName];

/** What the worker says: answers to calls, and what happened. */
export type FromStore =
  | { readonly type: 'done'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorData }
  | { readonly type: 'head'; readonly head: HeadView }
  | { readonly type: 'outbox'; readonly changed: readonly OutboxView[] }
  | { readonly type: 'delta'; readonly watch: number; readonly seq: number; readonly delta: Delta }
  | { readonly type: 'pending'; readonly count: number }
  | { readonly type: 'guardian'; readonly isGuardian: boolean }
  | { readonly type: 'alarm'; readonly alarm: ErrorData | null }
  | { readonly type: 'defect'; readonly error: ErrorData };
