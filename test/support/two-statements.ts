// A guardian that says two things, for tests: signs whatever it is told to, with its real key.

import { signSodium } from '../../bcdb/verify.ts';
import { certifyBytes, decodeHeader, encodeHeader, type Header, headerHash } from '../../core/block.ts';
import { sha256 } from '../../core/bytes.ts';
import { encodeSigned, type Move, moveBytes, prepareBytes } from '../../core/guardian.ts';
import { headerStatement } from '../../core/two-statements.ts';
import { type Author, seedOf } from './bcdb-grid.ts';

/** The header of an empty block, the same in every epoch but for its number. */
export const headerOf = (grid: Uint8Array, height: number, epoch = 0): Uint8Array =>
  encodeHeader({
    grid,
    epoch,
    height,
    prev: seedOf('prev'),
    timeMs: 1_700_000_000_000,
    recordCount: 0,
    recordsRoot: seedOf('records'),
    historyRoot: seedOf('history'),
    execHash: seedOf(`state ${height}`),
  });

/** A header like this one, of another block. */
export function otherHeader(headerBytes: Uint8Array, change: Partial<Header> = {}): Uint8Array {
  const header = decodeHeader(headerBytes);
  return encodeHeader({ ...header, execHash: sha256(header.execHash), ...change });
}

const signedBy = ({ key, seed }: Author, bytes: Uint8Array) => ({ guardian: key, signature: signSodium(seed, bytes) });

/** A guardian's prepare of a header, as it travels. */
export function prepareOf(
  guardian: Author,
  headerBytes: Uint8Array,
  epoch = decodeHeader(headerBytes).epoch,
): Uint8Array {
  const { grid, height } = decodeHeader(headerBytes);
  const bytes = prepareBytes({ grid, epoch, height, header: headerHash(headerBytes) });
  return encodeSigned(bytes, signedBy(guardian, bytes));
}

/** A guardian's signature over a header in an epoch. */
export const signatureOf = (guardian: Author, headerBytes: Uint8Array, epoch = decodeHeader(headerBytes).epoch) =>
  signedBy(guardian, certifyBytes(headerBytes, epoch));

/** The same as a statement. */
export const commitOf = (
  guardian: Author,
  headerBytes: Uint8Array,
  epoch = decodeHeader(headerBytes).epoch,
): Uint8Array => headerStatement(headerBytes, epoch, signatureOf(guardian, headerBytes, epoch));

/** A guardian's move above a header. */
export function moveOf(guardian: Author, headerBytes: Uint8Array, move: Pick<Move, 'epoch' | 'lock'>): Uint8Array {
  const { grid } = decodeHeader(headerBytes);
  const bytes = moveBytes({ grid, header: headerBytes, certificate: [], ...move });
  return encodeSigned(bytes, signedBy(guardian, bytes));
}
