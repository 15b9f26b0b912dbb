/**
 * What an epoch must begin with (docs/BCDB.md, "Epochs"): judges moves, and the first message of a new stream. Every
 * guardian with the same chain comes to the same end. Pure.
 */
import { certificateQuorum, checkCertificate, decodeHeader, type Header, headerHash } from '../../core/block.ts';
import { equalBytes, toHex, zero32 } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import { checkLock, decodeMove, type Lock, type Move, type Signed } from '../../core/guardian.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import { checkEnvelope, decodeRecord, parseBody } from '../../core/record.ts';
import type { Message, ObligedBlock } from './messages.ts';
import { obligedLock } from './obliged.ts';

/** Where the judge stands: its head, and who decides around it. */
export type Standpoint = {
  readonly grid: Uint8Array;
  readonly verify: Verify;
  readonly headerBytes: Uint8Array;
  /** Of the block above the head. */
  readonly guardians: readonly PublicKey[];
  /** Of the head itself. */
  readonly guardiansBefore: readonly PublicKey[];
};

/** `ahead`: at least one honest guardian has more blocks than the judge, who must have them first. */
export type Judgement<T> =
  | { readonly outcome: 'valid'; readonly value: T }
  | { readonly outcome: 'ahead' }
  | { readonly outcome: 'invalid'; readonly why: string };

type MovesValue = {
  /** Height of the highest certified header among them; the epoch begins above it. */
  readonly certifiedHeight: number;
  readonly obliged: Lock | null;
};

type ReadMove = { readonly guardian: string; readonly move: Move; readonly header: Header };

function readMove(bytes: Uint8Array, guardians: readonly PublicKey[], { grid, verify }: Standpoint): ReadMove {
  const { said, guardian }: Signed<Move> = decodeMove(bytes, { guardians, verify });
  if (!equalBytes(said.grid, grid)) throw new AppError('guardian/bad-statement', 'another grid');
  return { guardian: toHex(guardian), move: said, header: decodeHeader(said.header, 'guardian/bad-statement') };
}

/** What an attempt gives, or why it failed; only for errors of ours. */
function attempt<T>(work: () => T): { readonly value: T } | { readonly why: string } {
  try {
    return { value: work() };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return { why: error instanceof AppError ? `${code}: ${error.detail}` : code };
  }
}

/** Who claims a block above the judge's head, and whether one of them must be right. */
function isAhead(moves: readonly ReadMove[], height: number, at: Standpoint): boolean {
  const claims = moves.filter(({ header }) => header.height > height);
  const liars = Math.floor((at.guardians.length - 1) / 3);
  if (new Set(claims.map(({ guardian }) => guardian)).size > liars) return true;
  return claims.some(
    ({ move }) => 'value' in attempt(() => checkCertificate(move.header, move.certificate, at.guardians, at.verify)),
  );
}

/** Judges the moves of an epoch's record. */
export function judgeMoves(signed: readonly Uint8Array[], epoch: number, at: Standpoint): Judgement<MovesValue> {
  const head = decodeHeader(at.headerBytes);
  const known = [...at.guardians, ...at.guardiansBefore];
  const attempts = signed.map((bytes) => attempt(() => readMove(bytes, known, at)));
  const moves = attempts.flatMap((one) => ('value' in one ? [one.value] : []));
  if (isAhead(moves, head.height, at)) return { outcome: 'ahead' };
  const done = attempt(() => {
    const bad = attempts.find((one) => 'why' in one);
    if (bad !== undefined && 'why' in bad) throw new AppError('guardian/bad-statement', bad.why);
    return decide(moves, epoch, at, head);
  });
  return 'value' in done ? { outcome: 'valid', value: done.value } : { outcome: 'invalid', why: done.why };
}

/** Of moves that came from others those that can stand in a record together: a liar's would spoil it. */
export function usableMoves(signed: readonly Uint8Array[], epoch: number, at: Standpoint): readonly Uint8Array[] {
  const head = decodeHeader(at.headerBytes);
  const base = headerHash(at.headerBytes);
  return signed.filter((bytes) => {
    const checked = attempt(() => {
      const { move, header } = readMove(bytes, at.guardians, at);
      if (move.epoch !== epoch) throw new AppError('guardian/wrong-epoch');
      if (header.height > head.height) checkCertificate(move.header, move.certificate, at.guardians, at.verify);
      if (header.height === head.height && !equalBytes(headerHash(move.header), base)) {
        throw new AppError('guardian/bad-statement', 'moves from another history');
      }
      const place = { epoch, base, height: head.height + 1 };
      if (header.height === head.height && move.lock !== null) checkTold(move.lock, place, at.guardians, at);
    });
    return 'value' in checked;
  });
}

