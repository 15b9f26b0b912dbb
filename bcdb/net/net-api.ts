/**
 * What the rest of the 3bot sees of the network: one client, all bytes. Made by `startNet` (net-process.ts).
 * Types only.
 */
import type { OnBlock } from './follow-queue.ts';
import type { OfflineReason, Peer, StartMessage } from './protocol.ts';

export type NetState =
  | { readonly name: 'starting' }
  | { readonly name: 'online' }
  | { readonly name: 'offline'; readonly reason: OfflineReason };

export type NetIdentity = {
  /** The Noise public key under which others reach us. */
  readonly netKey: Uint8Array;
  /** The key of our own feed; null when we do not publish. */
  readonly feedKey: Uint8Array | null;
};

export type NetOptions = Pick<StartMessage, 'folder' | 'seed' | 'topic' | 'publish' | 'methods'> & {
  /** `host:port` each; without it the public network, or with `bootstrapPort` that alone. */
  readonly bootstrap?: readonly string[];
  /** Keeps everything on this machine. */
  readonly host?: '127.0.0.1';
  /** Also runs a bootstrap node on this loopback UDP port. */
  readonly bootstrapPort?: number;
  /** Look for members on the local network; default: unless `host` is given. */
  readonly lan?: boolean;
  /** Net keys of members to stay connected with. */
  readonly peers?: readonly Uint8Array[];
  /** Answers a peer's request, already within its method's limits. A throw travels to the peer as its code alone. */
  readonly onRequest: (peer: Uint8Array, method: string, body: Uint8Array) => Promise<Uint8Array>;
  readonly onState?: (state: NetState) => void;
  readonly onPeers?: (peers: readonly Peer[]) => void;
  readonly log?: (line: string) => void;
  /** Default: the binary that runs us. In Electron it is another one. */
  readonly nodePath?: string;
  readonly entry?: URL;
  readonly restartPausesMs?: readonly number[];
};

export type Net = {
  /** Resolves when the process has started for the first time. */
  ready(): Promise<NetIdentity>;
  state(): NetState;
  /**
   * Puts the block of this height into our own feed and resolves to the feed's length; again is harmless.
   * Always the same bytes for the same height, for ever. Codes: `net/gap` (send from `published()` on), `net/too-large`,
   * `net/offline` (send again from `published()` on once the state is online), `net/failed`.
   */
  publish(height: number, block: Uint8Array): Promise<number>;
  /** Length of our feed: the height it takes next. More than the host's own head + 1 means that the host has forgotten. */
  published(): number;
  /** Delivers blocks from `fromHeight` on, live, until `follow` is called again. */
  follow(feedKeys: readonly Uint8Array[], fromHeight: number, onBlock: OnBlock): void;
  /**
   * Asks a peer. May arrive twice when a connection breaks. Codes: `net/unreachable`, `net/timeout`, `net/too-large`,
   * `net/unknown-method`, `net/rate-limited`, `net/offline`, or what the peer's handler threw.
   */
  request(
    peer: Uint8Array,
    method: string,
    body: Uint8Array,
    options: { readonly timeoutMs: number },
  ): Promise<Uint8Array>;
  peers(): readonly Peer[];
  /** Replaces the members that we stay connected with. */
  setPeers(keys: readonly Uint8Array[]): void;
  networkChanged(): void;
  suspend(): void;
  resume(): void;
  /** The child's process id, for supervision and tests. */
  pid(): number | undefined;
  close(): Promise<void>;
};
