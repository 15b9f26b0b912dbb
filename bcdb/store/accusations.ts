/**
 * Guardians that signed two statements: whoever sees both keeps both (core/two-statements.ts), if the history here names
 * their signer a guardian of that height. Nobody stops for it: a minority that lies is what a quorum is for.
 */
import type { HeaderSignature } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { AppError, codeOf, type ErrorData, toErrorData } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { checkTwoStatements } from '../../core/two-statements.ts';
import type { Chain } from './chain.ts';
import { storageError } from './database.ts';
import { type Evidence, headerProof } from './evidence.ts';

export type AccusationParts = {
  readonly grid: Uint8Array;
  readonly verify: Verify;
  readonly chain: Chain;
  readonly evidence: Evidence;
  readonly onDefect: (error: ErrorData) => void;
};

/** A header with signatures that somebody shows for it, be they enough or not. */
export type ShownHeader = { readonly headerBytes: Uint8Array; readonly certificate: readonly HeaderSignature[] };

export class Accusations {
  readonly #parts: AccusationParts;

  constructor(parts: AccusationParts) {
    this.#parts = parts;
  }

  /** Keeps both. Throws `record/wrong-grid` and `cbor/* | guardian/bad-statement` when they prove nothing. */
  bring(ours: Uint8Array, theirs: Uint8Array): void {
    const { grid, verify, chain, evidence } = this.#parts;
    const { guardian: author, height, detail } = checkTwoStatements(ours, theirs, { grid, verify });
    if (!chain.guardians.at(height).some((key) => equalBytes(key, author))) {
      throw new AppError('guardian/bad-statement', `${toHex(author)} is no guardian at height ${height}`);
    }
    evidence.statements({ author, height, detail, ours, theirs });
  }

  /** Another header than ours at a height, not certified: whoever signed both in one epoch said two things. Never throws. */
  compare(ours: ShownHeader, theirs: ShownHeader): void {
    if (equalBytes(ours.headerBytes, theirs.headerBytes)) return;
    for (const [one, other] of signersOfBoth(ours, theirs)) {
      try {
        this.bring(one, other);
      } catch (error) {
        // That a disk is full changes nothing of what the header is.
        if (codeOf(error) !== 'guardian/bad-statement') this.#parts.onDefect(toErrorData(storageError(error)));
      }
    }
  }
}

/** Statements of those who stand in both certificates, each signer once, however long a stranger's list is. */
function signersOfBoth(ours: ShownHeader, theirs: ShownHeader): readonly (readonly [Uint8Array, Uint8Array])[] {
  const shown = new Map(theirs.certificate.map((by) => [toHex(by.guardian), by]));
  return ours.certificate.flatMap((by) => {
    const other = shown.get(toHex(by.guardian));
    if (other === undefined) return [];
    return [[headerProof(ours.headerBytes, [by]), headerProof(theirs.headerBytes, [other])] as const];
  });
}
