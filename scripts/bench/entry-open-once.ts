// A thread that opens one store, asks it two things, tells how long that took, and ends. Loading code is not counted.

import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from './bench-grid.ts';

/** Milliseconds from the opening to each answer. */
export type OpenedIn = { readonly headMs: number; readonly nodesMs: number };

const { folder } = workerData as { readonly folder: string };
const start = performance.now();
const store = openStore(folder, { how: 'open' });
store.query('head', null);
const headMs = performance.now() - start;
store.query('nodes', { filter: {}, sort: 'freeCru', descending: true, offset: 0, limit: 50 });
const nodesMs = performance.now() - start;
store.close();
parentPort?.postMessage({ headMs, nodesMs } satisfies OpenedIn, []);
