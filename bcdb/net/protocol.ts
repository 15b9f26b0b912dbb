/**
 * What the host and its net process say to each other over the IPC channel (structured clone: bytes pass as they are).
 * The host trusts nothing that comes back, since hostile bytes arrive in that process: `parseFromNet` is its door.
 * Knows nothing of records or rules: only bytes, keys and heights. The block of height h stands at index h of every feed.
 */

/** Largest block that a feed takes. Hypercore sends a block as one message of at most 16 MiB; this leaves room and memory. */
export const maxBlockBytes = 8 * 1024 * 1024;

/** Blocks, and their bytes, that may be on the way to the host without its acknowledgement. */
export const followWindow = { blocks: 64, bytes: 32 * 1024 * 1024 } as const;

/** Largest body of one kind of request, and of its answer. */
export type MethodLimits = { readonly requestBytes: number; readonly answerBytes: number };

/** The closed list of what peers may ask each other; everything else is refused before it reaches the host. */
export type NetMethods = Readonly<Record<string, MethodLimits>>;

/** Why the net process has no network. */
export type OfflineReason =
  | 'no-network' // nobody answers, not even the bootstrap nodes
  | 'suspended' // there is no process until `resume()`
  | 'restarting' // the process ended by itself and comes back after a pause
  | 'port-in-use' // another process holds the grid's bootstrap port
  | 'folder-in-use' // another process holds this folder
  | 'gave-up' // too many crashes in a row; `resume()` tries again
  | 'closed';

export type Peer = {
  readonly key: Uint8Array;
  /** When the connection was made, milliseconds since 1970. */
  readonly since: number;
  readonly direction: 'in' | 'out';
  readonly rttMs: number;
};

/** Everything the process needs, in its first message: never in argv or env, where other programs can read it. */
export type StartMessage = {
  readonly type: 'start';
  readonly folder: string;
  /** 32 bytes; the Noise key and the feed's key come from it. */
  readonly seed: Uint8Array;
  readonly topic: Uint8Array;
  /** `host:port`; null is the public network. */
  readonly bootstrap: readonly string[] | null;
  /** `127.0.0.1` keeps everything on this machine. */
  readonly host: '127.0.0.1' | null;
  /** Run a bootstrap node on this loopback UDP port as well, for a grid on one machine. */
  readonly bootstrapPort: number | null;
  /** Look for members on the local network by multicast DNS; never with `host`. */
  readonly lan: boolean;
  /**
   * Whose feed we write: `seed`: its key comes from the seed, for ever; only for one whose bytes of a height never differ.
   * `folder`: a key of this folder; with the folder lost, it is another feed.
   */
  readonly publish: 'seed' | 'folder' | null;
  readonly peers: readonly Uint8Array[];
  readonly methods: NetMethods;
};

export type FollowMessage = {
  readonly type: 'follow';
  /** Counts up with every `follow`, so that late blocks of an earlier one are told apart. */
  readonly generation: number;
  readonly feedKeys: readonly Uint8Array[];
  readonly fromHeight: number;
};

export type HostToNet =
  | StartMessage
  | FollowMessage
  | { readonly type: 'publish'; readonly id: number; readonly height: number; readonly block: Uint8Array }
  | { readonly type: 'taken'; readonly generation: number; readonly height: number }
  | {
      readonly type: 'request';
      readonly id: number;
      readonly peer: Uint8Array;
      readonly method: string;
      readonly body: Uint8Array;
      readonly timeoutMs: number;
    }
  | { readonly type: 'answer'; readonly id: number; readonly code: string | null; readonly body: Uint8Array }
  | { readonly type: 'peers'; readonly keys: readonly Uint8Array[] }
  | { readonly type: 'network-changed' }
  | { readonly type: 'ping' }
  | { readonly type: 'stop' };

export type NetToHost =
  | {
      readonly type: 'started';
      readonly netKey: Uint8Array;
      readonly feedKey: Uint8Array | null;
      readonly length: number;
    }
  | { readonly type: 'state'; readonly offline: OfflineReason | null }
  | { readonly type: 'published'; readonly id: number; readonly code: string | null; readonly length: number }
  | {
      readonly type: 'block';
      readonly generation: number;
      readonly height: number;
      readonly block: Uint8Array;
      readonly feedKey: Uint8Array;
    }
  | { readonly type: 'answered'; readonly id: number; readonly code: string | null; readonly body: Uint8Array }
  | {
      readonly type: 'asked';
      readonly id: number;
      readonly peer: Uint8Array;
      readonly method: string;
      readonly body: Uint8Array;
    }
  | { readonly type: 'peers'; readonly peers: readonly Peer[] }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'pong' };

type Guard = (value: unknown) => boolean;
type Shapes = {
  readonly [K in NetToHost['type']]: { readonly [F in Exclude<keyof Extract<NetToHost, { type: K }>, 'type'>]: Guard };
};

const offlineReasons: ReadonlySet<unknown> = new Set<OfflineReason>([
  'no-network',
  'suspended',
  'restarting',
  'port-in-use',
  'folder-in-use',
  'gave-up',
  'closed',
]);

const isBytes: Guard = (value) => value instanceof Uint8Array;
const isKey: Guard = (value) => value instanceof Uint8Array && value.length === 32;
const isCount: Guard = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isText =
  (max: number): Guard =>
  (value) =>
    typeof value === 'string' && value.length <= max;
const isNullOr =
  (guard: Guard): Guard =>
  (value) =>
    value === null || guard(value);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isPeer: Guard = (value) => {
  if (!isObject(value)) return false;
  const { key, since, rttMs, direction } = value;
  return isKey(key) && isCount(since) && isCount(rttMs) && (direction === 'in' || direction === 'out');
};

const shapes: Shapes = {
  started: { netKey: isKey, feedKey: isNullOr(isKey), length: isCount },
  state: { offline: (value) => value === null || offlineReasons.has(value) },
  published: { id: isCount, code: isNullOr(isText(64)), length: isCount },
  block: { generation: isCount, height: isCount, block: isBytes, feedKey: isKey },
  answered: { id: isCount, code: isNullOr(isText(64)), body: isBytes },
  asked: { id: isCount, peer: isKey, method: isText(32), body: isBytes },
  peers: { peers: (value) => Array.isArray(value) && value.every(isPeer) },
  log: { line: isText(500) },
  pong: {},
};

/** The host's door for what its net process says; undefined when it is not one of ours. */
export function parseFromNet(message: unknown): NetToHost | undefined {
  if (!isObject(message)) return undefined;
  const { type } = message;
  if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) return undefined;
  const shape: Readonly<Record<string, Guard>> = shapes[type as NetToHost['type']];
  const fits = Object.entries(shape).every(([field, guard]) => guard(message[field]));
  return fits ? (message as NetToHost) : undefined;
}
