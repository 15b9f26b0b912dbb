// How a replica stands: with one guardian, with several, and with too few of them.
import { describe, expect, it } from 'vitest';
import { createStanding, type Facts } from '../../../../bcdb/replica/standing.ts';
import type { HeadView, ReplicaView } from '../../../../core/views.ts';

const id = 'a'.repeat(64);
const headAt = (height: number): HeadView => ({
  grid: id,
  gridName: 'g',
  height,
  timeMs: 1,
  headerHash: id,
  execHash: id,
  recordCount: 1,
  signers: [],
});
const peer = { net: id, name: null, sinceMs: 0 };
const guardiansHere = (here: number, of: number): ReplicaView['guardians'] =>
  Array.from({ length: of }, (_, index) => ({ key: id, name: `g${index}`, isHere: index < here, lastSeenMs: null }));

const start: Facts = {
  isGuardian: false,
  head: null,
  pendingCount: 0,
  verification: null,
  healed: null,
  alarm: null,
  sequencer: null,
  peers: [],
  guardians: [],
  knownHeight: 0,
  isNetUp: true,
  isClosed: false,
};

function standing(facts: Partial<Facts>) {
  const clock = { nowMs: 1_000_000 };
  const made = createStanding(
    { ...start, ...facts },
    () => undefined,
    () => clock.nowMs,
  );
  const stateAfter = (ms: number, changed: Partial<Facts> = {}): ReplicaView['state'] => {
    clock.nowMs += ms;
    made.note(changed);
    return made.view().state;
  };
  return { ...made, stateAfter };
}

describe('with one guardian', () => {
  it('it is live by itself; a member is offline without it, and catches up with it', () => {
    expect(standing({ isGuardian: true, guardians: guardiansHere(1, 1) }).view().state).toBe('live');
    const member = standing({ head: headAt(5), guardians: guardiansHere(0, 1), peers: [peer], knownHeight: 9 });
    expect(member.view().state).toBe('offline');
    expect(member.stateAfter(0, { guardians: guardiansHere(1, 1) })).toBe('syncing');
    expect(member.stateAfter(0, { head: headAt(9) })).toBe('live');
    expect(member.stateAfter(24 * 3600_000)).toBe('live');
  });

  it('a newcomer without a block is offline alone, and catching up with others', () => {
    expect([standing({}).view().state, standing({ peers: [peer] }).view().state]).toEqual(['offline', 'syncing']);
    expect(standing({ isNetUp: false }).view().state).toBe('starting');
  });
});

describe('with four guardians', () => {
  const facts = { head: headAt(5), knownHeight: 5, peers: [peer] };

  it('is live while three answer and blocks come, and waits when none came for a minute and a half', () => {
    const member = standing({ ...facts });
    expect(member.stateAfter(0, { guardians: guardiansHere(3, 4) })).toBe('live');
    expect(member.view().quorum).toEqual({ needed: 3, here: 3 });
    expect([member.stateAfter(89_000), member.stateAfter(2000)]).toEqual(['live', 'waiting']);
    expect(member.stateAfter(0, { head: headAt(6) })).toBe('live');
  });

  it('waits for final forty seconds after the last block when too few answer, and is live again by itself', () => {
    const member = standing({ ...facts, guardians: guardiansHere(4, 4) });
    expect(member.stateAfter(0, { head: headAt(6) })).toBe('live');
    expect(member.stateAfter(10_000, { guardians: guardiansHere(2, 4) })).toBe('live');
    expect(member.stateAfter(31_000)).toBe('waiting');
    expect(member.view().quorum).toEqual({ needed: 3, here: 2 });
    expect(member.stateAfter(60_000, { guardians: guardiansHere(3, 4) })).toBe('live');
  });

  it('a member that hears blocks from others is live though it reaches no guardian itself', () => {
    const member = standing({ ...facts, guardians: guardiansHere(0, 4) });
    expect(member.view().state).toBe('waiting');
    expect(member.stateAfter(0, { head: headAt(6) })).toBe('live');
    expect(member.stateAfter(0, { peers: [] })).toBe('offline');
  });

  it('a guardian among them is as live as the others', () => {
    expect(standing({ ...facts, isGuardian: true, guardians: guardiansHere(1, 4) }).view().state).toBe('waiting');
  });
});

it('an alarm that does not pass comes before all', () => {
  const alarm = { code: 'replica/forked-head', detail: '', retry: false } as const;
  expect(standing({ alarm }).view().state).toBe('stopped');
  expect(standing({ isClosed: true }).view().state).toBe('stopped');
});
