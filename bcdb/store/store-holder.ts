/**
 * Holds the one open store of a worker: opens it, opens it anew where its database was replaced (by a snapshot, by the verified
 * history, by an empty one in the place of a damaged one), and says so to whoever watches.
 */
import { rmSync } from 'node:fs';
import { AppError, toErrorData } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { beginAnew, isDamaged } from './begin-anew.ts';
import { storageError } from './database.ts';
import type { Rules } from './executor.ts';
import { guardianDamaged } from './guardian-damaged.ts';
import type { StoreOpen } from './protocol.ts';
import { Store } from './store.ts';
import type { StoreEvents, StoreInfo, StoreStart } from './store-options.ts';
import { verifyFolder } from './take-over.ts';
import type { VerifyMany } from './verify-pool.ts';

export type HolderOptions = {
  readonly rules: Rules;
  readonly verify: Verify;
  readonly verifyMany: VerifyMany;
  readonly clock: () => number;
  readonly events: StoreEvents;
  /** Whenever a store was opened. */
  readonly onOpened: (open: StoreOpen) => void;
};

export type StoreHolder = {
  readonly store: Store | undefined;
  /** Throws `replica/closed`. */
  opened(): Store;
  open(open: StoreOpen): StoreInfo;
  /** The same folder again, with all that is kept in memory read anew. What fails here is tried again by the next call. */
  reopen(): StoreInfo;
  /** See `StoreCalls.takeOver`. */
  takeOver(keeps: 'light' | 'archive'): StoreInfo;
  /** See `StoreCalls.heal`. */
  heal(): StoreInfo;
  close(): void;
};

const noop = (): void => undefined;

export function createStoreHolder(options: HolderOptions): StoreHolder {
  const { rules, verify, verifyMany, clock, events, onOpened } = options;
  let store: Store | undefined;
  let opening: StoreOpen | undefined;
  /** Closed to be opened anew, for which there was no room yet. */
  let isBetween = false;

  function opened(): Store {
    if (isBetween) reopen();
    if (store === undefined) throw new AppError('replica/closed');
    return store;
  }

  function openedAs(): StoreOpen {
    if (opening === undefined) throw new AppError('replica/closed');
    return opening;
  }

  function make(start: StoreStart, guardianSeed?: Uint8Array): Store {
    const { folder } = openedAs();
    return new Store({ folder, start, guardianSeed, rules, verify, verifyMany, clock, events });
  }

  function makeOrHeal({ folder, start, guardianSeed, heals }: StoreOpen): Store {
    try {
      return make(start, guardianSeed);
    } catch (error) {
      if (heals !== true || !isDamaged(error, { folder, verify })) throw error;
      if (guardianSeed !== undefined) throw guardianDamaged(storageError(error));
      beginAnew({ folder, verify, nowMs: clock() }, storageError(error));
      return make({ how: 'open' });
    }
  }

  function reopen(): StoreInfo {
    store?.close();
    store = undefined;
    try {
      store = make({ how: 'open' });
    } catch (error) {
      if (!isBetween) events.alarm(toErrorData(error));
      isBetween = true;
      throw error;
    }
    const info = store.info();
    if (isBetween) events.alarm(info.alarm);
    isBetween = false;
    if (info.head !== null) events.head(info.head);
    onOpened(openedAs());
    return info;
  }

  return {
    get store() {
      return store;
    },
    opened,
    open(open) {
      opening = open;
      store = makeOrHeal(open);
      try {
        store.upkeep.keepWay();
      } catch (error) {
        // It is written again with the next invitation that is kept.
        events.defect(toErrorData(error));
      }
      onOpened(open);
      return store.info();
    },
    reopen,
    takeOver(keeps) {
      const { folder } = openedAs();
      const own = opened();
      if (own.info().floor === 0) return own.info();
      if (keeps === 'light') {
        own.upkeep.keepHeads();
        rmSync(verifyFolder(folder), { recursive: true, force: true });
        return own.info();
      }
      const silent = { head: noop, outbox: noop, alarm: noop, defect: noop };
      const parts = { folder: verifyFolder(folder), start: { how: 'open' }, rules, verify, clock } as const;
      own.upkeep.handOver(() => new Store({ ...parts, events: silent }));
      return reopen();
    },
    heal() {
      const { folder, guardianSeed } = openedAs();
      const { alarm } = opened().info();
      const cause = new AppError('replica/corrupt', alarm?.detail ?? 'found while running');
      if (guardianSeed !== undefined) throw guardianDamaged(cause);
      store?.close();
      store = undefined;
      beginAnew({ folder, verify, nowMs: clock() }, cause);
      return reopen();
    },
    close() {
      isBetween = false;
      store?.close();
      store = undefined;
    },
  };
}
