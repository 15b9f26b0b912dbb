/** The thread that serves snapshots and blocks to peers. Everything it does is in snapshot-service.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorData } from '../../core/errors.ts';
import { lowerPriority } from './low-priority.ts';
import { openSnapshotService, type SnapshotService } from './snapshot-service.ts';

const port = parentPort;
if (port === null) throw new Error('snapshots are served from a worker thread');
lowerPriority();
let service: SnapshotService | undefined;
port.on('message', ({ id, method, question }: { id: number; method: 'snapshot' | 'blocks'; question: Uint8Array }) => {
  try {
    service ??= openSnapshotService(String(workerData));
    port.postMessage({ id, value: service.answer(method, question) });
  } catch (error) {
    port.postMessage({ id, error: toErrorData(error) });
  }
});
