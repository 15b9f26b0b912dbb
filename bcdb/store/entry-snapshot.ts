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
port.on('message', ({ id, method, question }: ReaderCall) => {
  try {
    service ??= openSnapshotService(String(workerData), verifySodium);
    const value = method === 'scrub' ? service.scrub(question) : service.answer(method, question);
    port.postMessage({ id, value });
  } catch (error) {
    port.postMessage({ id, error: toErrorData(error) });
  }
});
