/** How a replica stands, put together from what store and network say; tells when that changed. */
import { certificateQuorum } from '../../core/block.ts';
import type { ErrorData } from '../../core/errors.ts';
import type { HeadView, ReplicaView } from '../../core/views.ts';

/** All that the view rests on. */
export type Facts = {
  /** This replica is one of the present guardians, and signs blocks. */
  readonly isGuardian: boolean;
  readonly head: HeadView | null;
  readonly pendingCount: number;
  readonly alarm: ErrorData | null;
  /** What keeps this guardian's own sequencer from working. */
  readonly sequencer: ErrorData | null;
  readonly peers: ReplicaView['peers'];
  readonly guardians: ReplicaView['guardians'];
  /** The highest head that anybody proved, or while there is no genesis here to prove it by, told. */
  readonly knownHeight: number;
  /** The net process has started. */
  readonly isNetUp: boolean;
  readonly isClosed: boolean;
  readonly verification: ReplicaView['verification'];
  readonly healed: ReplicaView['healed'];
};

/** So far behind counts as live: the next block is on its way. */
const nearHead = 2;
/**
 * On a grid with several guardians a block comes at least every 30 s (docs/BCDB.md, "Cutting"): none for so long means that
 * they make none, and sooner when too few of them answer.
 */
const patienceMs = { quorum: 90_000, tooFew: 40_000 } as const;

type Moments = {
  /** When the head last grew while we looked, and since when a quorum is here; by a clock that only goes on. */
  readonly headMs: number;
  readonly quorumMs: number;
};

const quorumOf = (guardians: ReplicaView['guardians']): ReplicaView['quorum'] => ({
  needed: guardians.length === 0 ? 0 : certificateQuorum(guardians.length),
  here: guardians.filter(({ isHere }) => isHere).length,
});

/** `stopped`: nothing will change any more without help. A full disk is an alarm, but passes. */
function stateOf(facts: Facts, { headMs, quorumMs }: Moments, nowMs: number): ReplicaView['state'] {
  const { isGuardian, head, alarm, knownHeight, isNetUp, isClosed, peers, guardians } = facts;
  if (isClosed || (alarm !== null && !alarm.retry)) return 'stopped';
  const isSolo = guardians.length <= 1;
  if (isGuardian && isSolo) return 'live';
  if (!isNetUp) return 'starting';
  const { needed, here } = quorumOf(guardians);
  if (head === null) return peers.length === 0 ? 'offline' : 'syncing';
  if (isSolo ? here === 0 : peers.length === 0) return 'offline';
  if (head.height + nearHead < knownHeight) return 'syncing';
  if (isSolo) return 'live';
  const isQuorum = here >= needed;
  const since = isQuorum ? Math.max(headMs, quorumMs) : headMs;
  return nowMs - since < (isQuorum ? patienceMs.quorum : patienceMs.tooFew) ? 'live' : 'waiting';
}

const alarmOf = ({ alarm, sequencer }: Facts): ReplicaView['alarm'] => {
  const raised = alarm ?? sequencer;
  return raised === null ? null : { code: raised.code, detail: raised.detail };
};

const viewOf = (facts: Facts, state: ReplicaView['state']): ReplicaView => ({
  state,
  alarm: alarmOf(facts),
  isGuardian: facts.isGuardian,
  head: facts.head,
  knownHeight: Math.max(facts.knownHeight, facts.head?.height ?? 0),
  peers: facts.peers,
  guardians: facts.guardians,
  quorum: quorumOf(facts.guardians),
  pendingCount: facts.pendingCount,
  verification: facts.verification,
  healed: facts.healed,
});

export type Standing = {
  facts(): Facts;
  view(): ReplicaView;
  /** Notes what changed, if only the time; `onChange` follows once for all changes of one turn. */
  note(changed: Partial<Facts>): void;
};

export function createStanding(
  first: Facts,
  onChange: (view: ReplicaView) => void,
  nowMs: () => number = () => performance.now(),
): Standing {
  let facts = first;
  let moments: Moments = { headMs: Number.NEGATIVE_INFINITY, quorumMs: Number.NEGATIVE_INFINITY };
  let isTelling = false;
  const view = (): ReplicaView => viewOf(facts, stateOf(facts, moments, nowMs()));

  function noteMoments(before: Facts): void {
    const hadQuorum = isQuorum(before);
    if (isQuorum(facts) && !hadQuorum) moments = { ...moments, quorumMs: nowMs() };
    const [old, now] = [before.head?.height, facts.head?.height];
    // The head that was on disk already says nothing about now.
    if (now !== undefined && old !== undefined && now > old) moments = { ...moments, headMs: nowMs() };
  }

  return {
    facts: () => facts,
    view,
    note(changed) {
      const before = facts;
      facts = { ...facts, ...changed };
      noteMoments(before);
      if (isTelling) return;
      isTelling = true;
      setImmediate(() => {
        isTelling = false;
        onChange(view());
      });
    },
  };
}

const isQuorum = ({ guardians }: Facts): boolean => {
  const { needed, here } = quorumOf(guardians);
  return needed > 0 && here >= needed;
};
