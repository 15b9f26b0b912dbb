// Finds the container engine: the socket that was asked for, docker's, podman's, else a podman service of our own.
// Talks over unix sockets only; never opens or uses a TCP port.
import { readFileSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { connectEngine } from './docker-client.ts';
import { installCommand } from './install-hint.ts';
import { startPodmanService } from './podman-service.ts';

/** Where to look. Without `socketPath` the usual places are tried, then a podman of our own is started. */
export interface EngineOptions {
  /** The agent's folder: an engine of our own keeps everything in `engine/` below it. */
  readonly folder: string;
  /** Use this socket and no other. */
  readonly socketPath?: string;
  /** Do not look for engines that others started: always run our own. */
  readonly ownOnly?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** An engine that answers. */
export interface Engine {
  readonly socketPath: string;
  /** True when it is a service that we started and supervise. */
  readonly isOwn: boolean;
  /** Ends our own service; containers go on running. Does nothing to an engine of others. */
  stop(): Promise<void>;
}

/** Finds or starts an engine. Throws `agent/no-container-engine` with the install command, or `agent/engine-failed`. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  if (options.socketPath !== undefined) {
    const reason = await whyNoAnswer(options.socketPath);
    if (reason !== undefined)
      throw new AppError('agent/engine-failed', `${options.socketPath}: ${reason}`, { retry: true });
    return { socketPath: options.socketPath, isOwn: false, stop: async () => {} };
  }
  for (const socketPath of options.ownOnly === true ? [] : usualSockets(options.env)) {
    if ((await whyNoAnswer(socketPath)) === undefined) return { socketPath, isOwn: false, stop: async () => {} };
  }
  const podman = platform() === 'linux' ? await findBinary('podman', options.env.PATH) : undefined;
  if (podman === undefined) {
    const hint = installCommand(platform() === 'linux' ? readFileSync('/etc/os-release', 'utf8') : '', platform());
    throw new AppError('agent/no-container-engine', hint);
  }
  const service = await startPodmanService({
    podman,
    runc: await findBinary('runc', options.env.PATH),
    folder: join(options.folder, 'engine'),
    env: options.env,
    isAnswering: async (socketPath) => (await whyNoAnswer(socketPath)) === undefined,
  });
  return { ...service, isOwn: true };
}

/** Sockets that docker and podman make by default, in the order in which they are tried. */
export function usualSockets(env: EngineOptions['env']): readonly string[] {
  const dockerHost = env.DOCKER_HOST;
  return [
    ...(dockerHost?.startsWith('unix://') ? [dockerHost.slice('unix://'.length)] : []),
    '/var/run/docker.sock',
    '/run/podman/podman.sock',
    ...(env.XDG_RUNTIME_DIR === undefined ? [] : [join(env.XDG_RUNTIME_DIR, 'podman/podman.sock')]),
    join(homedir(), '.docker/run/docker.sock'),
  ];
}

/** Undefined when an engine answers there, else the reason in words. */
async function whyNoAnswer(socketPath: string): Promise<string | undefined> {
  try {
    await connectEngine(socketPath, 3000).ping();
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

async function findBinary(name: string, path: string | undefined): Promise<string | undefined> {
  // The folders of root's tools are not on a plain user's PATH.
  for (const folder of [...(path ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/sbin', '/usr/local/bin']) {
    const file = join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && isThere) return file;
  }
  return undefined;
}
