/**
 * A batch of signatures in shared memory, and the handshake over it between the store and one verifying thread.
 * Blocks instead of awaiting: the store does one thing at a time, and goes on when all signatures are judged.
 */
import type { Verify } from '../../core/keys.ts';

/** One signature to judge. */
export type Claim = { readonly signature: Uint8Array; readonly message: Uint8Array; readonly key: Uint8Array };

/** States of a lane, in its first control word. */
export const laneState = { starting: 0, idle: 1, busy: 2, stopped: 3 } as const;

/** The memory of one lane: control words, then claims, then one byte of outcome each. */
export type Lane = { readonly control: Int32Array; readonly claims: Uint8Array; readonly outcomes: Uint8Array };

const controlBytes = 16;
const mostClaims = 4096;
const claimBytes = 4 * 1024 * 1024;
/** Length of the message, key, signature. */
const headBytes = 4 + 32 + 64;

export const laneBytes = controlBytes + mostClaims + claimBytes;

export const laneOver = (memory: SharedArrayBuffer): Lane => ({
  control: new Int32Array(memory, 0, controlBytes / 4),
  outcomes: new Uint8Array(memory, controlBytes, mostClaims),
  claims: new Uint8Array(memory, controlBytes + mostClaims),
});

/** Writes as many claims as fit; answers how many. */
export function fillLane(lane: Lane, claims: readonly Claim[]): number {
  const view = new DataView(lane.claims.buffer, lane.claims.byteOffset, lane.claims.length);
  let at = 0;
  let count = 0;
  for (const { signature, message, key } of claims) {
    if (count === mostClaims || at + headBytes + message.length > claimBytes) break;
    view.setUint32(at, message.length);
    lane.claims.set(key, at + 4);
    lane.claims.set(signature, at + 36);
    lane.claims.set(message, at + headBytes);
    at += headBytes + message.length;
    count += 1;
  }
  lane.control[1] = count;
  return count;
}

/** Judges all claims of a lane, in the verifying thread. */
export function judgeLane(lane: Lane, verify: Verify): void {
  const view = new DataView(lane.claims.buffer, lane.claims.byteOffset, lane.claims.length);
  const count = lane.control[1] ?? 0;
  let at = 0;
  for (let index = 0; index < count; index++) {
    const length = view.getUint32(at);
    const key = lane.claims.subarray(at + 4, at + 36);
    const signature = lane.claims.subarray(at + 36, at + headBytes);
    const message = lane.claims.subarray(at + headBytes, at + headBytes + length);
    lane.outcomes[index] = verify(signature, message, key) ? 1 : 0;
    at += headBytes + length;
  }
}
