/** Serves snapshots and blocks to peers, and looks the database over, in a thread of its own, which starts at the first question. */
import { Worker } from 'node:worker_threads';
import { AppError, type ErrorData, fromErrorData } from '../../core/errors.ts';
import type { Mending } from '../store/mend.ts';
import type { ScrubStep } from '../store/scrub-slowly.ts';
import type { ReaderCall } from '../store/snapshot-service.ts';

export type SnapshotServer = {
  /** Throws `net/rate-limited` when too much waits already, or what the service throws. */
  answer(method: 'snapshot' | 'blocks', question: Uint8Array): Promise<Uint8Array>;
  /** One step of looking the database over, from a place on; undefined: from the beginning. */
  scrub(place: Uint8Array | undefined): Promise<ScrubStep>;
  /** What has to be written so that a damaged block is this one; throws as `planMending`. */
  mend(height: number, block: Uint8Array): Promise<Mending>;
  /** Does `work` while the files are let go of, for they are about to be replaced; who asks meanwhile shall ask again. */
  aside<T>(work: () => Promise<T>): Promise<T>;
  /** Ends the thread; the next question starts another. */
  close(): Promise<void>;
};

const mostWaiting = 64;

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: AppError) => void };
type Outcome = { readonly id: number; readonly value?: unknown; readonly error?: ErrorData };

export function createSnapshotServer(folder: string): SnapshotServer {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;
  let isAside = false;

  function end(error: AppError): void {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  function started(): Worker {
    if (worker !== undefined) return worker;
    const options = { workerData: folder, execArgv: [], name: 'snapshot' };
    const begun = new Worker(new URL('../store/entry-snapshot.ts', import.meta.url), options);
    begun.unref();
    begun.on('message', ({ id, value, error }: Outcome) => {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (value !== undefined) asked?.resolve(value);
      else asked?.reject(error === undefined ? new AppError('net/failed') : fromErrorData(error));
    });
    begun.on('error', (cause) => begun === worker && end(new AppError('net/failed', String(cause), { cause })));
    worker = begun;
    return begun;
  }

  async function close(): Promise<void> {
    const ended = worker;
    end(new AppError('replica/closed'));
    await ended?.terminate();
  }

  function ask(call: Omit<ReaderCall, 'id'>): Promise<unknown> {
    if (isAside || waiting.size >= mostWaiting)
      return Promise.reject(new AppError('net/rate-limited', 'others ask too'));
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      started().postMessage({ id, ...call }, []);
    });
  }

  return {
    answer: (method, question) => ask({ method, question }) as Promise<Uint8Array>,
    mend: (height, block) => ask({ method: 'mend', question: [height, block] }) as Promise<Mending>,
    scrub: (place) => ask({ method: 'scrub', question: place }) as Promise<ScrubStep>,
    async aside(work) {
      isAside = true;
      try {
        await close();
        return await work();
      } finally {
        isAside = false;
      }
    },
    close,
  };
}
