// How podman must be called to hold its promises on this kind of machine. Pure.
import { join } from 'node:path';

/** What decides the flags: whether systemd runs the machine, and which control groups it has. */
export interface HostTraits {
  readonly hasSystemd: boolean;
  readonly hasCgroup2: boolean;
}

/**
 * Arguments of `podman system service` with all its state under `folder`. Without systemd or with old control groups its
 * defaults fail: plain cgroupfs and runc hold there.
 */
export function podmanArguments(
  folder: string,
  socketPath: string,
  runc: string | undefined,
  { hasSystemd, hasCgroup2 }: HostTraits,
): readonly string[] {
  const options: readonly (readonly [string, string])[] = [
    ['--root', join(folder, 'root')],
    ['--runroot', join(folder, 'run')],
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
