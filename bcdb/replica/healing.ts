/**
 * What a replica does about a damaged database while it runs. A member's: everything that rests on it is ended, the store sets
 * it aside, and the replica begins anew, as one that is new on its grid. A guardian's: it stops and says what a person can do.
 */
import { AppError, type ErrorData, toErrorData } from '../../core/errors.ts';
import type { ReplicaView } from '../../core/views.ts';
import type { Healed } from '../store/begin-anew.ts';
import { guardianDamaged } from '../store/guardian-damaged.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { StoreInfo } from '../store/store-options.ts';

export type HealingOptions = {
  readonly store: StoreClient;
  readonly hasGuardianKey: boolean;
  /** Ends all that rests on the database. */
  readonly end: () => Promise<void>;
  /** Begins on the new one. */
  readonly begin: (info: StoreInfo) => Promise<void>;
  /** It could not be done: this is what stops the replica. */
  readonly onFailed: (alarm: ErrorData) => void;
  readonly onError: (error: unknown) => void;
  readonly nowMs: () => number;
};

export type Healing = {
  /** The store is open; it may have been healed by that. */
  opened(info: StoreInfo): void;
  /** What is to be shown of the store's alarm. */
  alarmed(alarm: ErrorData | null): ErrorData | null;
  /** No more healing; resolves when none is under way. */
  stop(): Promise<void>;
};

/** A disk that damages the next database as soon is not healed by fetching once more. */
const againMs = 86_400_000;

/** What people are told. */
export function healedView(healed: Healed | null): ReplicaView['healed'] {
  if (healed === null) return null;
  const { atMs, aside, savedRows, lostRows, isOutboxWhole } = healed;
  const lost = isOutboxWhole ? `${lostRows} lost` : `${lostRows} or more lost`;
  return {
    code: lostRows > 0 || !isOutboxWhole ? 'replica/outbox-lost' : 'replica/healed',
    detail: `set aside as ${aside}; own records: ${savedRows} kept, ${lost}`,
    atMs,
  };
}

export function createHealing(options: HealingOptions): Healing {
  const { store, hasGuardianKey, end, begin, onFailed, onError, nowMs } = options;
  let healedMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;
  let isStopped = false;

  function opened({ healed }: StoreInfo): void {
    const view = healedView(healed);
    if (healed === null || view === null || healed.atMs === healedMs) return;
    healedMs = healed.atMs;
    onError(new AppError(view.code, view.detail));
  }

  async function heal(): Promise<void> {
    await end();
    if (isStopped) return;
    const info = await store.call('heal');
    opened(info);
    if (!isStopped) await begin(info);
  }

  return {
    opened,
    alarmed(alarm) {
      if (alarm?.code !== 'replica/corrupt') return alarm;
      if (hasGuardianKey) return toErrorData(guardianDamaged(new AppError(alarm.code, alarm.detail)));
      const isAgain = Math.abs(nowMs() - healedMs) < againMs;
      if (isStopped || isAgain) return alarm;
      underWay ??= heal()
        .catch((error: unknown) => {
          onError(error);
          onFailed(toErrorData(error));
        })
        .finally(() => {
          underWay = undefined;
        });
      return { ...alarm, retry: true };
    },
    async stop() {
      isStopped = true;
      await underWay;
    },
  };
}
