// How podman must be called to hold its promises on this kind of machine. Pure.
import { join } from 'node:path';

/** What decides the flags: whether systemd runs the machine, and which control groups it has. */
export interface HostTraits {
  readonly hasSystemd: boolean;
  readonly hasCgroup2: boolean;
}

/** The longest path that podman takes for its run folder; longer ones it refuses to start with. */
export const longestRunFolder = 50;

/** Where podman keeps its own things. */
export interface PodmanPlaces {
  /** Images, containers and configuration. */
  readonly folder: string;
  /** What does not outlive a restart of the machine; its path is {@link longestRunFolder} characters at most. */
  readonly runFolder: string;
  readonly socketPath: string;
}

/**
 * Arguments of `podman system service` with its state in its own places. Without systemd or with old control groups its
 * defaults fail: plain cgroupfs and runc hold there.
 */
export function podmanArguments(
  { folder, runFolder, socketPath }: PodmanPlaces,
  runc: string | undefined,
  { hasSystemd, hasCgroup2 }: HostTraits,
): readonly string[] {
  const options: readonly (readonly [string, string])[] = [
    ['--root', join(folder, 'root')],
    ['--runroot', runFolder],
    ['--tmpdir', join(folder, 'tmp')],
    ['--network-config-dir', join(folder, 'networks')],
    ['--events-backend', 'file'],
    ...(hasSystemd && hasCgroup2 ? [] : ([['--cgroup-manager', 'cgroupfs']] as const)),
    ...(hasCgroup2 || runc === undefined ? [] : ([['--runtime', runc]] as const)),
  ];
  return [...options.flat(), 'system', 'service', '--time=0', `unix://${socketPath}`];
}

/** The only configuration file that our podman reads. */
export const podmanConfig = `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
events_logger = "file"
[network]
network_backend = "netavark"
`;
