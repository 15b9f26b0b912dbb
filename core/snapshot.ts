/**
 * A snapshot as it travels (docs/BCDB.md, "Snapshots"): a manifest that proves a state root to somebody who knows only the
 * grid's id, and pieces of the state, each of which proves itself against that root. Pure.
 */
import * as v from 'valibot';
import { certificateSchema, checkCertificate, decodeBlock, decodeHeader, type Header, recordsRootOf } from './block.ts';
import { equalBytes, sha256 } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import type { Verify } from './keys.ts';
import { peaksRoot } from './merkle.ts';
import { foundationEntries, verifyGuardians } from './proofs-guardians.ts';
import { anyBytes, hash32, integer, parse } from './schema.ts';
import {
  bucketCount,
  bucketHash,
  bucketOf,
  compareItems,
  type Hash,
  leafKinds,
  type StateItem,
  stateLeaf,
  treeLevels,
  verifySubtree,
} from './state-tree.ts';

const peaksSchema = v.pipe(v.array(v.strictObject({ size: integer(1), hash: hash32 })), v.maxLength(64));

const manifestSchema = v.strictObject({
  say: v.literal('3bot/snapshot'),
  v: v.literal(1),
  /** A header with a `stateRoot`, and its certificate. */
  header: anyBytes,
  certificate: certificateSchema,
  /** Over all headers below that one. */
  peaks: peaksSchema,
  /** Block 0 as it travels. */
  genesis: anyBytes,
  /** Links from the genesis' guardians to those of this height (docs/BCDB.md, "Guardian links"). */
  guardians: foundationEntries.guardians,
  /** Heights of all snapshots that this peer can serve, newest first. */
  heights: v.pipe(v.array(integer(1)), v.maxLength(16)),
  /** About how many objects there are, and records below: only to choose by, nobody vouches for them. */
  objectCount: integer(0),
  recordCount: integer(0),
});

export type Manifest = Omit<v.InferOutput<typeof manifestSchema>, 'say' | 'v'>;

export const encodeManifest = (manifest: Manifest): Uint8Array => encode({ say: '3bot/snapshot', v: 1, ...manifest });

/** What a manifest claims, unproven: to choose which one to fetch. Throws `cbor/*`, `snapshot/malformed`. */
export function readManifest(bytes: Uint8Array): {
  readonly height: number;
  readonly objectCount: number;
  readonly recordCount: number;
} {
  const { header, objectCount, recordCount } = parse(manifestSchema, decode(bytes), 'snapshot/malformed');
  return { height: decodeHeader(header, 'snapshot/malformed').height, objectCount, recordCount };
}

export type ManifestCheck = { readonly grid: Uint8Array; readonly verify: Verify };

/** A manifest that was found good. */
export type CheckedManifest = Manifest & {
  readonly head: Header;
  readonly stateRoot: Uint8Array;
  readonly height: number;
};

/** Throws `cbor/*`, `snapshot/malformed`, `replica/bad-certificate`, `proof/*`. */
export function checkManifest(bytes: Uint8Array, { grid, verify }: ManifestCheck): CheckedManifest {
  const { say: _say, v: _version, ...manifest } = parse(manifestSchema, decode(bytes), 'snapshot/malformed');
  const wrong = (what: string): AppError => new AppError('snapshot/malformed', what);
  const head = decodeHeader(manifest.header, 'snapshot/malformed');
  const { stateRoot, height } = head;
  if (stateRoot === undefined || height === 0) throw wrong('a header without a state root');
  if (!equalBytes(head.grid, grid)) throw wrong('another grid');
  const first = decodeBlock(manifest.genesis);
  const [genesis = new Uint8Array(0), ...others] = first.records;
  if (others.length > 0 || first.header.height !== 0) throw wrong('block 0 holds the genesis alone');
  const guardians = verifyGuardians({ genesis, guardians: manifest.guardians }, { area: 'proof', verify }, grid);
  checkCertificate(first.headerBytes, first.certificate, guardians.at(0), verify);
  if (!equalBytes(first.header.recordsRoot, recordsRootOf([grid], ['ok']))) throw wrong('another genesis');
  checkCertificate(manifest.header, manifest.certificate, guardians.at(height), verify);
  const count = manifest.peaks.reduce((sum, { size }) => sum + size, 0);
  if (count !== height || !equalBytes(peaksRoot(manifest.peaks), head.historyRoot)) throw wrong('another history');
  return { ...manifest, head, stateRoot, height };
}

/**
 * One piece: the objects of `2^level` buckets from `position * 2^level` on. Of a single bucket that is too large for one
 * answer: its objects behind the first `skip`.
 */
export type PieceAsk = {
  readonly height: number;
  readonly level: number;
  readonly position: number;
  readonly skip: number;
};

