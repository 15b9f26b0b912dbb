// Real sequencers for tests: nats-servers of several guardians on loopback ports, each in a folder of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SequencerPeers } from '../../bcdb/guardian/sequencer-api.ts';
import { leafCertificate } from '../../bcdb/sequencer/certificates.ts';
import {
  createSequencerHost,
  type NatsSequencerHost,
  type SequencerHostOptions,
} from '../../bcdb/sequencer/sequencer-host.ts';
import { type PublicKey, publicKeyOf, sign } from '../../core/keys.ts';
import { freePort } from '../../scripts/lib/free-port.ts';
import { seedOf } from './bcdb-grid.ts';

export type TestGuardian = { readonly seed: Uint8Array; readonly key: PublicKey; readonly port: number };

export type TestSequencers = {
  readonly grid: Uint8Array;
  readonly guardians: readonly TestGuardian[];
  readonly root: string;
  /** Lines of all servers, for a look at what went wrong. */
  readonly lines: string[];
  /** The guardians at these places. */
  peers(...places: readonly number[]): SequencerPeers;
  host(place: number, options?: Partial<SequencerHostOptions>): NatsSequencerHost;
  folder(place: number): string;
  end(): Promise<void>;
};

/** What must be there for a test to go on. */
export function there<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('it is not there');
  return value;
}

export async function createTestSequencers(count: number): Promise<TestSequencers> {
  const root = await mkdtemp(join(tmpdir(), 'sequencer-'));
  const guardians: TestGuardian[] = [];
  for (let place = 0; place < count; place++) {
    const seed = seedOf(`guardian ${place} of ${root}`);
    guardians.push({ seed, key: publicKeyOf(seed), port: await freePort() });
  }
  const hosts = new Set<NatsSequencerHost>();
  const lines: string[] = [];
  const grid = seedOf(root);
  const folder = (place: number): string => join(root, `guardian-${place}`);
  const at = (place: number): TestGuardian => {
    const guardian = guardians[place];
    if (guardian === undefined) throw new RangeError(`no guardian ${place}`);
    return guardian;
  };
  return {
    grid,
    guardians,
    root,
    lines,
    folder,
    peers: (...places) => ({
      guardians: places.map((place) => at(place).key),
      seats: places.map((place) => ({ name: `guardian ${place}`, route: `127.0.0.1:${at(place).port}` })),
    }),
    host(place, options = {}) {
      const { seed, key } = at(place);
      const host = createSequencerHost({
        folder: folder(place),
        grid,
        guardian: key,
        certify: async (request) => leafCertificate(request, key, (bytes) => sign(seed, bytes)),
        pausesMs: [200],
        leaderlessMs: 15_000,
        log: (line) => lines.push(`${place}: ${line}`),
        ...options,
      });
      hosts.add(host);
      return host;
    },
    async end() {
      await Promise.allSettled([...hosts].map((host) => host.close()));
      await rm(root, { recursive: true, force: true });
    },
  };
}
