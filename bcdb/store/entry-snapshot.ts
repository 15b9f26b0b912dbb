/** The thread that reads beside the store: snapshots and blocks for peers, and the slow scrub. All it does is in snapshot-service.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorData } from '../../core/errors.ts';
import { verifySodium } from '../verify.ts';
import { lowerPriority } from './low-priority.ts';
import { openSnapshotService, type ReaderCall, type SnapshotService } from './snapshot-service.ts';

const port = parentPort;
if (port === null) throw new Error('snapshots are served from a worker thread');
lowerPriority();
let service: SnapshotService | undefined;
function perform(call: ReaderCall): unknown {
  service ??= openSnapshotService(String(workerData), verifySodium);
  switch (call.method) {
    case 'scrub':
      return service.scrub(call.question);
    case 'mend':
      return service.mend(...call.question);
    default:
      return service.answer(call.method, call.question);
  }
}

port.on('message', (call: ReaderCall) => {
  try {
    port.postMessage({ id: call.id, value: perform(call) });
  } catch (error) {
    port.postMessage({ id: call.id, error: toErrorData(error) });
  }
});
