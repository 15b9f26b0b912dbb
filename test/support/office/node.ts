// One guardian of a simulated grid: its disk, its clock, and what is going to happen to it.

import type { Office } from '../../../bcdb/guardian/office.ts';
import type { OfficeState, OfficeStore } from '../../../bcdb/guardian/office-parts.ts';
import type { Rules } from '../../../bcdb/store/executor.ts';
import type { Store } from '../../../bcdb/store/store.ts';
import { AppError, type ErrorData } from '../../../core/errors.ts';
import type { Policy } from '../../../core/policy.ts';
import type { Author } from '../bcdb-grid.ts';

export type Act = 'propose' | 'prepare' | 'lock' | 'certify' | 'tick' | 'move' | 'adopt' | 'epochRecord';

export type ClusterOptions = {
  readonly guardians: number;
  /** Replicas with a key that are no guardians at first. */
  readonly candidates?: number;
  readonly seed?: number;
  readonly policy?: Policy;
  readonly windowBytes?: number;
  /** Rules of a guardian that are not everybody's. */
  readonly rulesOf?: (index: number) => Rules;
};

export type Node = {
  readonly index: number;
  readonly folder: string;
  readonly author: Author;
  /** Milliseconds by which its clock is off. */
  skewMs: number;
  store: Store;
  /** Undefined: it is not running. */
  office: Office | undefined;
  state: OfficeState | undefined;
  /** Dies right after this act of its store, before anybody hears of it. */
  dieAfter: Act | undefined;
  /** How often this act of its store fails from now on, as on a full disk. */
  readonly failing: Map<Act, number>;
  alarm: ErrorData | null;
  readonly errors: AppError[];
};

export const newNode = (index: number, folder: string, author: Author, store: Store): Node => ({
  index,
  folder,
  author,
  skewMs: 0,
  store,
  office: undefined,
  state: undefined,
  dieAfter: undefined,
  failing: new Map(),
  alarm: null,
  errors: [],
});

/** Its store raised or dropped an alarm; there is no node yet while its store is being made. */
export function noteAlarm(node: Node | undefined, alarm: ErrorData | null): void {
  if (node === undefined) return;
  node.alarm = alarm;
  if (alarm !== null) node.office?.alarmed(alarm);
}

/** Its store as an office sees it: may fail, and may be the last thing that a guardian does. */
export function officeStoreOf(
  node: Node,
  run: { readonly isDead: boolean },
  {
    onAct,
    onDeath,
    onAccused,
  }: {
    readonly onAct: (act: Act) => void;
    readonly onDeath: () => void;
    readonly onAccused: (ours: Uint8Array, theirs: Uint8Array) => void;
  },
): OfficeStore {
  const { store } = node;
  const never = new Promise<never>(() => undefined);
  const call = async <T>(name: Act | 'other', work: () => T): Promise<T> => {
    if (run.isDead) return never;
    const failures = name === 'other' ? 0 : (node.failing.get(name) ?? 0);
    if (failures > 0 && name !== 'other') {
      node.failing.set(name, failures - 1);
      throw new AppError('replica/disk-full', name, { retry: true });
    }
    const value = work();
    if (name !== 'other') onAct(name);
    if (node.dieAfter === name) {
      node.dieAfter = undefined;
      onDeath();
      return never;
    }
    return value;
  };
  return {
    situation: () => call('other', () => store.situation()),
    takeAdmitted: (count, bytes) => call('other', () => store.takeAdmitted(count, bytes)),
    propose: (proposal, header) => call('propose', () => store.act((acts) => acts.propose(proposal, header))),
    prepare: () => call('prepare', () => store.act((acts) => acts.prepare())),
    lock: (epoch, prepares) => call('lock', () => store.act((acts) => acts.lock(epoch, prepares))),
    certify: (certificate) => call('certify', () => store.act((acts) => acts.certify(certificate))),
    tick: (epoch) => call('tick', () => store.act((acts) => acts.tick(epoch))),
    move: (epoch) => call('move', () => store.act((acts) => acts.move(epoch))),
    epoch: () => call('other', () => store.act((acts) => acts.epoch())),
    locked: () => call('other', () => store.act((acts) => acts.locked())),
    epochRecord: (epoch, moves) => call('epochRecord', () => store.act((acts) => acts.epochRecord(epoch, moves))),
    adopt: (statement, epoch) => call('adopt', () => store.adopt(statement, epoch)),
    accuse: (one, other) =>
      call('other', () => {
        store.accuse(one, other);
        onAccused(one, other);
      }),
  };
}
