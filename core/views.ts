/**
 * What the replica answers and the screens show: one shape each, from the query to the pixel. Keys of people are
 * strkeys (`G…`), every other id is lower-case hex; amounts are bigint stroops, times integer milliseconds.
 */
import * as v from 'valibot';
import { recordKinds } from './bodies.ts';
import { purposes } from './contract.ts';
import { errorCodes } from './errors.ts';
import { anyBytes, capacitySchema, integer, pricesSchema, stroops, timeMs } from './schema.ts';

export const addressText = v.pipe(v.string(), v.regex(/^G[A-Z2-7]{55}$/));
export const idText = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const errorCode = v.picklist(errorCodes);
const verdict = v.union([v.literal('ok'), errorCode]);
const kind = v.picklist(recordKinds);
const signedStroops = v.bigint();

export const headView = v.strictObject({
  grid: idText,
  gridName: v.string(),
  height: integer(0),
  timeMs,
  headerHash: idText,
  execHash: idText,
  recordCount: integer(0),
  /** The guardians whose signatures certify it. */
  signers: v.array(idText),
});

/** `balances + locked = minted - burned`; `unexplained` is what is left of that equation: 0. */
export const booksView = v.strictObject({
  height: integer(0),
  minted: stroops,
  burned: stroops,
  balances: stroops,
  locked: stroops,
  unexplained: signedStroops,
});

export const accountView = v.strictObject({
  address: addressText,
  balance: stroops,
  /** Money of this account that is locked in running contracts. */
  locked: stroops,
  seq: integer(0),
  name: v.nullable(v.string()),
});

export const profileView = v.strictObject({
  address: addressText,
  name: v.string(),
  roles: v.array(v.string()),
  /** Noise key of its transport, hex. */
  net: idText,
});

/** One line of an account's statement: every change of its balance, with its cause. */
export const ledgerView = v.strictObject({
  height: integer(0),
  timeMs,
  /** Of the entry, among all of the grid. */
  position: integer(0),
  reason: v.picklist(['genesis', 'transfer', 'lock', 'topup', 'earning', 'refund', 'mint']),
  delta: signedStroops,
  balance: stroops,
  /** The other side, where there is one. */
  counterparty: v.nullable(addressText),
  contract: v.nullable(idText),
  record: v.nullable(idText),
  memo: v.nullable(v.string()),
});

export const farmView = v.strictObject({
  id: idText,
  owner: addressText,
  name: v.string(),
  country: v.string(),
  city: v.string(),
  prices: pricesSchema,
  payout: addressText,
  autoAccept: v.boolean(),
  minTermSeconds: integer(0),
  /** Whom this farm takes no contract from. */
  blocked: v.array(addressText),
  nodeCount: integer(0),
});

export const nodeView = v.strictObject({
  id: idText,
  farm: idText,
  farmName: v.string(),
  farmer: addressText,
  country: v.string(),
  city: v.string(),
  status: v.picklist(['up', 'down']),
  capacity: capacitySchema,
  used: capacitySchema,
  free: capacitySchema,
  /** Thousandths of a unit, of the whole node. */
  cuMilli: stroops,
  suMilli: stroops,
  prices: pricesSchema,
  features: v.array(v.string()),
  agentVersion: v.string(),
  net: idText,
  workloadCount: integer(0),
  createdMs: timeMs,
  lastSeenMs: timeMs,
  upSinceMs: timeMs,
});

export const contractStates = ['deploying', 'running', 'ending', 'ended', 'failed'] as const;

export const workloadView = v.strictObject({
  name: v.string(),
  node: idText,
  image: v.string(),
  capacity: capacitySchema,
  price: stroops,
  state: v.picklist(['waiting', 'ok', 'error', 'paused', 'deleted']),
  code: v.nullable(v.string()),
  detail: v.nullable(v.string()),
  earned: stroops,
  runningMs: integer(0),
});

export const contractView = v.strictObject({
  id: idText,
  title: v.string(),
  payer: addressText,
  coordinator: addressText,
  parties: v.array(addressText),
  state: v.picklist(contractStates),
  /** Why it is in this state: a code or a short machine word (`deleted-by-quorum`, `term-over`, `deploy-deadline`). */
  reason: v.string(),
  version: integer(1),
  workloads: v.array(workloadView),
  price: stroops,
  paidIn: stroops,
  locked: stroops,
  earned: stroops,
  refunded: stroops,
  termSeconds: integer(1),
  recordedMs: timeMs,
  deployByMs: timeMs,
  /** When the paid time will be over if all runs on; null before it runs and after it ended. */
  runsUntilMs: v.nullable(timeMs),
  /** Canonical bytes of the document, and all approvals that stand in the record. */
  documentBytes: anyBytes,
  approvals: v.array(v.strictObject({ signer: addressText, purpose: v.picklist(purposes), signature: anyBytes })),
});

/** One step in the life of any object: which record or block rule changed it, and to what. */
export const historyView = v.strictObject({
  height: integer(0),
  timeMs,
  position: integer(0),
  /** The record that caused it; null where time did (a deadline, a settlement). */
  record: v.nullable(idText),
  kind: v.nullable(kind),
  author: v.nullable(addressText),
  /** Short machine word: `recorded`, `workload-ok`, `settled`, `cancelled`, … */
  what: v.string(),
  detail: v.nullable(v.string()),
});

