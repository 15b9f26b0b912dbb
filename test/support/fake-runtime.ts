// A runtime in memory for tests of the agent's logic: it runs nothing, and fails when it is told to.
import { Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import type { WorkloadKey, WorkloadRequest, WorkloadRuntime } from '../../node-agent/runtime/runtime.ts';

type Held = { request: WorkloadRequest; state: 'running' | 'failed'; exitCode?: number };

export interface FakeRuntime extends WorkloadRuntime {
  /** Every start that was carried out, in order. */
  readonly starts: WorkloadRequest[];
  /** Errors for the coming calls, first one first. */
  readonly imageErrors: AppError[];
  /** What the last call of `keepImages` asked to keep. */
  keptImages: readonly string[];
  readonly startErrors: AppError[];
  /** Ends a workload by itself. */
  kill(workload: string, exitCode: number): void;
  /** Forgets everything, as when somebody emptied the engine's storage. */
  wipe(): void;
}

export function createFakeRuntime(): FakeRuntime {
  const held = new Map<string, Held>();
  const nameOf = (key: WorkloadKey): string => `${key.contract}/${key.workload}`;
  const starts: WorkloadRequest[] = [];
  const imageErrors: AppError[] = [];
  const startErrors: AppError[] = [];
  const instance = ({ request, state, exitCode }: Held) => ({
    key: request.key,
    specHash: request.specHash,
    state,
    ...(exitCode === undefined ? {} : { exitCode }),
  });
  const runtime: FakeRuntime = {
    starts,
    keptImages: [],
    keepImages: async (references) => {
      runtime.keptImages = [...references];
    },
    imageErrors,
    startErrors,
    kill: (workload, exitCode) => {
      for (const each of held.values()) {
        if (each.request.key.workload !== workload) continue;
        each.state = 'failed';
        each.exitCode = exitCode;
      }
    },
    wipe: () => held.clear(),
    probe: async () => ({ name: 'fake', version: '1' }),
    ensureImage: async (reference) => {
      const error = imageErrors.shift();
      if (error !== undefined) throw error;
      return reference;
    },
    start: async (request) => {
      const error = startErrors.shift();
      if (error !== undefined) throw error;
      starts.push(request);
      held.set(nameOf(request.key), { request, state: 'running' });
    },
    inspect: async (key) => {
      const found = held.get(nameOf(key));
      return found === undefined ? undefined : instance(found);
    },
    list: async () => [...held.values()].map(instance),
    remove: async (key) => {
      held.delete(nameOf(key));
    },
    logs: async () => 'last words\u0000',
    connect: async (key) => {
      if (held.get(nameOf(key))?.state === 'running') return new Socket();
      throw new AppError('agent/workload-unreachable', 'nothing there', { retry: true });
    },
  };
  return runtime;
}
