/** Who leaves a full desk, and who never does. */
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../core/bytes.ts';
import { givesWay } from '../../../main/desk/desk-room.ts';
import type { Entry } from '../../../main/desk/packet-store.ts';
import { person } from '../../support/people.ts';

describe('a full desk', () => {
  const entryOf = (index: number, coordinator: number, changes: Partial<Entry> = {}) => ({
    id: String(index),
    isWithdrawn: false,
    packet: { purpose: 'provision', coordinator: person(coordinator).key, approvals: [] },
    document: { signByMs: 1000 },
    ...changes,
  });
  const isKept = (key: Uint8Array): boolean => toHex(key) === toHex(person(1).key);
  const leaving = (entries: readonly object[], nowMs = 0) => givesWay(entries as readonly Entry[], isKept, nowMs)?.id;

  it('lets go of what is over, then of the oldest of whoever brought most', () => {
    const flood = [entryOf(5, 9), entryOf(4, 9), entryOf(3, 9), entryOf(2, 8), entryOf(1, 1)];
    expect(leaving(flood)).toBe('3');
    expect(leaving([...flood, entryOf(0, 8, { isWithdrawn: true })])).toBe('0');
    expect(leaving(flood, 2000)).toBe('2');
  });

  it('never lets go of one’s own, or of what oneself or a contact has signed', () => {
    const approval = { signer: person(1).key, purpose: 'provision', signature: new Uint8Array(64) } as const;
    const signed = entryOf(2, 9);
    expect(
      leaving([entryOf(1, 1), { ...signed, packet: { ...signed.packet, approvals: [approval] } }]),
    ).toBeUndefined();
  });
});
