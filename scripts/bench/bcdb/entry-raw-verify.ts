// One thread of `verifyOnAllCores`: says that it is ready, waits for the word, checks signatures for a while, says how many a
// second.

import { parentPort, workerData } from 'node:worker_threads';
import { verifySodium } from '../../../bcdb/verify.ts';
import type { RawWork } from './all-cores.ts';

const { claims, forMs } = workerData as RawWork;

function rate(): number {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < forMs) {
    for (const { signature, message, key } of claims) {
      if (!verifySodium(signature, message, key)) throw new Error('a good signature does not verify');
      count += 1;
    }
  }
  return (count * 1000) / (performance.now() - start);
}

parentPort?.once('message', () => parentPort?.postMessage(rate(), []));
parentPort?.postMessage('ready', []);
