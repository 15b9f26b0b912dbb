/**
 * What time itself changes: each due change is judged at its own due time, in order, so that it makes no difference
 * how the same history is cut into blocks.
 */
import type { State } from '../state.ts';
import { advance } from './contract-life.ts';
import { passNodeTime } from './presence.ts';

/** All changes that are due at or before `timeMs`. Called with a block's time, before its records. */
export function passTime(state: State, timeMs: number): void {
  for (let next = state.due(timeMs, 1)[0]; next !== undefined; next = state.due(timeMs, 1)[0]) {
    if (next.kind === 'node') passNodeTime(state, next.key, next.dueMs);
    else advance(state, next.key, next.dueMs); // one at a time: each may move the due times of others
  }
}
