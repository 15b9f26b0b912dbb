/**
 * What is done to a store as a whole, beside its daily work: bringing a snapshot in, taking over a history that was verified
 * beside it, stopping it for what somebody else found, and what it remembers of itself.
 */
import { AppError, type ErrorData, fromErrorData } from '../../core/errors.ts';
import type { Alarm } from './alarm.ts';
import type { Chain } from './chain.ts';
import { type Db, storageError, withStorageErrors } from './database.ts';
import type { ImportDesk } from './import-desk.ts';
import { type Mending, writeMending } from './mend.ts';
import type { Meta, MetaName } from './meta.ts';
import type { Outbox } from './outbox.ts';
import { bringTo, keepEvidence, keepHeads, makeReady } from './take-over.ts';
import { keepWayBack } from './way-back.ts';

export type UpkeepParts = {
  readonly db: Db;
  readonly meta: Meta;
  readonly chain: Chain;
  readonly folder: string;
  readonly desk: ImportDesk;
  readonly alarm: Alarm;
  readonly apply: (block: Uint8Array) => unknown;
  readonly outbox: Outbox;
  readonly tellOutbox: (ids: readonly string[]) => void;
};

export class Upkeep {
  readonly #parts: UpkeepParts;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Runs a write; what must or may stop the store raises its alarm. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#parts.alarm.consider(storageError(error));
    }
  }

  /** A step of bringing a snapshot in. */
  import<T>(step: (desk: ImportDesk) => T): T {
    const { alarm, desk } = this.#parts;
    const outcome = this.#guarded(() => step(desk));
    alarm.pass();
    return outcome;
  }

  /** Somebody else found what must stop this store. */
  raise(error: ErrorData): void {
    this.#parts.alarm.consider(fromErrorData(error));
  }

  /** What works beside this store did; a proof that it has is kept here. */
  raiseBeside(error: ErrorData): void {
    this.raise(error);
    if (error.code === 'replica/corrupt') return;
    const { db, folder } = this.#parts;
    withStorageErrors(() => keepEvidence(db, folder));
  }

  /** `open` opens a store that executed all blocks by itself: brings it to our head and makes it ready to take our place. */
  handOver(open: () => { readonly upkeep: Upkeep; close(): void }): void {
    this.#guarded(() => {
      const verified = open();
      try {
        const [ours, theirs] = [this.#parts, verified.upkeep.#parts];
        bringTo(ours.chain, theirs.chain, theirs.apply);
        makeReady(theirs.db, ours.db);
      } finally {
        verified.close();
      }
    });
  }

  /** Keeps the headers, and our own people's part, of the history that was verified beside this store. */
  keepHeads(): void {
    const { db, folder, chain } = this.#parts;
    this.#guarded(() => keepHeads(db, folder, chain.floor));
    this.settleOwn();
  }

  /** A damaged block, as `planMending` found it to be. */
  mend(mending: Mending): void {
    this.#guarded(() => writeMending(this.#parts.db, mending));
  }

  /** Own records may stand in a history that came in as a whole. */
  settleOwn(): void {
    const { outbox, tellOutbox } = this.#parts;
    tellOutbox(this.#guarded(() => outbox.settleKnown()));
  }

  recall(name: MetaName): Uint8Array | undefined {
    return this.#parts.meta.get(name);
  }

  remember(name: MetaName, value: Uint8Array): void {
    this.#guarded(() => this.#parts.meta.set(name, value));
    if (name === 'invitation') this.keepWay();
  }

  /** What leads back to the grid also stands beside the database. */
  keepWay(): void {
    const { folder, meta } = this.#parts;
    const invitation = meta.get('invitation');
    if (invitation === undefined || folder === ':memory:') return;
    this.#guarded(() => {
      try {
        keepWayBack(folder, invitation);
      } catch (cause) {
        throw new AppError('replica/disk-full', `the way back: ${String(cause)}`, { cause, retry: true });
      }
    });
  }
}
