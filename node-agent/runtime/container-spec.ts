// What a workload's container looks like, and the two checks that it really does: the engine's own words after create, and
// the kernel's after start. Some engines accept limits and ignore them (rootless on old control groups): fail closed. Pure.
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { parseCgroupPaths, parseCpuLimit, parseMemoryLimit, type ReadText } from '../capacity/cgroup-limits.ts';
import type { WorkloadLimits, WorkloadRequest } from './runtime.ts';

/** Every workload runs as this user, whatever its image says: never root. */
const workloadUser = { uid: 65532, gid: 65532 } as const;

/** Where the workload finds the folder for its socket. */
const socketFolderInside = '/run/workload';
/** The socket on which it serves HTTP, in that folder. */
export const socketName = 'http.sock';

/** The body of the create call. `socketFolder` is the host's side of `/run/workload`. */
export function containerOptions(
  request: WorkloadRequest,
  place: { readonly name: string; readonly socketFolder: string; readonly labels: Readonly<Record<string, string>> },
): ContainerCreateOptions {
  const { limits } = request;
  return {
    name: place.name,
    Image: request.imageId,
    Hostname: request.key.workload,
    User: `${workloadUser.uid}:${workloadUser.gid}`,
    Env: Object.entries({
      ...request.env,
      CONTRACT_ID: request.key.contract,
      WORKLOAD_NAME: request.key.workload,
      WORKLOAD_SOCKET: `${socketFolderInside}/${socketName}`,
    }).map(([name, value]) => `${name}=${value}`),
    ...(request.command === undefined ? {} : { Cmd: [...request.command] }),
    Labels: { ...place.labels },
    NetworkDisabled: true,
    HostConfig: {
      NanoCpus: limits.cruMilli * 1_000_000,
      Memory: limits.memoryBytes,
      // The same as memory: no swap on top of it.
      MemorySwap: limits.memoryBytes,
      PidsLimit: limits.pids,
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      NetworkMode: 'none',
      IpcMode: 'private',
      ShmSize: 2 ** 20,
      // Podman would mount /run and /var/tmp without a size over a read-only root.
      Tmpfs: {
        '/tmp': `rw,noexec,nosuid,nodev,size=${limits.tmpBytes}`,
        '/var/tmp': 'rw,noexec,nosuid,nodev,size=64k',
        '/run': 'rw,noexec,nosuid,nodev,size=64k,mode=0755',
      },
      Binds: [`${place.socketFolder}:${socketFolderInside}:rw,nosuid,nodev,noexec`],
      Ulimits: [
        { Name: 'nofile', Soft: 4096, Hard: 4096 },
        { Name: 'nproc', Soft: limits.pids, Hard: limits.pids },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
    },
  };
}

/** Names of the limits that the engine did not take, with both values; empty when all stand. */
export function engineMismatches(wanted: ContainerCreateOptions, found: ContainerInspectInfo): readonly string[] {
  const asked = wanted.HostConfig ?? {};
  const held = found.HostConfig;
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['image', wanted.Image, found.Image],
    ['user', wanted.User, found.Config.User],
    ['memory', asked.Memory, held.Memory],
    ['swap', asked.MemorySwap, held.MemorySwap],
    ['cpu', asked.NanoCpus, nanoCpusOf(held)],
    ['pids', asked.PidsLimit, held.PidsLimit],
    ['read-only root', true, held.ReadonlyRootfs],
    ['network', 'none', held.NetworkMode],
    ['privileged', false, held.Privileged ?? false],
    ['added capabilities', 0, held.CapAdd?.length ?? 0],
    ['dropped capabilities', true, dropsAll(held.CapDrop)],
    [
      'no-new-privileges',
      true,
      held.SecurityOpt?.some((option: string) => /^no-new-privileges(:true)?$/.test(option)) ?? false,
    ],
    ['unconfined', false, held.SecurityOpt?.some((option: string) => option.includes('unconfined')) ?? false],
    // An image can declare volumes: writable folders on the farmer's disk that no limit holds.
    ['volumes', 0, found.Mounts?.filter(({ Type }) => Type === 'volume').length ?? 0],
    ['published ports', 0, Object.keys(held.PortBindings ?? {}).length],
  ];
  return facts.filter(([, want, is]) => want !== is).map(([name, want, is]) => `${name}: asked ${want}, got ${is}`);
}

function nanoCpusOf(held: ContainerInspectInfo['HostConfig']): number | undefined {
  if (held.NanoCpus) return held.NanoCpus;
  return held.CpuQuota && held.CpuPeriod ? (held.CpuQuota / held.CpuPeriod) * 1e9 : undefined;
}

/** Docker repeats ALL; podman lists what was dropped from its defaults, of which these are always a part. */
function dropsAll(dropped: readonly string[] | undefined): boolean {
  const names = new Set((dropped ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, '')));
  return (
    names.has('ALL') || ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'].every((name) => names.has(name))
  );
}

/**
 * What the kernel itself says of the container's first process: control group limits, capabilities, seccomp, user. Returns
 * undefined when that process cannot be seen from here (an engine in a virtual machine of its own).
 */
export function kernelMismatches(
  limits: WorkloadLimits,
  containerId: string,
  pid: number,
  readText: ReadText,
): readonly string[] | undefined {
  const groups = parseCgroupPaths(readText(`/proc/${pid}/cgroup`) ?? '');
  const status = readText(`/proc/${pid}/status`);
  if (status === undefined || ![...groups.values()].some((path) => path.includes(containerId))) return undefined;
  const read = (controller: string, file: string): string | undefined => {
    const path = groups.get(controller);
    return path === undefined ? undefined : readText(`/sys/fs/cgroup/${controller}${path}/${file}`);
  };
  const unified = (file: string): string | undefined => readText(`/sys/fs/cgroup${groups.get('')}/${file}`);
  const hasVersion1 = groups.has('memory');
  const cores = hasVersion1
    ? parseCpuLimit(`${read('cpu', 'cpu.cfs_quota_us')} ${read('cpu', 'cpu.cfs_period_us')}`)
    : parseCpuLimit(unified('cpu.max'));
  const memory = parseMemoryLimit(hasVersion1 ? read('memory', 'memory.limit_in_bytes') : unified('memory.max'));
  const pids = hasVersion1 ? read('pids', 'pids.max') : unified('pids.max');
  const line = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? 'nothing';
  const pageBytes = 64 * 1024; // the largest page size in use; kernels round a limit down to whole pages
  const facts: readonly (readonly [string, boolean, unknown])[] = [
    ['memory', memory !== undefined && Math.abs(memory - limits.memoryBytes) < pageBytes, memory],
    ['cpu', cores !== undefined && Math.abs(cores - limits.cruMilli / 1000) < 0.001, cores],
    ['pids', pids?.trim() === String(limits.pids), pids?.trim()],
    ['capabilities', /^0+$/.test(line('CapBnd')) && /^0+$/.test(line('CapEff')), line('CapBnd')],
    ['no-new-privileges', line('NoNewPrivs') === '1', line('NoNewPrivs')],
    ['seccomp', line('Seccomp') === '2', line('Seccomp')],
    ['user', line('Uid') !== '0', line('Uid')],
  ];
  return facts.filter(([, holds]) => !holds).map(([name, , is]) => `${name}: the kernel has ${is}`);
}
