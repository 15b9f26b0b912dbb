// Grids to measure on: a signed genesis, and stores on real files with the real rules and verifying threads, but in this
// thread, so that one thing at a time can be timed.

import { gridRules } from '../../bcdb/store/grid-rules.ts';
import { Store } from '../../bcdb/store/store.ts';
import type { StoreStart } from '../../bcdb/store/store-options.ts';
import { createVerifyPool } from '../../bcdb/store/verify-pool.ts';
import { verifySodium } from '../../bcdb/verify.ts';
import { zero32 } from '../../core/bytes.ts';
import { fromErrorData } from '../../core/errors.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { Author } from './author.ts';

export type Founding = {
  readonly guardian: Author;
  readonly genesis: Uint8Array;
  readonly grid: Uint8Array;
  readonly createdMs: number;
};

/** A signed genesis that names one guardian and gives each of `people` the same amount. */
export function foundGrid(
  people: readonly Author[],
  amountStroops: bigint,
  {
    createdMs,
    policy = defaultPolicy,
    name = 'bench',
  }: { readonly createdMs: number; readonly policy?: Policy | undefined; readonly name?: string },
): Founding {
  const guardian = new Author('guardian');
  const allocations = people.map(({ key }) => ({ to: key, amountStroops }));
  const body = { name, createdMs, guardians: [guardian.key], policy, allocations };
  const { bytes } = guardian.write(zero32, 'genesis', body);
  return { guardian, genesis: bytes, grid: guardian.last, createdMs };
}

const unlimited = { burst: 1e12, perSecond: 0 };

/** Opens a store in `folder`; whatever raises an alarm or breaks down ends the bench. */
export function openStore(
  folder: string,
  start: StoreStart,
  options: { readonly guardianSeed?: Uint8Array | undefined; readonly clock?: (() => number) | undefined } = {},
): Store {
  return new Store({
    folder,
    start,
    guardianSeed: options.guardianSeed,
    rules: gridRules,
    verify: verifySodium,
    verifyMany: createVerifyPool(verifySodium),
    clock: options.clock ?? Date.now,
    // What is measured is how fast records are judged, not how many an author may bring.
    limits: { rates: { author: unlimited, newcomers: unlimited } },
    events: {
      head: () => {},
      outbox: () => {},
      alarm(alarm) {
        if (alarm !== null) throw fromErrorData(alarm);
      },
      defect(defect) {
        throw fromErrorData(defect);
      },
    },
  });
}

/** The store of a new grid's only guardian. */
export const openGuardian = (folder: string, { guardian, genesis }: Founding, clock?: () => number): Store =>
  openStore(folder, { how: 'create', genesis }, { guardianSeed: guardian.seed, clock });

/** Throws the code of the first refusal at the door. */
export function checkAdmitted(answers: readonly (string | null)[]): void {
  const refused = answers.find((code) => code !== null);
  if (refused !== undefined) throw new Error(`the door refused a good record: ${refused}`);
}

/** Hands records in at the guardian's door. */
export const admitAll = (store: Store, records: readonly Uint8Array[]): void => checkAdmitted(store.admit(records));
