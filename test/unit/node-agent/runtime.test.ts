// The pure parts of the container runtime: what is asked of the engine, and every way in which a mismatch is found.
import type { ContainerInspectInfo } from 'dockerode';
import { expect, test } from 'vitest';
import { containerOptions, engineMismatches, kernelMismatches } from '../../../node-agent/runtime/container-spec.ts';
import { usualSockets } from '../../../node-agent/runtime/engine.ts';
import { installCommand } from '../../../node-agent/runtime/install-hint.ts';
import { joinLogFrames } from '../../../node-agent/runtime/log-frames.ts';
import { podmanArguments } from '../../../node-agent/runtime/podman-arguments.ts';
import type { WorkloadRequest } from '../../../node-agent/runtime/runtime.ts';

const mib = 2 ** 20;
const request: WorkloadRequest = {
  key: { contract: 'c0'.repeat(32), workload: 'web' },
  specHash: 'ab',
  imageId: `sha256:${'1'.repeat(64)}`,
  env: { GREETING: 'hi', CONTRACT_ID: 'a lie' },
  limits: { cruMilli: 500, memoryBytes: 256 * mib, pids: 64, tmpBytes: 16 * mib },
};
const options = containerOptions(request, { name: 'x', socketFolder: '/s', labels: {} });

/** What docker answers when it took everything. */
const held = (change: object = {}): ContainerInspectInfo =>
  ({
    Image: request.imageId,
    Config: { User: '65532:65532' },
    HostConfig: { ...options.HostConfig, PortBindings: {}, CapAdd: null, ...change },
  }) as unknown as ContainerInspectInfo;

test('a container has no network, no capability, no root, and the node’s own names win over the contract’s', () => {
  expect(options.HostConfig).toMatchObject({
    NetworkMode: 'none',
    CapDrop: ['ALL'],
    ReadonlyRootfs: true,
    Memory: 256 * mib,
    MemorySwap: 256 * mib,
    NanoCpus: 500_000_000,
    PidsLimit: 64,
  });
  expect(options.User).toBe('65532:65532');
  expect(options.Env).toContain(`CONTRACT_ID=${request.key.contract}`);
  expect(options.Env).not.toContain('CONTRACT_ID=a lie');
});

test('an engine that took everything has no mismatch, docker’s way and podman’s', () => {
  expect(engineMismatches(options, held())).toEqual([]);
  const podman = { CapDrop: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID', 'MKNOD'], CapAdd: [] };
  expect(engineMismatches(options, held(podman))).toEqual([]);
});

test.each([
  ['memory', { Memory: 0 }],
  ['swap', { MemorySwap: -1 }],
  ['cpu', { NanoCpus: 0, CpuQuota: 0 }],
  ['pids', { PidsLimit: 0 }],
  ['read-only root', { ReadonlyRootfs: false }],
  ['network', { NetworkMode: 'bridge' }],
  ['privileged', { Privileged: true }],
  ['added capabilities', { CapAdd: ['SYS_ADMIN'] }],
  ['dropped capabilities', { CapDrop: ['CHOWN'] }],
  ['no-new-privileges', { SecurityOpt: [] }],
  ['unconfined', { SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }],
  ['published ports', { PortBindings: { '80/tcp': [{ HostPort: '80' }] } }],
])('an engine that ignored %s is found out', (name, change) => {
  expect(engineMismatches(options, held(change)).map((line) => line.split(':')[0])).toEqual([name]);
});

test('an image that brings volumes of its own is found out: they would be disk without a limit', () => {
  const bind = {
    Type: 'bind' as const,
    Source: '/s',
    Destination: '/run/workload',
    Mode: '',
    RW: true,
    Propagation: '',
  };
  const volume = { ...bind, Type: 'volume' as const, Source: '/var/lib/volumes/x', Destination: '/data' };
  const mounted = (...Mounts: ContainerInspectInfo['Mounts']): ContainerInspectInfo => ({ ...held(), Mounts });
  expect(engineMismatches(options, mounted(bind))).toEqual([]);
  expect(engineMismatches(options, mounted(bind, volume))).toEqual(['volumes: asked 0, got 1']);
});

const id = 'f'.repeat(64);
const kernel = (change: Record<string, string> = {}) => {
  const files: Record<string, string> = {
    '/proc/7/cgroup': `0::/machine/libpod-${id}\n`,
    '/proc/7/status':
      'Uid:\t65532\t65532\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n',
    [`/sys/fs/cgroup/machine/libpod-${id}/memory.max`]: `${256 * mib}\n`,
    [`/sys/fs/cgroup/machine/libpod-${id}/cpu.max`]: '50000 100000\n',
    [`/sys/fs/cgroup/machine/libpod-${id}/pids.max`]: '64\n',
    ...change,
  };
  return kernelMismatches(request.limits, id, 7, (path) => files[path]);
};

test('the kernel’s words are believed over the engine’s', () => {
  expect(kernel()).toEqual([]);
  expect(kernel({ [`/sys/fs/cgroup/machine/libpod-${id}/memory.max`]: 'max\n' })).toHaveLength(1);
  expect(kernel({ [`/sys/fs/cgroup/machine/libpod-${id}/cpu.max`]: 'max 100000\n' })).toHaveLength(1);
  expect(kernel({ '/proc/7/status': 'Uid:\t0\nCapEff:\tff\nCapBnd:\tff\nNoNewPrivs:\t0\nSeccomp:\t0\n' })).toHaveLength(
    4,
  );
});

test('a process that is not this container’s proves nothing', () => {
  expect(kernel({ '/proc/7/cgroup': '0::/user.slice\n' })).toBeUndefined();
});

test('podman is called plainly on a modern machine and with runc and cgroupfs on others', () => {
  const places = { folder: '/f', runFolder: '/f/run', socketPath: '/f/api.sock' };
  const modern = podmanArguments(places, '/usr/sbin/runc', { hasSystemd: true, hasCgroup2: true });
  expect(modern).not.toContain('--runtime');
  expect(modern).not.toContain('--cgroup-manager');
  const old = podmanArguments(places, '/usr/sbin/runc', { hasSystemd: false, hasCgroup2: false }).join(' ');
  expect(old).toContain(
    '--cgroup-manager cgroupfs --runtime /usr/sbin/runc system service --time=0 unix:///f/api.sock',
  );
  expect(old).not.toContain('tcp://');
});

test('the install command is that of the system, or of the one it is like', () => {
  expect(installCommand('ID=debian\n', 'linux')).toMatch(/^sudo apt-get install .*podman runc/);
  expect(installCommand('NAME="Rocky"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', 'linux')).toBe(
    'sudo dnf install podman',
  );
  expect(installCommand('', 'linux')).toContain('podman');
  expect(installCommand('', 'darwin')).toContain('brew install podman');
});

test('only unix sockets are ever looked at', () => {
  const sockets = usualSockets({ DOCKER_HOST: 'tcp://10.0.0.1:2375', XDG_RUNTIME_DIR: '/run/user/1000' });
  expect(sockets).toContain('/run/user/1000/podman/podman.sock');
  expect(sockets.every((path) => path.startsWith('/'))).toBe(true);
});

test('log frames are joined; a cut last one is taken as far as it goes', () => {
  const frame = (stream: number, text: string) =>
    Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length, ...Buffer.from(text)]);
  const bytes = Buffer.concat([frame(1, 'one\n'), frame(2, 'two\n')]);
  expect(joinLogFrames(bytes)).toBe('one\ntwo\n');
  expect(joinLogFrames(bytes.subarray(0, -2))).toBe('one\ntw');
  expect(joinLogFrames(new Uint8Array())).toBe('');
});
