/**
 * What a store with a guardian's key has to do at present, by the policy in force: nothing but follow (its key is no
 * guardian's yet, or not any more), order alone, or act among several. Takes and leaves office by itself, with the block
 * whose policy says so.
 */
import { equalBytes, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { Policy } from '../../core/policy.ts';
import type { Head } from './chain.ts';
import type { Committer } from './committer.ts';
import type { Db } from './database.ts';
import { Door, type DoorLimits, type DoorOptions } from './door.ts';
import type { Executed, Incoming, RuleDefect } from './executor.ts';
import {
  type GuardianKey,
  guardiansOfGenesis,
  type LoneGuardian,
  openLoneGuardian,
  seatsOfGenesis,
} from './guardian.ts';
import { GuardianActs } from './guardian-acts.ts';
import { Promises } from './guardian-promises.ts';
import { Intake } from './intake.ts';
import { Orderer } from './orderer.ts';
import { guardiansIn, policyIn, seatsIn } from './standing-policy.ts';
import type { Duty } from './store-options.ts';

export type DutyOptions = {
  readonly db: Db;
  readonly self: GuardianKey;
  readonly committer: Committer;
  readonly clock: () => number;
  readonly limits: DoorLimits;
  /** Of a grid that has no block here yet. */
  readonly genesis: Incoming | undefined;
  readonly onFork: DoorOptions['onFork'];
  readonly onRefused: (ids: readonly string[]) => void;
  readonly onDefect: (defect: RuleDefect) => void;
};

type Role = Duty['role'];

export class GuardianDuty {
  readonly key: PublicKey;
  readonly acts: GuardianActs;
  readonly #options: DutyOptions;
  readonly #intake: Intake;
  readonly #orderer: Orderer;
  readonly #lone: LoneGuardian;
  #role: Role;

  constructor(options: DutyOptions) {
    const { db, self, committer, clock, limits, onFork, onRefused, onDefect } = options;
    const { parts } = committer;
    const policy = (): Policy => policyIn(parts.state);
    const promises = new Promises(db);
    const door = new Door({ ...parts, limits, clock, onFork, recordBytes: () => policy().limits.recordBytes });
    this.#options = options;
    this.key = self.key;
    this.#intake = new Intake({ committer, door, onRefused, onDefect });
    this.#lone = openLoneGuardian(committer, promises, self);
    const nextDueMs = (): number | undefined => parts.state.nextDueMs();
    this.#orderer = new Orderer({ guardian: this.#lone, committer, intake: this.#intake, clock, policy, nextDueMs });
    this.acts = new GuardianActs({
      committer,
      promises,
      self,
      clock,
      guardians: () => this.guardians(),
      known: (incoming) => door.known(incoming),
      onDefects: (defects) => {
        for (const defect of defects) this.#intake.throwOut(defect);
      },
    });
    this.#role = this.#roleNow();
    if (this.#role !== 'none') this.#intake.refill();
  }

  /** Who signs the next block; before block 0 those whom the genesis names. */
  guardians(): readonly PublicKey[] {
    const { committer, genesis } = this.#options;
    return guardiansIn(committer.parts.state) ?? (genesis === undefined ? [] : guardiansOfGenesis(genesis));
  }

  #roleNow(): Role {
    const guardians = this.guardians();
    if (!guardians.some((key) => equalBytes(key, this.key))) return 'none';
    return guardians.length === 1 ? 'alone' : 'several';
  }

  get role(): Role {
    return this.#role;
  }

  get isGuardian(): boolean {
    return this.#role !== 'none';
  }

  /** Block 0 of a grid that names this guardian alone; several certify it like every block. */
  found(): void {
    const { committer, genesis } = this.#options;
    if (committer.chain.head !== undefined || genesis === undefined) return;
    if (this.#role === 'none') {
      throw new AppError('replica/bad-certificate', `the genesis does not name the guardian ${toHex(this.key)}`);
    }
    if (this.#role === 'alone') this.#lone.found(genesis);
  }

  /** A block is committed. Answers whether this guardian took or left office by it. */
  settled(records: readonly Executed[]): boolean {
    const before = this.#role;
    this.#role = this.#roleNow();
    if (this.#role === 'none') this.#intake.door.clear();
    else if (before === 'none') this.#intake.refill();
    else this.#intake.settled(records);
    return (before === 'none') !== (this.#role === 'none');
  }

  /** An own record that was found good. */
  enqueue(incoming: Incoming): void {
    if (this.isGuardian) this.#intake.enqueue(incoming);
  }

  /** Records come in. Throws `net/refused` out of office. */
  intake(): Intake {
    if (!this.isGuardian) throw new AppError('net/refused', 'no guardian');
    return this.#intake;
  }

  /** A peer's records, in two steps (Intake). Throws `net/refused` out of office, at either. */
  admit(records: readonly Uint8Array[]): ReturnType<Intake['admit']> {
    const answers = this.intake().admit(records);
    return () => {
      this.intake();
      return answers();
    };
  }

  view(): Duty {
    const { committer, genesis } = this.#options;
    const { chain, parts } = committer;
    const { head } = chain;
    return {
      key: this.key,
      role: this.#role,
      epoch: this.acts.epoch(),
      waiting: this.#intake.door.size,
      head: head === undefined ? null : { ...placeOf(head), position: head.position ?? null },
      headerBytes: head === undefined ? null : (chain.stored(head.height)?.headerBytes ?? null),
      genesis: head === undefined ? (genesis?.bytes ?? null) : null,
      guardians: this.guardians(),
      seats: seatsIn(parts.state) ?? (genesis === undefined ? [] : seatsOfGenesis(genesis)),
      guardiansBefore: head === undefined ? [] : chain.guardians.at(head.height),
      recordsPerBlock: policyIn(parts.state).limits.recordsPerBlock,
      dueMs: parts.state.nextDueMs() ?? null,
    };
  }

  /** Milliseconds until a block has to be cut; undefined where others have a say in that. */
  cutInMs(): number | undefined {
    return this.#role === 'alone' ? this.#orderer.cutInMs() : undefined;
  }

  /** Throws `net/refused` where this guardian is not alone. */
  cut(): void {
    if (this.#role !== 'alone') throw new AppError('net/refused', 'this guardian does not order alone');
    this.#orderer.cut();
  }
}

const placeOf = ({ height, timeMs, hash, epoch }: Head): Omit<NonNullable<Duty['head']>, 'position'> => ({
  height,
  timeMs,
  hash,
  epoch,
});
