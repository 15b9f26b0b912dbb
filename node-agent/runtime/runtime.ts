// The one interface behind which workloads run. The agent knows this and nothing of containers; container-runtime.ts is the
// real one. Every call is safe to repeat: a crash between two calls leaves nothing that the next start cannot repair.
import type { Socket } from 'node:net';

/** Names one workload of one contract on this node. `contract` is the contract's id in hex. */
export interface WorkloadKey {
  readonly contract: string;
  readonly workload: string;
}

/** What a workload may use; enforced by the kernel, read back after creation. */
export interface WorkloadLimits {
  readonly cruMilli: number;
  readonly memoryBytes: number;
  readonly pids: number;
  /** Size of `/tmp`, the only scratch space: it lives in memory and counts against `memoryBytes`. */
  readonly tmpBytes: number;
}

/** All that is needed to run a workload. `specHash` tells two versions of one workload apart. */
export interface WorkloadRequest {
  readonly key: WorkloadKey;
  readonly specHash: string;
  /** An id that `ensureImage` returned. */
  readonly imageId: string;
  readonly env: Readonly<Record<string, string>>;
  /** Replaces the image's own arguments. */
  readonly command?: readonly string[];
  readonly limits: WorkloadLimits;
}

/** A workload that the engine holds. `failed` is one that ended by itself, or never got to start. */
export interface WorkloadInstance {
  readonly key: WorkloadKey;
  readonly specHash: string;
  readonly state: 'running' | 'failed';
  /** Set when it ended; 137 is a kill, most often for memory. */
  readonly exitCode?: number;
}

/** What the engine says of itself. */
export interface EngineInfo {
  readonly name: string;
  readonly version: string;
}

/** Runs workloads of one node. All calls throw `agent/engine-failed` (retry) when the engine does not answer. */
export interface WorkloadRuntime {
  probe(): Promise<EngineInfo>;
  /**
   * Makes an image available and returns its engine id. `reference` is `sha256:<config id>` or `name@sha256:<digest>`.
   * Throws `agent/image-mismatch` (not what its id says) or `agent/image-unavailable`.
   */
  ensureImage(reference: string): Promise<string>;
  /** Removes the images that this node fetched and that are not among `references`; never one that was there before. */
  keepImages(references: ReadonlySet<string>): Promise<void>;
  /**
   * Runs a workload; one that runs already with the same spec hash is left alone, a dead one is replaced. Throws
   * `agent/limit-mismatch` (nothing is left behind) when the engine or the kernel does not hold every limit.
   */
  start(request: WorkloadRequest): Promise<void>;
  inspect(key: WorkloadKey): Promise<WorkloadInstance | undefined>;
  /** Every workload of this node that the engine holds, dead ones too. */
  list(): Promise<readonly WorkloadInstance[]>;
  /** Asks it to end, kills it after `graceMs`, and leaves nothing behind. Fine when there is none. */
  remove(key: WorkloadKey, graceMs: number): Promise<void>;
  /** The last lines that it wrote. */
  logs(key: WorkloadKey, lines: number): Promise<string>;
  /** A stream to the workload's HTTP socket. Throws `agent/workload-unreachable`. */
  connect(key: WorkloadKey): Promise<Socket>;
}
