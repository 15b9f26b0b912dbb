/** A verifying thread: sleeps until its lane holds claims, judges them, sleeps again; ends when told, or with the store. */
import { workerData } from 'node:worker_threads';
import { verifySodium } from '../verify.ts';
import { judgeLane, laneOver, laneState } from './verify-lane.ts';

const lane = laneOver(workerData);

function become(state: number): void {
  Atomics.store(lane.control, 0, state);
  Atomics.notify(lane.control, 0);
}

become(laneState.idle);
for (let state = Atomics.load(lane.control, 0); state !== laneState.stopped; state = Atomics.load(lane.control, 0)) {
  if (state === laneState.busy) {
    judgeLane(lane, verifySodium);
    become(laneState.idle);
  }
  Atomics.wait(lane.control, 0, laneState.idle);
}
