// Capacity: the parsers on the kernel's own words, the arithmetic of what is offered, and this very machine.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  parseCgroupPaths,
  parseCpuLimit,
  parseMemoryLimit,
  readOwnLimits,
} from '../../../node-agent/capacity/cgroup-limits.ts';
import { isMemoryBacked, judgeDiskKind, mountOf, rotationalFlag } from '../../../node-agent/capacity/disk-kind.ts';
import { measureMachine, measureNode } from '../../../node-agent/capacity/measure.ts';
import { hostMemoryBytes, offeredCapacity } from '../../../node-agent/capacity/offer.ts';

const gib = 2 ** 30;
const from = (files: Record<string, string>) => (path: string) => files[path];

test('control group paths are read for version 1, 2 and joined controllers', () => {
  const paths = parseCgroupPaths(
    '9:name=systemd:/\n4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/user.slice/a:b\n',
  );
  expect([paths.get('memory'), paths.get('cpu'), paths.get('cpuacct'), paths.get('')]).toEqual([
    '/docker/abc',
    '/docker/abc',
    '/docker/abc',
    '/user.slice/a:b',
  ]);
});

test('a limit file says a number, or in its own way that there is none', () => {
  expect(parseMemoryLimit('268435456\n')).toBe(268435456);
  expect(parseMemoryLimit('max\n')).toBeUndefined();
  expect(parseMemoryLimit('9223372036854771712\n')).toBeUndefined();
  expect(parseMemoryLimit('')).toBeUndefined();
  expect(parseMemoryLimit(undefined)).toBeUndefined();
  expect(parseCpuLimit('150000 100000\n')).toBe(1.5);
  expect(parseCpuLimit('max 100000\n')).toBeUndefined();
  expect(parseCpuLimit('-1\n 100000\n')).toBeUndefined();
});

test('the tightest limit on the way up to the root counts, in version 2 and in version 1', () => {
  const version2 = from({
    '/proc/self/cgroup': '0::/a/b\n',
    '/sys/fs/cgroup/a/b/memory.max': 'max\n',
    '/sys/fs/cgroup/a/memory.max': `${4 * gib}\n`,
    '/sys/fs/cgroup/a/b/cpu.max': '250000 100000\n',
    '/sys/fs/cgroup/a/cpu.max': '400000 100000\n',
  });
  expect(readOwnLimits(version2)).toEqual({ memoryBytes: 4 * gib, cores: 2.5 });
  // A container without its own view: the path is the host's, the files lie at the root.
  const version1 = from({
    '/proc/self/cgroup': '4:memory:/docker/x\n3:cpu:/docker/x\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${gib}\n`,
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  });
  expect(readOwnLimits(version1)).toEqual({ memoryBytes: gib, cores: 0.5 });
  expect(readOwnLimits(() => undefined)).toEqual({ memoryBytes: undefined, cores: undefined });
});

const mountinfo = [
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '30 27 8:17 / /mnt/two\\040words rw - ext4 /dev/sdb1 rw',
  '31 27 0:30 / /tmp rw - tmpfs tmpfs rw',
].join('\n');

test('the mount of a folder is the deepest one that holds it', () => {
  expect(mountOf(mountinfo, '/home/x')?.source).toBe('/dev/vda');
  expect(mountOf(mountinfo, '/mnt/two words/agent')).toEqual({
    mountPoint: '/mnt/two words',
    type: 'ext4',
    source: '/dev/sdb1',
  });
  expect(mountOf(mountinfo, '/tmpfoo')?.mountPoint).toBe('/');
  expect(isMemoryBacked(mountOf(mountinfo, '/tmp/agent'))).toBe(true);
  expect(mountOf('', '/x')).toBeUndefined();
});

test('timings decide the kind of disk, the flag only in between', () => {
  const flags = from({ '/sys/class/block/vda/queue/rotational': '1\n' });
  expect(rotationalFlag(mountOf(mountinfo, '/'), flags)).toBe(true);
  expect(rotationalFlag(mountOf(mountinfo, '/tmp/x'), flags)).toBeUndefined();
  expect([judgeDiskKind(0.2, true), judgeDiskKind(15, false)]).toEqual(['ssd', 'hdd']);
  expect([judgeDiskKind(5, true), judgeDiskKind(5, false), judgeDiskKind(5, undefined)]).toEqual(['hdd', 'ssd', 'hdd']);
});

test('about a tenth of memory stays with the host: at least 2 GiB, but at most a quarter', () => {
  expect([1, 4, 16, 64].map((size) => hostMemoryBytes(size * gib) / gib)).toEqual(
    [0.25, 1, 2, 6.4].map((size) => Math.ceil(size * gib) / gib),
  );
});

test('the offer keeps the host its share and obeys every limit of the farmer', () => {
  const machine = {
    cores: 8,
    memoryBytes: 16 * gib,
    disk: { kind: 'ssd', totalBytes: 500 * gib, availableBytes: 200 * gib },
  } as const;
  expect(offeredCapacity(machine, {})).toEqual({
    cruMilli: 8000,
    mruBytes: 14 * gib,
    sruBytes: 150 * gib,
    hruBytes: 0,
  });
  expect(offeredCapacity(machine, { maxCruMilli: 2500, maxMruBytes: 3 * gib, maxSruBytes: 10 * gib + 5 })).toEqual({
    cruMilli: 2500,
    mruBytes: 3 * gib,
    sruBytes: 10 * gib,
    hruBytes: 0,
  });
  expect(offeredCapacity({ ...machine, disk: { ...machine.disk, kind: 'hdd' } }, {}).hruBytes).toBe(150 * gib);
});

test('a full disk, a silly limit and a tiny machine offer nothing, never less', () => {
  const machine = {
    cores: 1,
    memoryBytes: 0,
    disk: { kind: 'ssd', totalBytes: 100 * gib, availableBytes: 5 * gib },
  } as const;
  expect(offeredCapacity(machine, { maxCruMilli: Number.NaN })).toEqual({
    cruMilli: 0,
    mruBytes: 0,
    sruBytes: 0,
    hruBytes: 0,
  });
  expect(offeredCapacity(machine, { maxCruMilli: -4 }).cruMilli).toBe(0);
});

test('this machine: within what it has, farmer’s limits kept, no trace left', () => {
  const folder = mkdtempSync(join(tmpdir(), 'capacity-'));
  try {
    const machine = measureMachine(folder);
    expect(machine.cores).toBeGreaterThanOrEqual(1);
    expect(machine.cores).toBeLessThanOrEqual(availableParallelism());
    expect(machine.memoryBytes).toBeGreaterThan(2 ** 27);
    expect(machine.memoryBytes).toBeLessThanOrEqual(totalmem());
    expect(machine.disk.availableBytes).toBeLessThanOrEqual(machine.disk.totalBytes);
    const { capacity, features } = measureNode(folder, { maxCruMilli: 1000, maxMruBytes: 64 * 2 ** 20 });
    expect(capacity.cruMilli).toBe(1000);
    expect(capacity.mruBytes).toBe(64 * 2 ** 20);
    expect(features).toContain(`arch:${process.arch}`);
    expect(features).not.toContain('kvm');
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(existsSync(folder)).toBe(false);
});
