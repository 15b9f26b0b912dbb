/**
 * What a guardian must never take back: headers that it prepared and signed, its latest lock, the epoch that it moved
 * to. Everything here is on disk (`synchronous=FULL`) before it leaves. Judges nothing but what was said before.
 */
import { type HeaderSignature, headerHash } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { Proposal } from '../guardian/guardian-store-api.ts';
import { type Db, plain, type Statement } from './database.ts';

/** Where something was said: the height, and the epoch in which it was prepared or signed. */
export type Place = { readonly height: number; readonly epoch: number };

/** A header that a quorum prepared in `epoch`, and its block. */
export type StoredLock = Place & {
  readonly headerBytes: Uint8Array;
  readonly prepares: readonly HeaderSignature[];
  readonly proposal: Proposal;
};

type SignedRow = { epoch: number; hash: Buffer; signature: Buffer };
type PreparedRow = { hash: Buffer; statement: Buffer };
type LockRow = { height: number; epoch: number; header: Buffer; prepares: Buffer; block: Buffer };

const encodeProposal = ({ epoch, timeMs, position, records }: Proposal): Uint8Array =>
  encode([epoch, timeMs, position, records]);

function decodeProposal(bytes: Uint8Array): Proposal {
  const [epoch, timeMs, position, records] = decode(bytes) as [number, number, number, Uint8Array[]];
  return { epoch, timeMs, position, records };
}

const twice = (what: string, { height, epoch }: Place, hash: Uint8Array): AppError =>
  new AppError('replica/forked-head', `height ${height}, epoch ${epoch}: ${what} header ${toHex(hash)} before`);

export class Promises {
  readonly #db: Db;
  readonly #selectSigned: Statement;
  readonly #insertSigned: Statement;
  readonly #selectPrepare: Statement;
  readonly #insertPrepare: Statement;
  readonly #forgetPrepares: Statement;
  readonly #selectLock: Statement;
  readonly #replaceLock: Statement;
  readonly #selectMoved: Statement;
  readonly #replaceMoved: Statement;

  constructor(db: Db) {
    this.#db = db;
    this.#selectSigned = db.prepare(
      'SELECT epoch, hash, signature FROM signed WHERE height = ? ORDER BY epoch DESC LIMIT 1',
    );
    this.#insertSigned = db.prepare('INSERT INTO signed (height, epoch, hash, signature) VALUES (?, ?, ?, ?)');
    this.#selectPrepare = db.prepare('SELECT hash, statement FROM prepares WHERE height = ? AND epoch = ?');
    this.#insertPrepare = db.prepare('INSERT INTO prepares (height, epoch, hash, statement) VALUES (?, ?, ?, ?)');
    this.#forgetPrepares = db.prepare('DELETE FROM prepares WHERE height < ?');
    this.#selectLock = db.prepare('SELECT height, epoch, header, prepares, block FROM locks');
    this.#replaceLock = db.prepare(
      'INSERT OR REPLACE INTO locks (one, height, epoch, header, prepares, block) VALUES (1, ?, ?, ?, ?, ?)',
    );
    this.#selectMoved = db.prepare('SELECT epoch FROM moved').pluck();
    this.#replaceMoved = db.prepare('INSERT OR REPLACE INTO moved (one, epoch) VALUES (1, ?)');
  }

  /** All of it on disk when it returns, or nothing. */
  together<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  /**
   * The signature over a header in an epoch: the one it had, or a new one by `sign`. Throws `replica/forked-head` when
   * another header was signed or prepared at this height in this epoch, or any signed in a later one. Into the open
   * transaction.
   */
  sign(place: Place, headerBytes: Uint8Array, sign: () => Uint8Array): Uint8Array {
    const { height, epoch } = place;
    const hash = headerHash(headerBytes);
    const before = this.#signed(height);
    if (before !== undefined && before.epoch >= epoch) {
      const isSame = before.epoch === epoch && equalBytes(plain(before.hash), hash);
      if (!isSame) throw twice('signed', { height, epoch: before.epoch }, plain(before.hash));
      return plain(before.signature);
    }
    const prepared = this.#prepared(place);
    if (prepared !== undefined && !equalBytes(plain(prepared.hash), hash)) {
      throw twice('prepared', place, plain(prepared.hash));
    }
    const signature = sign();
    this.#insertSigned.run(height, epoch, hash, signature);
    return signature;
  }

  /** A signature that was found again. Throws `replica/forked-head` when another header was signed in that epoch. */
  adoptSigned(place: Place, hash: Uint8Array, signature: Uint8Array): void {
    const before = this.#signed(place.height);
    // What was signed in a later epoch already says more.
    if (before !== undefined && before.epoch > place.epoch) return;
    if (before?.epoch !== place.epoch) this.#insertSigned.run(place.height, place.epoch, hash, signature);
    else if (!equalBytes(plain(before.hash), hash)) throw twice('signed', place, plain(before.hash));
  }

  #signed(height: number): SignedRow | undefined {
    return this.#selectSigned.get(height) as SignedRow | undefined;
  }

  /** The latest epoch in which a header was signed at a height; undefined: none was. */
  signedIn(height: number): number | undefined {
    return this.#signed(height)?.epoch;
  }

  #prepared({ height, epoch }: Place): PreparedRow | undefined {
    return this.#selectPrepare.get(height, epoch) as PreparedRow | undefined;
  }

  /** The prepare that was said, or `make`s one. Throws `replica/forked-head` for another header. */
  prepare(place: Place, hash: Uint8Array, make: () => Uint8Array): Uint8Array {
    const before = this.#prepared(place);
    if (before !== undefined) {
      if (!equalBytes(plain(before.hash), hash)) throw twice('prepared', place, plain(before.hash));
      return plain(before.statement);
    }
    const lock = this.lock();
    if (
      lock?.height === place.height &&
      lock.epoch === place.epoch &&
      !equalBytes(headerHash(lock.headerBytes), hash)
    ) {
      throw twice('locked', place, headerHash(lock.headerBytes));
    }
    const statement = make();
    this.#insertPrepare.run(place.height, place.epoch, hash, statement);
    return statement;
  }

  /** Prepares below the head can be asked for no more. */
  forgetBelow(height: number): void {
    this.#forgetPrepares.run(height);
  }

  lock(): StoredLock | undefined {
    const row = this.#selectLock.get() as LockRow | undefined;
    if (row === undefined) return undefined;
    return {
      height: row.height,
      epoch: row.epoch,
      headerBytes: plain(row.header),
      prepares: decode(plain(row.prepares)) as HeaderSignature[],
      proposal: decodeProposal(plain(row.block)),
    };
  }

  keepLock({ height, epoch, headerBytes, prepares, proposal }: StoredLock): void {
    this.#replaceLock.run(height, epoch, headerBytes, encode(prepares), encodeProposal(proposal));
  }

  /** The epoch below which nothing is prepared or signed any more. */
  get moved(): number {
    return (this.#selectMoved.get() as number | undefined) ?? 0;
  }

  moveTo(epoch: number): void {
    if (epoch > this.moved) this.#replaceMoved.run(epoch);
  }
}