export const blockView = v.strictObject({
  height: integer(0),
  timeMs,
  headerHash: idText,
  execHash: idText,
  recordCount: integer(0),
  rejectedCount: integer(0),
  signatures: integer(0),
});

export const recordView = v.strictObject({
  id: idText,
  kind: v.string(),
  author: addressText,
  seq: integer(1),
  height: integer(0),
  index: integer(0),
  timeMs,
  verdict,
  bytes: anyBytes,
});

/** A record that this 3bot handed in, and what became of it. */
export const outboxView = v.strictObject({
  id: idText,
  kind: v.string(),
  author: addressText,
  seq: integer(1),
  state: v.picklist(['pending', 'final', 'rejected']),
  code: v.nullable(errorCode),
  height: v.nullable(integer(0)),
  createdMs: timeMs,
});

/** What was found to be a lie: both sides' bytes and the first difference. */
export const evidenceView = v.strictObject({
  position: integer(0),
  what: v.picklist(['two-headers', 'divergence', 'shorter-history', 'author-fork', 'two-statements']),
  height: v.nullable(integer(0)),
  /** Who signed two things, where it was an author or a guardian. */
  author: v.nullable(addressText),
  seq: v.nullable(integer(1)),
  /** A record as it travels; a header as canonical CBOR of `[header, certificate]`; a statement as in core/two-statements. */
  ours: anyBytes,
  theirs: anyBytes,
  foundMs: timeMs,
  detail: v.string(),
});

const peerView = v.strictObject({ net: idText, name: v.nullable(v.string()), sinceMs: timeMs });

/** A guardian of the grid, as this 3bot sees it. */
const guardianView = v.strictObject({
  key: idText,
  name: v.nullable(v.string()),
  /** It answers, or it is this computer. */
  isHere: v.boolean(),
  /** By this computer's clock; null: not since the start. */
  lastSeenMs: v.nullable(timeMs),
});

/** How the replica is doing, for the top bar. */
export const replicaView = v.strictObject({
  /** `waiting`: everything but finality goes on, because too few guardians answer, or because they make no block. */
  state: v.picklist(['starting', 'live', 'syncing', 'waiting', 'offline', 'stopped']),
  /** Set when stopped by an alarm (`replica/diverged`, `replica/forked-head`, …) or by the disk. */
  alarm: v.nullable(v.strictObject({ code: errorCode, detail: v.string() })),
  /** Its key is one of the present guardians': it signs blocks. */
  isGuardian: v.boolean(),
  head: v.nullable(headView),
  /** Highest height that any peer has told of. */
  knownHeight: integer(0),
  peers: v.array(peerView),
  /** In their order; empty before the genesis is here. */
  guardians: v.array(guardianView),
  /** How many of them make a block final, and how many are here. */
  quorum: v.strictObject({ needed: integer(0), here: integer(0) }),
  pendingCount: integer(0),
  /** Its database was damaged, was set aside, and is or was fetched again; null: never. */
  healed: v.nullable(v.strictObject({ code: errorCode, detail: v.string(), atMs: timeMs })),
  /** The history below the snapshot that this replica began with is being verified; null: all of it was, or is not yet begun. */
  verification: v.nullable(v.strictObject({ doneHeight: integer(0), ofHeight: integer(0) })),
});

/** What a replica holds on this machine's disk. */
export const storageView = v.strictObject({
  /** `archive`: the whole history; `light`: headers, the state, and what its own people did. */
  holds: v.picklist(['archive', 'light']),
  /** A guardian is always an archive. */
  mustBeArchive: v.boolean(),
  /** Of all its files. */
  bytes: integer(0),
  freeBytes: integer(0),
  recordCount: integer(0),
  /** What the whole history takes, estimated on the large side. */
  archiveBytes: integer(0),
  /** What it would keep now if nobody chose. */
  automatic: v.picklist(['archive', 'light']),
});

export type HeadView = v.InferOutput<typeof headView>;
export type BooksView = v.InferOutput<typeof booksView>;
export type AccountView = v.InferOutput<typeof accountView>;
export type ProfileView = v.InferOutput<typeof profileView>;
export type LedgerView = v.InferOutput<typeof ledgerView>;
export type FarmView = v.InferOutput<typeof farmView>;
export type NodeView = v.InferOutput<typeof nodeView>;
export type ContractState = (typeof contractStates)[number];
export type WorkloadView = v.InferOutput<typeof workloadView>;
export type ContractView = v.InferOutput<typeof contractView>;
export type HistoryView = v.InferOutput<typeof historyView>;
export type BlockView = v.InferOutput<typeof blockView>;
export type RecordView = v.InferOutput<typeof recordView>;
export type EvidenceView = v.InferOutput<typeof evidenceView>;
export type OutboxView = v.InferOutput<typeof outboxView>;
export type ReplicaView = v.InferOutput<typeof replicaView>;
export type StorageView = v.InferOutput<typeof storageView>;
