/**
 * What the rest of the house may know of the blockchain database: one replica, opened per profile. Types only.
 * Answers are views (core/views); bytes go in and out where something gets signed or verified.
 */
import type { AppError } from '../core/errors.ts';
import type { PolicyChange } from '../core/guardian.ts';
import type { PublicKey } from '../core/keys.ts';
import type { Policy } from '../core/policy.ts';
import type { CertifiedHead } from '../core/proofs-history.ts';
import type {
  ContractFilter,
  ContractsView,
  FarmFilter,
  FarmSort,
  FarmsView,
  NodeFilter,
  NodeSort,
  NodesView,
  SearchView,
  StatsView,
} from '../core/query-views.ts';
import type {
  AccountView,
  BlockView,
  BooksView,
  ContractState,
  ContractView,
  EvidenceView,
  FarmView,
  HeadView,
  HistoryView,
  LedgerView,
  NodeView,
  OutboxView,
  ProfileView,
  RecordView,
  ReplicaView,
  StorageView,
} from '../core/views.ts';
import type { SequencerHost, SequencerState } from './guardian/sequencer-api.ts';
import type { Delta } from './live.ts';
import type { Certify } from './sequencer/server-files.ts';

/** A page of a list: pass `next` as the following call's `after`; null when it was the last. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };
/**
 * A page of what blocks left behind. `floor`: there was more, at heights up to this one, and it is not kept here; null while
 * the list goes on, and where it ends because nothing was before.
 */
export type KeptPage<T> = Page<T> & { readonly floor: number | null };
/** Asks for a page by cursor; `query/bad-cursor` with any other question. */
export type After = { readonly after?: string | undefined; readonly limit: number };

/** Objects with a history of their own. */
export type ObjectKind = 'account' | 'profile' | 'farm' | 'node' | 'contract';

/** Lists that can be had as they stood earlier. */
export type ListAt = 'nodes of farm' | 'contracts of party' | 'contracts of farmer' | 'contracts of node';

/** Every question that a replica answers: name -> [arguments, answer]. Keys and ids as in core/views. */
export type Queries = {
  readonly head: readonly [null, HeadView];
  readonly policy: readonly [null, Policy];
  readonly standing: readonly [null, GridStanding];
  readonly books: readonly [{ readonly height?: number | undefined }, BooksView];
  readonly account: readonly [{ readonly address: string }, AccountView];
  readonly ledger: readonly [{ readonly address: string } & After, KeptPage<LedgerView>];
  readonly profile: readonly [{ readonly address: string }, ProfileView | null];
  readonly profileByNet: readonly [{ readonly net: string }, ProfileView | null];
  /** Newest first. Names are not unique: a search answers with many. */
  readonly profiles: readonly [{ readonly search: string } & After, Page<ProfileView>];
  readonly farm: readonly [{ readonly id: string }, FarmView | null];
  readonly farms: readonly [{ readonly owner?: string | undefined; readonly limit: number }, readonly FarmView[]];
  readonly node: readonly [{ readonly id: string }, NodeView | null];
  readonly nodes: readonly [
    {
      readonly filter: NodeFilter;
      readonly sort: NodeSort;
      readonly descending: boolean;
      /** For tables that jump; a cursor is what stays in place while nodes come in. Not both. */
      readonly offset?: number | undefined;
    } & After,
    NodesView,
  ];
  readonly listFarms: readonly [
    { readonly filter: FarmFilter; readonly sort: FarmSort; readonly descending: boolean } & After,
    FarmsView,
  ];
  readonly contract: readonly [{ readonly id: string }, ContractView | null];
  readonly contracts: readonly [
    {
      readonly party?: string | undefined;
      readonly node?: string | undefined;
      readonly farmer?: string | undefined;
      readonly states?: readonly ContractState[] | undefined;
      readonly limit: number;
    },
    readonly ContractView[],
  ];
  /** Newest first. */
  readonly listContracts: readonly [{ readonly filter: ContractFilter } & After, ContractsView];
  /** Words of names, cities and countries by prefix, any case, with or without accents; best first. */
  readonly search: readonly [{ readonly text: string; readonly limit: number }, readonly SearchView[]];
  /** The grid in numbers, kept by every block: costs nothing. */
  readonly stats: readonly [null, StatsView];
  /** Newest first. */
  readonly history: readonly [{ readonly object: ObjectKind; readonly id: string } & After, KeptPage<HistoryView>];
  /** The object as it stood at a height, as plain data with keys and ids in hex; null when it was not there yet. */
  readonly objectAt: readonly [{ readonly object: ObjectKind; readonly id: string; readonly height: number }, unknown];
  /**
   * A farm's nodes, or somebody's contracts (`of`: address or id), as they stood at a height, like `objectAt`. Both throw
   * `replica/pruned` for a height that is not kept here.
   */
  readonly listAt: readonly [
    { readonly list: ListAt; readonly of: string; readonly height: number } & After,
    { readonly items: readonly unknown[]; readonly next: string | null },
  ];
  readonly record: readonly [{ readonly id: string }, RecordView | null];
  /** Newest first; `from`: those up to this height. */
  readonly blocks: readonly [{ readonly from?: number | undefined } & After, KeptPage<BlockView>];
  /** Proof files (core/receipt, core/proofs-history). `head`: height of a later head that the receipt is tied to. */
  readonly receipt: readonly [{ readonly record: string; readonly head?: number | undefined }, Uint8Array];
  readonly certifiedHead: readonly [{ readonly height?: number | undefined }, CertifiedHead];
  readonly headerProof: readonly [{ readonly height: number; readonly head?: number | undefined }, Uint8Array];
  readonly consistency: readonly [{ readonly from: number; readonly to?: number | undefined }, Uint8Array];
  /** Lies that were found, newest first. */
  readonly evidence: readonly [After, Page<EvidenceView>];
  /** The proof file (core/proofs-statements) of evidence `two-statements`, by its position. */
  readonly twoStatements: readonly [{ readonly position: number }, Uint8Array];
  readonly outbox: readonly [{ readonly author?: string | undefined; readonly limit: number }, readonly OutboxView[]];
  /** What an author's next record must carry, its pending ones counted. */
  readonly next: readonly [{ readonly author: string }, { readonly seq: number; readonly prev: Uint8Array }];
};