const askSchema = v.pipe(
  v.strictTuple([integer(1), integer(0, treeLevels), integer(0, bucketCount - 1), integer(0)]),
  v.check(([, level, position, skip]) => position < 2 ** (treeLevels - level) && (skip === 0 || level === 0), 'place'),
);

export const encodeAsk = ({ height, level, position, skip }: PieceAsk): Uint8Array =>
  encode([height, level, position, skip]);

/** Throws `cbor/*` or `snapshot/malformed`. */
export function decodeAsk(bytes: Uint8Array): PieceAsk {
  const [height, level, position, skip] = parse(askSchema, decode(bytes), 'snapshot/malformed');
  return { height, level, position, skip };
}

/** The two pieces that make up one which is too large. */
export const halvesOf = ({ height, level, position }: PieceAsk): readonly PieceAsk[] =>
  [0, 1].map((half) => ({ height, level: level - 1, position: 2 * position + half, skip: 0 }));

const itemSchema = v.strictTuple([
  v.picklist(leafKinds),
  v.pipe(
    anyBytes,
    v.check(({ length }) => length === 32 || length === 0, 'a key'),
  ),
  anyBytes,
  v.nullable(integer(0)),
]);
const pieceSchema = v.strictTuple([
  v.pipe(v.array(itemSchema), v.maxLength(1_000_000)),
  v.array(hash32),
  v.array(hash32),
  v.pipe(v.array(hash32), v.maxLength(treeLevels)),
]);

export type Piece = {
  /** By bucket, then in the order of a bucket. */
  readonly items: readonly StateItem[];
  /** Leaves of the bucket before and behind `items`; none when it is whole. */
  readonly before: readonly Uint8Array[];
  readonly behind: readonly Uint8Array[];
  readonly path: readonly Uint8Array[];
};

/** `undefined` says: more than fits into one answer, ask for the halves. */
export const encodePiece = (piece: Piece | undefined): Uint8Array =>
  encode(
    piece === undefined
      ? null
      : [
          piece.items.map(({ kind, key, bytes, dueMs }) => [kind, key, bytes, dueMs]),
          piece.before,
          piece.behind,
          piece.path,
        ],
  );

/** A piece that was found good: its objects with their leaves, by bucket; whether the last bucket goes on. */
export type CheckedPiece = {
  readonly buckets: ReadonlyMap<number, readonly { readonly item: StateItem; readonly leaf: Uint8Array }[]>;
  readonly itemCount: number;
  readonly isWhole: boolean;
};

/**
 * Undefined when the piece has to be asked for in halves. Throws `cbor/*` or `snapshot/malformed`, and `snapshot/wrong-root`
 * for objects that are not those under the root.
 */
export function checkPiece(
  bytes: Uint8Array,
  ask: PieceAsk,
  root: Uint8Array,
  hash: Hash = sha256,
): CheckedPiece | undefined {
  const value = decode(bytes);
  if (value === null && ask.level > 0) return undefined;
  const [tuples, before, behind, path] = parse(pieceSchema, value, 'snapshot/malformed');
  const items = tuples.map(([kind, key, itemBytes, dueMs]): StateItem => ({ kind, key, bytes: itemBytes, dueMs }));
  const isPart = before.length > 0 || behind.length > 0;
  if (before.length !== ask.skip || (isPart && (ask.level > 0 || items.length === 0))) {
    throw new AppError('snapshot/malformed', 'not the part that was asked for');
  }
  const first = ask.position * 2 ** ask.level;
  const buckets = new Map<number, { readonly item: StateItem; readonly leaf: Uint8Array }[]>();
  let highest = first;
  for (const item of items) {
    const bucket = bucketOf(item.kind, item.key, hash);
    const inside = buckets.get(bucket) ?? [];
    const last = inside.at(-1);
    if (bucket < highest || (last !== undefined && compareItems(last.item, item) >= 0)) {
      throw new AppError('snapshot/malformed', 'order');
    }
    highest = bucket;
    inside.push({ item, leaf: stateLeaf(item, hash) });
    buckets.set(bucket, inside);
  }
  const hashes = Array.from({ length: 2 ** ask.level }, (_, index) =>
    bucketHash([...before, ...(buckets.get(first + index) ?? []).map(({ leaf }) => leaf), ...behind], hash),
  );
  const isInside = [...buckets.keys()].every((bucket) => bucket >= first && bucket < first + hashes.length);
  if (!isInside || !verifySubtree(hashes, { ...ask, index: ask.position, path, root }, hash)) {
    throw new AppError('snapshot/wrong-root', `piece ${ask.level}/${ask.position} of height ${ask.height}`);
  }
  return { buckets, itemCount: items.length, isWhole: behind.length === 0 };
}
