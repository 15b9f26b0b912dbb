/** The store worker: the thread that owns the only write connection. Everything it does is in serve-store.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { verifySodium } from '../verify.ts';
import { gridRules } from './grid-rules.ts';
import { lowerPriority } from './low-priority.ts';
import type { FromStore, StoreCall } from './protocol.ts';
import { serveStore } from './serve-store.ts';
import { createVerifyPool } from './verify-pool.ts';

const port = parentPort;
if (port === null) throw new Error('the store runs in a worker thread');
if ((workerData as { isBackground?: boolean } | null)?.isBackground === true) lowerPriority();
const say = (message: FromStore): void => port.postMessage(message);
const verifyMany = createVerifyPool(verifySodium);
const served = serveStore({ rules: gridRules, verify: verifySodium, verifyMany, clock: Date.now, say });
port.on('message', (call: StoreCall) => served.hear(call));