/** What is in force for the next block. */
export type GridStanding = PolicyChange & { readonly name: string; readonly epoch: number };

export type QueryName = keyof Queries;

/** Queries that can be subscribed to: those whose answers blocks change. */
export type LiveName =
  | 'head'
  | 'policy'
  | 'books'
  | 'blocks'
  | 'stats'
  | 'account'
  | 'ledger'
  | 'profile'
  | 'profiles'
  | 'search'
  | 'farm'
  | 'farms'
  | 'listFarms'
  | 'node'
  | 'nodes'
  | 'contract'
  | 'contracts'
  | 'listContracts'
  | 'history';

/**
 * What a subscriber is told: first the whole answer (`delta` null, `seq` 0), then each step, one higher each. After a gap comes a
 * whole answer again. `answer` always is the present one.
 */
export type Told<A> = { readonly seq: number; readonly answer: A; readonly delta: Delta | null };

/** A head that somebody told of: `same` as ours, `ahead` of ours and signed by our guardians, or not to be judged here. */
export type ToldVerdict = 'same' | 'ahead' | 'unproven';

/** What happened, in order. `head`: a block is final and executed. */
export type ReplicaEvents = {
  readonly head: HeadView;
  readonly outbox: OutboxView;
  readonly state: ReplicaView;
};

/** Requests between peers over Noise: 64 KiB in, the method's limit out. */
export type PeerMethod = OwnMethod | 'message' | 'workload-http';
/** Those that the replica answers by itself. */
export type OwnMethod = 'submit' | 'head' | 'hello' | 'genesis' | 'guardian' | 'snapshot' | 'blocks';
/** A question of another guardian of this grid, whose key is proven; what it throws travels as its code. */
export type GuardianHandler = (guardian: PublicKey, payload: Uint8Array) => Promise<Uint8Array>;
export type PeerHandler = (peer: Uint8Array, payload: Uint8Array) => Promise<Uint8Array>;

