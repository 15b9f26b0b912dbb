/**
 * Counts what guardians say of the headers of one height in one epoch: prepares, then commits. Of each the first one of a
 * guardian counts and no other, so that a liar has one vote and costs no memory; two are evidence (witness.ts). Pure.
 */
import { certificateQuorum, certifyBytes, decodeHeader, type HeaderSignature, headerHash } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { decodePrepare } from '../../core/guardian.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import type { Message } from './messages.ts';

export type VotesOptions = {
  readonly grid: Uint8Array;
  /** Of the stream: votes of other epochs do not count in it. */
  readonly epoch: number;
  readonly height: number;
  readonly guardians: readonly PublicKey[];
  readonly verify: Verify;
};

type Said = { readonly hash: string; readonly headerBytes: Uint8Array; readonly by: HeaderSignature };

export class Votes {
  readonly #options: VotesOptions;
  readonly #quorum: number;
  readonly #prepares: Said[] = [];
  readonly #commits: Said[] = [];

  constructor(options: VotesOptions) {
    this.#options = options;
    this.#quorum = certificateQuorum(options.guardians.length);
  }

  /** Takes a prepare or a commit; anything that is not a guardian's word on this height is skipped. */
  take(message: Message): void {
    try {
      if (message.kind === 'prepare') this.#takePrepare(message.signed, message.headerBytes);
      if (message.kind === 'commit') this.#takeCommit(message);
    } catch {
      // whatever is wrong with it: everybody skips it alike
    }
  }

  #isOfHeight(headerBytes: Uint8Array): boolean {
    const { height, grid } = decodeHeader(headerBytes);
    return height === this.#options.height && equalBytes(grid, this.#options.grid);
  }

  #takePrepare(signed: Uint8Array, headerBytes: Uint8Array): void {
    const { grid, epoch, height } = this.#options;
    if (!this.#isOfHeight(headerBytes)) return;
    const { said, guardian, signature } = decodePrepare(signed, this.#options);
    const hash = headerHash(headerBytes);
    const isMeant = said.epoch === epoch && said.height === height && equalBytes(said.header, hash);
    if (isMeant && equalBytes(said.grid, grid)) add(this.#prepares, hash, headerBytes, { guardian, signature });
  }

  #takeCommit({ headerBytes, guardian, signature }: Extract<Message, { kind: 'commit' }>): void {
    const { guardians, epoch, verify } = this.#options;
    if (!this.#isOfHeight(headerBytes) || !guardians.some((key) => equalBytes(key, guardian))) return;
    if (!verify(signature, certifyBytes(headerBytes, epoch), guardian)) return;
    add(this.#commits, headerHash(headerBytes), headerBytes, { guardian, signature });
  }

  /** A quorum's prepares for this header; undefined while there are fewer. */
  prepared(headerBytes: Uint8Array): readonly HeaderSignature[] | undefined {
    return this.#enough(this.#prepares, toHex(headerHash(headerBytes)));
  }

  /** The header that a quorum signed, whether or not it is ours, with the signatures. */
  certified(): { readonly headerBytes: Uint8Array; readonly signatures: readonly HeaderSignature[] } | undefined {
    for (const { hash, headerBytes } of this.#commits) {
      const signatures = this.#enough(this.#commits, hash);
      if (signatures !== undefined) return { headerBytes, signatures };
    }
    return undefined;
  }

  /** However the other guardians decide, no header can get a quorum of prepares any more: the stream showed them different things. */
  isSplit(): boolean {
    const voters = new Set(this.#prepares.map(({ by }) => toHex(by.guardian)));
    const open = this.#options.guardians.length - voters.size;
    const hashes = new Set(this.#prepares.map(({ hash }) => hash));
    return (
      voters.size > 0 && [...hashes].every((hash) => this.#count(this.#prepares, hash).length + open < this.#quorum)
    );
  }

  /** Who prepared or signed anything, as hexadecimal keys. */
  heard(): ReadonlySet<string> {
    return new Set([...this.#prepares, ...this.#commits].map(({ by }) => toHex(by.guardian)));
  }

  #count(said: readonly Said[], hash: string): readonly HeaderSignature[] {
    return said.filter((one) => one.hash === hash).map(({ by }) => by);
  }

  #enough(said: readonly Said[], hash: string): readonly HeaderSignature[] | undefined {
    const signatures = this.#count(said, hash);
    return signatures.length >= this.#quorum ? signatures : undefined;
  }
}

function add(said: Said[], hash: Uint8Array, headerBytes: Uint8Array, by: HeaderSignature): void {
  if (said.some((one) => equalBytes(one.by.guardian, by.guardian))) return;
  said.push({ hash: toHex(hash), headerBytes, by });
}
