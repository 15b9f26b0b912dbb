// Opens stores without their worker for tests: events are collected, the clock is moved by hand.

import { gridRules } from '../../bcdb/store/grid-rules.ts';
import { Store } from '../../bcdb/store/store.ts';
import type { StoreOptions, StoreStart } from '../../bcdb/store/store-options.ts';
import { verifySodium } from '../../bcdb/verify.ts';
import { codeOf, type ErrorData } from '../../core/errors.ts';
import type { HeadView, OutboxView } from '../../core/views.ts';
import { Author, type Founding, foundGrid } from './bcdb-grid.ts';

const tft = 10_000_000n;

export type TestStore = {
  readonly store: Store;
  readonly heads: HeadView[];
  readonly outbox: OutboxView[];
  readonly alarms: (ErrorData | null)[];
  /** Each time its key took or left office. */
  readonly offices: boolean[];
  readonly defects: ErrorData[];
};

export type Clock = { nowMs: number };

/** A store in `folder` (default: memory) with the real rules, unless others are given. */
export function openTestStore(
  start: StoreStart,
  options: Partial<StoreOptions> & { readonly time?: Clock } = {},
): TestStore {
  const { time = { nowMs: 1_700_000_000_000 }, ...others } = options;
  const heads: HeadView[] = [];
  const outbox: OutboxView[] = [];
  const alarms: (ErrorData | null)[] = [];
  const offices: boolean[] = [];
  const defects: ErrorData[] = [];
  const store = new Store({
    folder: ':memory:',
    start,
    rules: gridRules,
    verify: verifySodium,
    clock: () => time.nowMs,
    events: {
      head: (head) => heads.push(head),
      outbox: (changed) => outbox.push(...changed),
      alarm: (alarm) => alarms.push(alarm),
      guardian: (isGuardian) => offices.push(isGuardian),
      defect: (defect) => defects.push(defect),
    },
    ...others,
  });
  return { store, heads, outbox, alarms, offices, defects };
}

/** The guardian of a new grid. */
export const openGuardianStore = (
  founding: Founding,
  options: Partial<StoreOptions> & { readonly time?: Clock } = {},
): TestStore =>
  openTestStore({ how: 'create', genesis: founding.genesis }, { guardianSeed: founding.guardian.seed, ...options });

/** A follower of a grid, which has no block yet. */
export const openFollowerStore = (
  founding: Founding,
  options: Partial<StoreOptions> & { readonly time?: Clock } = {},
): TestStore => openTestStore({ how: 'join', grid: founding.grid }, options);

/** Gives a follower every block that it lacks. */
export function catchUp(follower: Store, guardian: Store): void {
  const to = guardian.info().head?.height ?? -1;
  for (let height = (follower.info().head?.height ?? -1) + 1; height <= to; height++)
    follower.apply(guardian.block(height));
}

/** A guardian two blocks ahead of a follower that has only the genesis. */
export function twoBlocksAhead() {
  const alice = new Author('alice');
  const bob = new Author('bob');
  const founding = foundGrid([[alice, 100n * tft]]);
  const { guardian: author, grid } = founding;
  const guardian = openGuardianStore(founding).store;
  const follower = openFollowerStore(founding);
  follower.store.apply(guardian.block(0));
  guardian.submit([alice.transfer(grid, bob.key, tft)]);
  guardian.cut();
  guardian.submit([alice.transfer(grid, bob.key, 2n * tft)]);
  guardian.cut();
  return { alice, bob, founding, author, grid, guardian, follower: follower.store, alarms: follower.alarms };
}

/** The code that `work` throws. */
export const codeFrom = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return codeOf(error);
  }
  return undefined;
};
