/**
 * What a guardian among several does, one act at a time: it executes proposals, prepares, locks, certifies, and moves
 * between epochs (docs/BCDB.md, "Guardians"; the interface that the office drives: bcdb/guardian/guardian-store-api.ts).
 * Whatever it says for good is on disk before it is answered.
 */
import { certifyBytes, checkCertificate, type HeaderSignature, headerHash, signatureIn } from '../../core/block.ts';
import { equalBytes, sha256, toHex, zero32 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import { checkLock, encodeSigned, moveBytes, prepareBytes, tickBytes } from '../../core/guardian.ts';
import { type PublicKey, publicKeyOf } from '../../core/keys.ts';
import { draftBytes, sealRecord } from '../../core/record.ts';
import type { Prepared, Proposal, Reproposal } from '../guardian/guardian-store-api.ts';
import { signSodium } from '../verify.ts';
import type { Committer, Held } from './committer.ts';
import type { Incoming, RuleDefect } from './executor.ts';
import type { GuardianKey } from './guardian.ts';
import type { Place, Promises, StoredLock } from './guardian-promises.ts';
import { checkHeaderPlace } from './header-rules.ts';
import { adoptStatement } from './own-statements.ts';
import { executeProposal } from './proposal.ts';
import { epochOf } from './standing-policy.ts';

export type ActsOptions = {
  readonly committer: Committer;
  readonly promises: Promises;
  readonly self: GuardianKey;
  readonly clock: () => number;
  /** Guardians of the next height. */
  readonly guardians: () => readonly PublicKey[];
  /** Marks a record that was verified at the door. */
  readonly known: (incoming: Incoming) => Incoming;
  readonly onDefects: (defects: readonly RuleDefect[]) => void;
};

/** A proposal that was executed, in the epoch in which it may be prepared. */
type Proposed = { readonly held: Held; readonly epoch: number; readonly proposal: Proposal };

export class GuardianActs {
  readonly #options: ActsOptions;
  #proposed: Proposed | undefined;

  constructor(options: ActsOptions) {
    this.#options = options;
  }

  get #nextHeight(): number {
    return (this.#options.committer.chain.head?.height ?? -1) + 1;
  }

  #guardians(): readonly PublicKey[] {
    const { guardians, self } = this.#options;
    const all = guardians();
    if (!all.some((key) => equalBytes(key, self.key))) {
      throw new AppError('guardian/bad-statement', 'this key is no guardian of the next block');
    }
    return all;
  }

  #checkEpoch(epoch: number): void {
    const least = this.epoch();
    if (epoch < least) throw new AppError('guardian/wrong-epoch', `${epoch}, moved to ${least}`);
  }

  /** Throws `replica/not-found` when nothing is proposed on top of the head. */
  #atHand(): Proposed & { readonly place: Place; readonly hash: Uint8Array } {
    const { head } = this.#options.committer.chain;
    const proposed = this.#proposed;
    if (proposed === undefined || !equalBytes(proposed.held.header.prev, head?.hash ?? zero32)) {
      throw new AppError('replica/not-found', 'nothing is proposed for the next height');
    }
    const { header, headerBytes } = proposed.held;
    return { ...proposed, place: { height: header.height, epoch: proposed.epoch }, hash: headerHash(headerBytes) };
  }

  /** See `GuardianStore.propose`. Also throws `replica/bad-block` and `guardian/wrong-epoch`. */
  propose(proposal: Proposal, header?: Uint8Array): Prepared {
    const { committer, known, onDefects } = this.#options;
    const guardians = this.#guardians();
    const { chain, parts } = committer;
    const epoch = epochOf(parts.state);
    this.#proposed = undefined;
    const held = committer.hold(() => {
      const executed = executeProposal(committer, proposal, header, known);
      const place = { grid: parts.grid, head: chain.head, epoch, guardianCount: guardians.length };
      checkHeaderPlace(executed.header, place);
      return executed;
    });
    const { executed, defects } = held.execution;
    const records = executed.map(({ incoming }) => incoming.bytes);
    this.#proposed = { held, epoch: proposal.epoch, proposal: { ...proposal, records } };
    if (defects.length > 0) onDefects(defects);
    return { headerBytes: held.headerBytes, records, verdicts: executed.map(({ verdict }) => verdict) };
  }

  /** See `GuardianStore.prepare`. */
  prepare(): Uint8Array {
    const { promises, self, committer } = this.#options;
    this.#guardians();
    const { place, hash } = this.#atHand();
    this.#checkEpoch(place.epoch);
    return promises.together(() => {
      promises.moveTo(place.epoch);
      promises.forgetBelow(place.height);
      return promises.prepare(place, hash, () => {
        const bytes = prepareBytes({ grid: committer.parts.grid, ...place, header: hash });
        return encodeSigned(bytes, self.attest(bytes));
      });
    });
  }

  /** See `GuardianStore.lock`. Also throws `replica/forked-head` for a second header in one epoch and height. */
  lock(epoch: number, prepares: readonly HeaderSignature[]): HeaderSignature {
    const { promises, self, committer } = this.#options;
    const { grid, verify } = committer.parts;
    const guardians = this.#guardians();
    const { held, place, proposal, hash } = this.#atHand();
    if (epoch !== place.epoch) throw new AppError('guardian/wrong-epoch', `it was proposed in ${place.epoch}`);
    this.#checkEpoch(epoch);
    const { headerBytes } = held;
    const lock = { epoch, header: headerBytes, prepares: [...prepares] };
    checkLock(lock, { grid, height: place.height, header: hash }, { guardians, verify });
    return promises.together(() => {
      promises.moveTo(epoch);
      const said = certifyBytes(headerBytes, epoch);
      const signature = promises.sign(place, headerBytes, () => self.attest(said).signature);
      promises.keepLock({ ...place, headerBytes, prepares, proposal });
      return signatureIn(headerBytes, epoch, { guardian: self.key, signature });
    });
  }

  /** See `GuardianStore.certify`. */
  certify(certificate: readonly HeaderSignature[]): void {
    const { committer } = this.#options;
    const { held } = this.#atHand();
    checkCertificate(held.headerBytes, certificate, this.#options.guardians(), committer.parts.verify);
    const once = new Map(certificate.map((one) => [toHex(one.guardian), one]));
    committer.commit(held, [...once.values()]);
    this.#proposed = undefined;
  }

  /** See `GuardianStore.tick`. Throws `replica/not-executed-yet` before block 0. */
  tick(epoch: number): Uint8Array {
    const { self, clock, committer } = this.#options;
    this.#guardians();
    this.#checkEpoch(epoch);
    if (this.#nextHeight === 0) throw new AppError('replica/not-executed-yet', 'no block yet', { retry: true });
    const bytes = tickBytes({ grid: committer.parts.grid, epoch, height: this.#nextHeight, timeMs: clock() });
    return encodeSigned(bytes, self.attest(bytes));
  }

  /**
   * See `GuardianStore.move`. Throws `guardian/wrong-epoch` for an epoch that began, or one before the last move;
   * `guardian/bad-lock` while it signed a header above the head whose lock an old backup lost.
   */
  move(epoch: number): Uint8Array {
    const { promises, self, committer } = this.#options;
    const { chain, parts } = committer;
    this.#guardians();
    this.#checkEpoch(epoch);
    if (epoch <= epochOf(parts.state)) throw new AppError('guardian/wrong-epoch', `epoch ${epoch} began`);
    const stored = chain.head === undefined ? undefined : chain.stored(chain.head.height);
    if (stored === undefined) throw new AppError('replica/not-executed-yet', 'no block yet', { retry: true });
    const lock = this.#lockAboveHead();
    if ((lock?.epoch ?? -1) < (promises.signedIn(this.#nextHeight) ?? -1)) {
      throw new AppError('guardian/bad-lock', 'signed a header whose lock is not here any more');
    }
    promises.together(() => promises.moveTo(epoch));
    const bytes = moveBytes({
      grid: parts.grid,
      epoch,
      header: stored.headerBytes,
      certificate: [...stored.certificate],
      lock: lock === undefined ? null : { epoch: lock.epoch, header: lock.headerBytes, prepares: [...lock.prepares] },
    });
    return encodeSigned(bytes, self.attest(bytes));
  }

  #lockAboveHead(): StoredLock | undefined {
    const lock = this.#options.promises.lock();
    return lock?.height === this.#nextHeight ? lock : undefined;
  }

  /** The block of the latest lock above the head: what an epoch may be obliged to begin with. */
  locked(): Reproposal | null {
    const lock = this.#lockAboveHead();
    return lock === undefined ? null : { headerBytes: lock.headerBytes, proposal: lock.proposal };
  }

  /** See `GuardianStore.epoch`. */
  epoch(): number {
    const { promises, committer } = this.#options;
    return Math.max(promises.moved, epochOf(committer.parts.state));
  }

  /**
   * The record that begins an epoch. Its author is a key of its own, made for this record alone: what the guardian's own
   * chain holds when the record is executed cannot be known.
   */
  epochRecord(epoch: number, moves: readonly Uint8Array[]): Uint8Array {
    const { self, committer } = this.#options;
    this.#guardians();
    const { grid } = committer.parts;
    const body = { epoch, moves: [...moves] };
    const seed = sha256(self.sign(encode({ say: '3bot/epoch-author', v: 1, grid, body })));
    const signed = draftBytes({ grid, kind: 'epoch', author: publicKeyOf(seed), seq: 1, prev: zero32, body });
    return sealRecord(signed, signSodium(seed, signed));
  }

  /**
   * A guardian that comes back from an old backup reads what it said itself from the stream of `epoch`, and will never
   * say anything else: its prepares and moves as they travel, header signatures as `[headerBytes, guardian, signature]`.
   * What somebody else signed is ignored. Throws `cbor/*`, `guardian/bad-statement`, and `replica/forked-head` for a
   * proof that this key said two things.
   */
  adopt(statement: Uint8Array, epoch: number): void {
    const { promises, self, committer } = this.#options;
    adoptStatement({ statement, epoch, promises, key: self.key, parts: committer.parts });
  }
}
