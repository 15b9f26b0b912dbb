// Runs workloads as containers over the Docker API (podman or docker). Every container has no network, no capability, a
// read-only root and hard limits, or it does not run at all. Volumes are not offered in version 1: a workload's scratch space
// is its /tmp, in memory.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, ContainerInspectInfo } from 'dockerode';
import { AppError } from '../../core/errors.ts';
import { containerOptions, engineMismatches, kernelMismatches } from './container-spec.ts';
import { connectEngine } from './docker-client.ts';
import { engineCall, engineCallOrNothing, statusOf } from './engine-call.ts';
import { createImages } from './images.ts';
import { joinLogFrames } from './log-frames.ts';
import type { WorkloadInstance, WorkloadKey, WorkloadRequest, WorkloadRuntime } from './runtime.ts';
import { connectToWorkload, prepareSocketFolder, removeSocketFolder } from './socket-folder.ts';

/** Whose containers these are, and where the agent keeps what belongs to them. `grid` and `node` are hex. */
export interface ContainerScope {
  readonly grid: string;
  readonly node: string;
  /** Holds `workloads/`, the host's side of each workload's socket folder, and the list of images that were fetched. */
  readonly folder: string;
  readonly imagesFolder: string;
  /** Registries (`host[:port]`) from which images may be fetched; absent: none. */
  readonly registries?: readonly string[] | undefined;
}

const LABEL = 'threebot';
/** Loading a large image is the longest call; an engine that hangs longer is treated as gone. */
const CALL_TIMEOUT_MS = 300_000;

/** The runtime over the engine that answers on `socketPath`. */
export function createContainerRuntime(socketPath: string, scope: ContainerScope): WorkloadRuntime {
  const docker = connectEngine(socketPath, CALL_TIMEOUT_MS);
  const images = createImages(docker, scope);
  const scopeLabels = { [`${LABEL}.grid`]: scope.grid, [`${LABEL}.node`]: scope.node };

  // One name for one workload: the engine itself refuses a second container for it.
  const nameOf = ({ contract, workload }: WorkloadKey): string =>
    `3bot-${createHash('sha256').update([scope.grid, scope.node, contract, workload].join('/')).digest('hex').slice(0, 32)}`;
  const socketFolderOf = (key: WorkloadKey): string => join(scope.folder, 'workloads', nameOf(key));

  const find = async (key: WorkloadKey): Promise<ContainerInspectInfo | undefined> =>
    engineCallOrNothing('inspect', () => docker.getContainer(nameOf(key)).inspect());

  const removeContainer = async (key: WorkloadKey, graceMs: number): Promise<void> => {
    const container = docker.getContainer(nameOf(key));
    if (graceMs > 0) await engineCallOrNothing('stop', () => container.stop({ t: Math.ceil(graceMs / 1000) }));
    await engineCallOrNothing('remove', () => container.remove({ force: true, v: true }));
    await removeSocketFolder(socketFolderOf(key));
  };

  const create = async (request: WorkloadRequest): Promise<void> => {
    const socketFolder = socketFolderOf(request.key);
    await prepareSocketFolder(socketFolder);
    const labels = { ...scopeLabels, ...labelsOf(request) };
    const options = containerOptions(request, { name: nameOf(request.key), socketFolder, labels });
    const container = await engineCall('create', () => docker.createContainer(options));
    refuse(engineMismatches(options, await engineCall('inspect', () => container.inspect())));
    await startContainer(container);
    const { State, Id } = await engineCall('inspect', () => container.inspect());
    if (!State.Running)
      throw new AppError('agent/workload-failed', `ended at once with exit code ${State.ExitCode}`, { retry: true });
    refuse(kernelMismatches(request.limits, Id, State.Pid, readTextOrNothing) ?? []);
  };

  return {
    probe: async () => {
      const { Version, Components } = await engineCall('version', () => docker.version());
      return { name: Components?.[0]?.Name ?? 'engine', version: Version };
    },

    ensureImage: images.ensure,
    keepImages: images.keep,

    start: async (request) => {
      checkLimits(request);
      const held = await find(request.key);
      if (held?.State.Running && held.Config.Labels[`${LABEL}.spec`] === request.specHash) return;
      if (held !== undefined) await removeContainer(request.key, 0);
      try {
        await create(request);
      } catch (error) {
        await removeContainer(request.key, 0);
        throw error;
      }
    },

    inspect: async (key) => {
      const held = await find(key);
      return held === undefined ? undefined : instanceOf(held.Config.Labels, held.State.Running, held.State.ExitCode);
    },

    list: async () => {
      const label = Object.entries(scopeLabels).map(([name, value]) => `${name}=${value}`);
      const found = await engineCall('list', () => docker.listContainers({ all: true, filters: { label } }));
      return found.map(({ Labels, State }) => instanceOf(Labels, State === 'running', undefined));
    },

    remove: removeContainer,

    logs: async (key, lines) => {
      const container = docker.getContainer(nameOf(key));
      const bytes = await engineCallOrNothing('logs', () =>
        container.logs({ stdout: true, stderr: true, tail: lines, follow: false }),
      );
      return bytes === undefined ? '' : joinLogFrames(bytes);
    },

    connect: (key) => connectToWorkload(socketFolderOf(key)),
  };
}

function labelsOf({ key, specHash }: WorkloadRequest): Record<string, string> {
  return { [`${LABEL}.contract`]: key.contract, [`${LABEL}.workload`]: key.workload, [`${LABEL}.spec`]: specHash };
}

function instanceOf(
  labels: Readonly<Record<string, string>>,
  isRunning: boolean,
  exitCode: number | undefined,
): WorkloadInstance {
  return {
    key: { contract: labels[`${LABEL}.contract`] ?? '', workload: labels[`${LABEL}.workload`] ?? '' },
    specHash: labels[`${LABEL}.spec`] ?? '',
    state: isRunning ? 'running' : 'failed',
    ...(isRunning || exitCode === undefined ? {} : { exitCode }),
  };
}

/** Below these an engine takes a limit for "none", or the kernel cannot keep it. */
function checkLimits({ limits }: WorkloadRequest): void {
  const isEnough =
    limits.cruMilli >= 10 && limits.memoryBytes >= 16 * 2 ** 20 && limits.pids >= 1 && limits.tmpBytes >= 1;
  if (!isEnough) throw new AppError('agent/workload-failed', 'at least 0.01 core and 16 MiB of memory');
}

function refuse(mismatches: readonly string[]): void {
  if (mismatches.length > 0) throw new AppError('agent/limit-mismatch', mismatches.join('; ').slice(0, 400));
}

/** A program that is not in the image, or may not run, is the contract's fault; trying again would not help. */
async function startContainer(container: Container): Promise<void> {
  await engineCall('start', async () => {
    try {
      await container.start();
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      const isHopeless =
        statusOf(cause) !== undefined && /executable file|exec format|no such file|permission denied/i.test(words);
      if (isHopeless) throw new AppError('agent/workload-failed', words.slice(0, 400), { cause });
      throw cause;
    }
  });
}

function readTextOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return undefined;
    throw cause;
  }
}
