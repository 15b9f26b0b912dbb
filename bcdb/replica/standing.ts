/** How a replica stands, put together from what store and network say; tells when that changed. */
import type { ErrorData } from '../../core/errors.ts';
import type { HeadView, ReplicaView } from '../../core/views.ts';

/** All that the view rests on. */
export type Facts = {
  readonly isGuardian: boolean;
  readonly head: HeadView | null;
  readonly pendingCount: number;
  readonly alarm: ErrorData | null;
  readonly peers: ReplicaView['peers'];
  /** Height of the guardians' heads, as last told. */
  readonly knownHeight: number;
  /** The net process has started. */
  readonly isNetUp: boolean;
  /** A guardian is connected, and told its head since. */
  readonly hasGuardian: boolean;
  readonly isClosed: boolean;
  readonly verification: ReplicaView['verification'];
};

/** So far behind counts as live: the next block is on its way. */
const nearHead = 2;

/** `stopped`: nothing will change any more without help. A full disk is an alarm, but passes. */
function stateOf(facts: Facts): ReplicaView['state'] {
  const { isGuardian, head, alarm, knownHeight, isNetUp, hasGuardian, isClosed } = facts;
  if (isClosed || (alarm !== null && !alarm.retry)) return 'stopped';
  if (isGuardian) return 'live';
  if (!isNetUp) return 'starting';
  if (!hasGuardian) return 'offline';
  return head === null || head.height + nearHead < knownHeight ? 'syncing' : 'live';
}

const viewOf = (facts: Facts): ReplicaView => ({
  state: stateOf(facts),
  alarm: facts.alarm === null ? null : { code: facts.alarm.code, detail: facts.alarm.detail },
  isGuardian: facts.isGuardian,
  head: facts.head,
  knownHeight: Math.max(facts.knownHeight, facts.head?.height ?? 0),
  peers: facts.peers,
  pendingCount: facts.pendingCount,
  verification: facts.verification,
});

export type Standing = {
  facts(): Facts;
  view(): ReplicaView;
  /** Notes what changed; `onChange` follows once for all changes of one turn. */
  note(changed: Partial<Facts>): void;
};

export function createStanding(first: Facts, onChange: (view: ReplicaView) => void): Standing {
  let facts = first;
  let isTelling = false;
  return {
    facts: () => facts,
    view: () => viewOf(facts),
    note(changed) {
      facts = { ...facts, ...changed };
      if (isTelling) return;
      isTelling = true;
      setImmediate(() => {
        isTelling = false;
        onChange(viewOf(facts));
      });
    },
  };
}
