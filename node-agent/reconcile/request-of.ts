// From a workload as a contract describes it to what the runtime is asked for. Pure.
import type { WorkloadRequest } from '../runtime/runtime.ts';
import type { Job } from './verify-contract.ts';

/** Processes and threads that a workload may have; policy of this agent in version 1. */
const PIDS = 256;

/**
 * CRU and MRU become hard limits. A quarter of the memory may be scratch space in /tmp. SRU and HRU pay for the room that the
 * image takes on the node's disk: version 1 offers no volumes, the root is read-only.
 */
export function requestOf({ contract, workload, specHash }: Job, imageId: string): WorkloadRequest {
  return {
    key: { contract, workload: workload.name },
    specHash,
    imageId,
    env: workload.env ?? {},
    ...(workload.command === undefined ? {} : { command: workload.command }),
    limits: {
      cruMilli: workload.capacity.cruMilli,
      memoryBytes: workload.capacity.mruBytes,
      pids: PIDS,
      tmpBytes: Math.floor(workload.capacity.mruBytes / 4),
    },
  };
}
