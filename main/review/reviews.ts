/**
 * The review desk: whatever this 3bot signs for its owner lies here first, as bytes and as words made from them.
 * What is shown is what is signed: `approve` hashes the bytes again and refuses any other digest (G3).
 */
import { sha256, toHex } from '../../core/bytes.ts';
import { decode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { OutcomeView, ReviewView } from '../../core/ipc/views.ts';
import { wordsOf } from '../../core/keys.ts';
import { readable, type Words } from './words.ts';

/** Something to be signed. */
export type Proposal = {
  readonly kind: ReviewView['kind'];
  /** The exact bytes that get signed. */
  readonly bytes: Uint8Array;
  readonly words: Words;
  /** Throws when the world has moved on since (`review/stale`); called right before signing. */
  readonly check: () => Promise<void> | void;
  /** What happens with the signature. */
  readonly finish: (signature: Uint8Array) => Promise<OutcomeView>;
};

/** Reviews that nobody decided on are forgotten beyond this many, oldest first. */
const mostOpen = 32;

/** Four words of a digest, from the BIP39 list, for people to compare. */
const digestWordsOf = (digest: Uint8Array): readonly string[] => wordsOf(digest).split(' ').slice(0, 4);

export class Reviews {
  readonly #sign: (bytes: Uint8Array) => Uint8Array;
  readonly #newId: () => string;
  readonly #open = new Map<string, Proposal>();

  /** `sign` throws `vault/locked` while the vault is locked. `newId`: 32 random bytes in hex. */
  constructor(options: { readonly sign: (bytes: Uint8Array) => Uint8Array; readonly newId: () => string }) {
    this.#sign = options.sign;
    this.#newId = options.newId;
  }

  /** Lays something before the owner. */
  propose(proposal: Proposal): ReviewView {
    const id = this.#newId();
    this.#open.set(id, proposal);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= mostOpen) break;
      this.#open.delete(oldest);
    }
    return this.#viewOf(id, proposal);
  }

  /** Signs what was shown. Throws `review/unknown`, `review/digest-mismatch`, `review/stale`, `vault/locked`, and what handing in throws. */
  async approve(id: string, digest: string): Promise<OutcomeView> {
    const proposal = this.#open.get(id);
    if (proposal === undefined) throw new AppError('review/unknown');
    if (toHex(sha256(proposal.bytes)) !== digest) throw new AppError('review/digest-mismatch');
    await proposal.check();
    // Taken off the desk before signing, so that two clicks sign once.
    if (!this.#open.delete(id)) throw new AppError('review/unknown');
    const signature = this.#signOrPutBack(id, proposal);
    return proposal.finish(signature);
  }

  /** True while it waits for a decision. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  drop(id: string): void {
    this.#open.delete(id);
  }

  #signOrPutBack(id: string, proposal: Proposal): Uint8Array {
    try {
      return this.#sign(proposal.bytes);
    } catch (error) {
      this.#open.set(id, proposal);
      throw error;
    }
  }

  #viewOf(id: string, proposal: Proposal): ReviewView {
    const digest = sha256(proposal.bytes);
    return {
      id,
      digest: toHex(digest),
      digestWords: [...digestWordsOf(digest)],
      kind: proposal.kind,
      ...proposal.words,
      rawHex: toHex(proposal.bytes),
      raw: readable(decode(proposal.bytes)),
    };
  }
}
