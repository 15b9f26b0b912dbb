/**
 * What a header must say of its place in the chain, before anybody looks at its signatures or executes its records
 * (docs/BCDB.md, "Records, blocks, certificates"). The same for those who propose and those who follow. Pure.
 */
import type { Header } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Head } from './chain.ts';

export type HeaderPlace = {
  readonly grid: Uint8Array;
  /** Undefined: the header is of block 0. */
  readonly head: Head | undefined;
  /** The epoch in force at the head. */
  readonly epoch: number;
  /** Of the header's height. */
  readonly guardianCount: number;
};

/** Throws `replica/bad-block`. */
export function checkHeaderPlace(header: Header, { grid, head, epoch, guardianCount }: HeaderPlace): void {
  const wrong = (what: string): AppError => new AppError('replica/bad-block', `${what} at height ${header.height}`);
  if (!equalBytes(header.grid, grid)) throw wrong('another grid');
  if (header.height !== (head === undefined ? 0 : head.height + 1)) throw wrong('not the next block');
  if (head !== undefined && header.timeMs < head.timeMs) throw wrong('time goes back');
  if (header.epoch < epoch || (head === undefined && header.epoch !== 0)) throw wrong('another epoch');
  if (guardianCount > 1 !== (header.position !== undefined)) throw wrong('a position is for several guardians');
  if (header.position === undefined) return;
  if (head === undefined && header.position !== 0) throw wrong('the stream begins behind position 0');
  // In a later epoch the stream is another one.
  const isSameStream = head?.position !== undefined && head.epoch === header.epoch;
  if (isSameStream && header.position <= (head?.position ?? 0)) throw wrong('the position goes back');
}