/** Throws `guardian/*` for what must not begin an epoch. */
function decide(moves: readonly ReadMove[], epoch: number, at: Standpoint, head: Header): MovesValue {
  const certifiedHeight = Math.max(...moves.map(({ header }) => header.height));
  const isAtHead = certifiedHeight === head.height;
  if (certifiedHeight > head.height) throw new AppError('guardian/bad-statement', 'a header without its certificate');
  if (certifiedHeight < head.height - 1) throw new AppError('guardian/wrong-epoch', 'begins below the head');
  const guardians = isAtHead ? at.guardians : at.guardiansBefore;
  const seats = new Set(guardians.map(toHex));
  const movers = new Set(moves.map(({ guardian }) => guardian));
  const needed = certificateQuorum(guardians.length);
  if ([...movers].some((mover) => !seats.has(mover)))
    throw new AppError('guardian/bad-statement', 'no guardian any more');
  if (movers.size < needed) throw new AppError('guardian/quorum-not-met', `${movers.size} of ${needed} moved`);
  if (moves.some(({ move }) => move.epoch !== epoch))
    throw new AppError('guardian/wrong-epoch', 'moves to another epoch');
  const base = isAtHead ? headerHash(at.headerBytes) : head.prev;
  const highest = moves.filter(({ header }) => header.height === certifiedHeight);
  if (highest.some(({ move }) => !equalBytes(headerHash(move.header), base))) {
    throw new AppError('guardian/bad-statement', 'moves from another history');
  }
  const locks = highest.map(({ move }) => move.lock);
  for (const lock of locks)
    if (lock !== null) checkTold(lock, { epoch, base, height: certifiedHeight + 1 }, guardians, at);
  const obliged = obligedLock(locks);
  const isTwice = locks.some(
    (lock) =>
      lock?.epoch === obliged?.epoch && lock !== null && obliged !== null && !equalBytes(lock.header, obliged.header),
  );
  if (isTwice) throw new AppError('guardian/bad-lock', 'two locks of one epoch: more guardians lie than can be borne');
  return { certifiedHeight, obliged };
}

/** Throws unless a lock that was told is proven, and is one for the block above the moves' header. */
function checkTold(
  lock: Lock,
  { epoch, base, height }: { readonly epoch: number; readonly base: Uint8Array; readonly height: number },
  guardians: readonly PublicKey[],
  { grid, verify }: Standpoint,
): void {
  const header = decodeHeader(lock.header, 'guardian/bad-statement');
  if (lock.epoch >= epoch || header.height !== height || !equalBytes(header.prev, base)) {
    throw new AppError('guardian/bad-statement', 'a lock of another place');
  }
  checkLock(lock, { grid, height, header: headerHash(lock.header) }, { guardians, verify });
}

/** What to do with a valid beginning. */
export type Beginning =
  /** The obliged block comes first, on its old header bytes. */
  | { readonly next: 'repropose'; readonly block: ObligedBlock }
  /** The next block has this record first. */
  | { readonly next: 'cut'; readonly epochRecord: Uint8Array };

/** The moves in an epoch's record. Throws what is wrong with the record by itself. */
function movesIn(epochRecord: Uint8Array, epoch: number, { grid, verify }: Standpoint): readonly Uint8Array[] {
  const envelope = decodeRecord(epochRecord);
  checkEnvelope(envelope, grid, verify);
  const body = parseBody(envelope);
  const isFirst = envelope.seq === 1 && equalBytes(envelope.prev, zero32);
  if (body.kind !== 'epoch' || !isFirst || body.body.epoch !== epoch) {
    throw new AppError('guardian/wrong-epoch', 'not a record of this epoch');
  }
  return body.body.moves;
}

/** Judges a `begin` message in the stream of `epoch`, while the head is of an earlier one. */
export function judgeBegin(
  { epochRecord, obliged }: Extract<Message, { kind: 'begin' }>,
  epoch: number,
  at: Standpoint,
): Judgement<Beginning> {
  const moves = attempt(() => movesIn(epochRecord, epoch, at));
  if ('why' in moves) return { outcome: 'invalid', why: moves.why };
  const judged = judgeMoves(moves.value, epoch, at);
  if (judged.outcome !== 'valid') return judged;
  const lock = judged.value.obliged;
  const invalid = (why: string) => ({ outcome: 'invalid', why }) as const;
  const isDue = lock === null ? obliged === null : obliged !== null && equalBytes(lock.header, obliged.headerBytes);
  if (!isDue) return invalid('guardian/bad-lock: not the block that is obliged');
  const isDone = judged.value.certifiedHeight < decodeHeader(at.headerBytes).height;
  if (isDone && (obliged === null || !equalBytes(obliged.headerBytes, at.headerBytes))) {
    return invalid('guardian/bad-lock: another block is certified');
  }
  if (obliged !== null && !isDone) return { outcome: 'valid', value: { next: 'repropose', block: obliged } };
  return { outcome: 'valid', value: { next: 'cut', epochRecord } };
}