export type Replica = {
  readonly grid: Uint8Array;
  /** This replica's own Noise key. */
  readonly net: Uint8Array;
  state(): ReplicaView;
  /** What it holds on this machine's disk. */
  storage(): Promise<StorageView>;
  query<Q extends QueryName>(name: Q, input: Queries[Q][0]): Promise<Queries[Q][1]>;
  /**
   * A query's answer now and after every block that changes it. Steps are made at the listener's pace (his promise, if he returns
   * one): a slow one gets fewer and larger ones. Returns how to end it. Throws what the query throws, and `query/too-many`.
   */
  subscribe<Q extends LiveName>(
    name: Q,
    input: Queries[Q][0],
    listener: (told: Told<Queries[Q][1]>) => void | Promise<void>,
  ): Promise<() => void>;
  /**
   * Takes a signed record: durable in the outbox when this resolves, then `pending -> final | rejected(code)`.
   * Throws at once what cannot be valid (`record/*`, `cbor/*`, codes of the rules judged at the present head).
   */
  submit(record: Uint8Array): Promise<OutboxView>;
  /**
   * Holds a head that somebody told of against this replica's own history. Throws `replica/forked-head`, and stops, when it
   * proves another one; `cbor/* | replica/bad-block | replica/bad-certificate | record/wrong-grid` for what proves nothing.
   */
  judgeHead(head: CertifiedHead): Promise<ToldVerdict>;
  /** Resolves when the record is final or rejected; rejects with `net/timeout` after `timeoutMs`. */
  settled(recordIdHex: string, timeoutMs: number): Promise<OutboxView>;
  /** Sends to a peer by Noise key. Throws `net/*` or the code that the peer's handler threw. */
  request(peer: Uint8Array, method: PeerMethod, payload: Uint8Array, timeoutMs?: number): Promise<Uint8Array>;
  handle(method: Exclude<PeerMethod, OwnMethod>, handler: PeerHandler): void;
  /** Answers other guardians; everyone else is refused before (`net/refused`). */
  handleGuardian(handler: GuardianHandler): void;
  /**
   * Asks another guardian, wherever it is; at most 64 KiB either way. May arrive twice. Throws `net/unreachable` while nobody
   * has proved to speak for it, `net/*`, or the code that its handler threw.
   */
  sendToGuardian(guardian: PublicKey, payload: Uint8Array, timeoutMs?: number): Promise<Uint8Array>;
  on<E extends keyof ReplicaEvents>(event: E, listener: (value: ReplicaEvents[E]) => void): () => void;
  /**
   * What another 3bot needs to join: a code, or a link where the public DHT nodes will not do. `long`: all that is known, for
   * a program.
   */
  invitation(form?: 'short' | 'long'): Promise<string>;
  suspend(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
};

/** Who can reach a grid: `local`, processes on this machine; `open`, whoever has an invitation, by local network and DHT. */
export type Reach = 'local' | 'open';

export type NetworkOptions = {
  /** `host:port` of the DHT nodes to start from, instead of those of the invitation or the public ones. */
  readonly bootstrap?: readonly string[] | undefined;
  /** Look for members on the local network by multicast DNS; default true. Never on a local grid. */
  readonly lan?: boolean | undefined;
  /** Help to distribute blocks; default true. A guardian always does. */
  readonly helps?: boolean | undefined;
  /** How long a newcomer looks for a grid of which it has only the code; default 30 s. */
  readonly findMs?: number | undefined;
};

/** What a guardian's sequencer is made with; the guardian's seed stays where it is. */
export type SequencerNeeds = {
  /** Of the sequencer alone. */
  readonly folder: string;
  readonly grid: Uint8Array;
  readonly guardian: PublicKey;
  readonly certify: Certify;
  readonly onState: (state: SequencerState) => void;
  readonly log?: ((line: string) => void) | undefined;
};

/** How a replica comes to be. `create` makes a new grid with this replica as its only guardian. */
export type ReplicaOptions = {
  /** The profile's folder for it; made when missing. Another process holding it: `replica/in-use`. */
  readonly folder: string;
  /** Seed of the Noise key. */
  readonly netSeed: Uint8Array;
  /**
   * `open`: what is there (`replica/not-found`). `join`: by invitation. `create`: a new grid; needs a guardian seed
   * and a signed genesis record.
   */
  readonly start:
    | { readonly how: 'open' }
    | { readonly how: 'join'; readonly invitation: string }
    | { readonly how: 'create'; readonly genesis: Uint8Array; readonly reach?: Reach | undefined };
  /**
   * `archive`: the whole history; `light`: all headers, the state, and what our own people did. Default: an archive while the
   * history is small beside the disk (replica/light-choice). A guardian is always an archive.
   */
  readonly keeps?: 'light' | 'archive' | undefined;
  /** Given: this replica is a guardian that signs headers. */
  readonly guardianSeed?: Uint8Array | undefined;
  readonly network?: NetworkOptions | undefined;
  /** What orders records among several guardians; default: a nats-server of our own. Used in office only. */
  readonly sequencer?: ((needs: SequencerNeeds) => SequencerHost) | undefined;
  /**
   * `at open`: the indexes behind the lists of nodes, farms and contracts are built in the background from the start (the default);
   * `when asked`: not before somebody asks. About 350 bytes of memory a node.
   */
  readonly indexes?: 'at open' | 'when asked' | undefined;
  /** Between two steps of looking the database over; default: so that a round takes a week. */
  readonly scrubPauseMs?: number | undefined;
  /** The binary that runs child processes; default `process.execPath`. */
  readonly nodePath?: string | undefined;
  readonly onError: (error: AppError) => void;
  /** Lines of the network for experts. */
  readonly log?: ((line: string) => void) | undefined;
};
