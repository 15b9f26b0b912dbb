/**
 * One height in one epoch: from the messages behind the block before to the next certified block. Signs nothing by
 * itself; does what the stream allows now, through the store.
 */
import { decodeHeader, signatureIn } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import { decodeRecord, parseBody } from '../../core/record.ts';
import { Cutter } from './cutter.ts';
import type { Prepared, Proposal } from './guardian-store-api.ts';
import type { Message, ObligedBlock } from './messages.ts';
import type { OfficeStore, Situation } from './office-parts.ts';
import { Votes } from './votes.ts';

export type RoundOptions = {
  readonly store: OfficeStore;
  readonly self: PublicKey;
  readonly grid: Uint8Array;
  /** Of the stream. */
  readonly epoch: number;
  readonly height: number;
  readonly guardians: readonly PublicKey[];
  readonly verify: Verify;
  readonly lastTimeMs: number;
  readonly recordsPerBlock: number;
  /** The block is not cut but given: block 0, or one that the epoch must begin with, and then its header too. */
  readonly given?: { readonly proposal: Proposal; readonly headerBytes?: Uint8Array | undefined } | undefined;
  /** The record that begins the epoch. */
  readonly first?: Uint8Array | undefined;
  /** Publishes in the stream, again and again until it stands there or the round is over. */
  readonly say: (message: Message) => void;
};

export class Round {
  readonly #options: RoundOptions;
  readonly #cutter: Cutter;
  readonly votes: Votes;
  #prepared: Prepared | undefined;
  #hasPrepared = false;
  #hasLocked = false;
  #isBarred = false;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#cutter = new Cutter(options);
    this.votes = new Votes(options);
  }

  get height(): number {
    return this.#options.height;
  }

  /** A tick is wanted for its own sake: records wait, or the epoch has to get its record. */
  get hasReason(): boolean {
    return this.#cutter.hasRecords || this.#options.first !== undefined;
  }

  /** It waits for ticks. */
  get isOpen(): boolean {
    return this.#options.given === undefined && this.#cutter.cut === undefined;
  }

  /** Who was heard in it, as hexadecimal keys. */
  heard(): readonly string[] {
    return [...this.#cutter.ticked, ...this.votes.heard()];
  }

  take(position: number, message: Message): void {
    if (this.#options.given === undefined) this.#cutter.take(position, message);
    this.votes.take(message);
  }

  #proposal(): Proposal | undefined {
    const { given, epoch, first } = this.#options;
    if (given !== undefined) return given.proposal;
    const { cut } = this.#cutter;
    if (cut === undefined) return undefined;
    return { ...cut, epoch, records: first === undefined ? cut.records : [first, ...cut.records] };
  }

  /**
   * Does what can be done now: executes the block once it is cut, prepares and signs it if `maySign`, commits it with
   * its certificate. True: the block is committed and the round is over. Throws what the store throws; then it may be
   * called again.
   */
  async advance(maySign: boolean): Promise<boolean> {
    const proposal = this.#proposal();
    if (proposal === undefined) return false;
    const { store, given } = this.#options;
    this.#prepared ??= await store.propose(proposal, given?.headerBytes);
    const { headerBytes } = this.#prepared;
    if (maySign && !this.#isBarred) await this.#sign(headerBytes);
    const certified = this.votes.certified();
    if (certified === undefined || !equalBytes(certified.headerBytes, headerBytes)) return false;
    const { epoch } = this.#options;
    await store.certify(certified.signatures.map((one) => signatureIn(headerBytes, epoch, one)));
    return true;
  }

  /** First the prepare; the header's signature only with a quorum's prepares. */
  async #sign(headerBytes: Uint8Array): Promise<void> {
    const { store, self, epoch, say } = this.#options;
    if (!this.#hasPrepared) {
      try {
        const signed = await store.prepare();
        this.#hasPrepared = true;
        say({ kind: 'prepare', signed, headerBytes });
      } catch (error) {
        // It prepared another header in this epoch: the stream told another story then. It says nothing more here.
        if (codeOf(error) !== 'replica/forked-head') throw error;
        this.#isBarred = true;
        return;
      }
    }
    if (this.#hasLocked) return;
    const prepares = this.votes.prepared(headerBytes);
    if (prepares === undefined) return;
    const { signature } = await store.lock(epoch, prepares);
    this.#hasLocked = true;
    say({ kind: 'commit', headerBytes, guardian: self, signature });
  }

  /** A quorum signed another header than this guardian came to: its block must come from others. */
  contradiction(): Uint8Array | undefined {
    const certified = this.votes.certified();
    if (certified === undefined || this.#prepared === undefined) return undefined;
    return equalBytes(certified.headerBytes, this.#prepared.headerBytes) ? undefined : certified.headerBytes;
  }
}

/** What an epoch begins with, where it begins: a record of its own, or a block that was proposed before. */
export type Begins = { readonly first?: Uint8Array | undefined; readonly block?: ObligedBlock | undefined };

/** The block above the head where it is not cut from the stream: block 0, or an obliged one. */
export function givenFor({ headerBytes, genesis }: Situation, { block }: Begins, epoch: number): RoundOptions['given'] {
  if (headerBytes === null && genesis !== null) return { proposal: genesisProposal(genesis) };
  if (block === undefined) return undefined;
  return { proposal: proposalOf(block.headerBytes, block.records, epoch), headerBytes: block.headerBytes };
}

/** The proposal of a block that exists already; it is prepared and signed in `epoch`. */
export function proposalOf(headerBytes: Uint8Array, records: readonly Uint8Array[], epoch: number): Proposal {
  const { timeMs, position } = decodeHeader(headerBytes);
  return { epoch, timeMs, position: position ?? 0, records };
}

/** Block 0: the genesis alone, at the time that it names. Throws what is wrong with it. */
export function genesisProposal(genesis: Uint8Array): Proposal {
  const { kind, body } = parseBody(decodeRecord(genesis));
  if (kind !== 'genesis') throw new AppError('replica/bad-block', 'a genesis is expected');
  return { epoch: 0, timeMs: body.createdMs, position: 0, records: [genesis] };
}
