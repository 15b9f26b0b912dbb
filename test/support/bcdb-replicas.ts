// Real replicas for tests: each with its store worker, its net process and a folder of its own, all ended together.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openReplica } from '../../bcdb/replica.ts';
import type { Replica, ReplicaOptions } from '../../bcdb/replica-api.ts';
import type { AppError } from '../../core/errors.ts';
import { type Founding, seedOf } from './bcdb-grid.ts';

/** Waits until `isTrue`, or fails naming what it waited for. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(20);
  }
}

export type TestGrid = {
  readonly errors: AppError[];
  folder(name: string): string;
  /** Opens the guardian: creates the grid the first time, opens it again later. */
  guardian(start?: ReplicaOptions['start'], options?: Pick<ReplicaOptions, 'scrubPauseMs'>): Promise<Replica>;
  /** `seed`: of a guardian that joins. */
  member(
    name: string,
    start: ReplicaOptions['start'],
    options?: Pick<ReplicaOptions, 'guardianSeed' | 'keeps' | 'scrubPauseMs'>,
  ): Promise<Replica>;
  end(): Promise<void>;
};

/** A grid of real replicas in a folder of its own. */
export async function createTestGrid(founding: Founding): Promise<TestGrid> {
  const root = await mkdtemp(join(tmpdir(), 'bcdb-'));
  const open = new Set<Replica>();
  const errors: AppError[] = [];
  async function start(
    name: string,
    options: Pick<ReplicaOptions, 'start' | 'guardianSeed' | 'keeps' | 'scrubPauseMs'>,
  ): Promise<Replica> {
    const replica = await openReplica({
      folder: join(root, name),
      netSeed: seedOf(`net of ${name} in ${root}`),
      onError: (error) => errors.push(error),
      ...options,
    });
    open.add(replica);
    return replica;
  }
  return {
    errors,
    folder: (name) => join(root, name),
    guardian: (how = { how: 'create', genesis: founding.genesis }, options = {}) =>
      start('guardian', { start: how, guardianSeed: Uint8Array.from(founding.guardian.seed), ...options }),
    member: (name, how, options) => start(name, { start: how, ...options }),
    async end() {
      await Promise.allSettled([...open].map((replica) => replica.close()));
      await rm(root, { recursive: true, force: true });
    },
  };
}
