/** What our nats-server reads: configuration, certificate, key, trust. One folder, its owner's alone; written whole. */
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { SequencerPeers } from '../guardian/sequencer-api.ts';
import { type LeafRequest, pem, rootCertificate } from './certificates.ts';
import { type FoundServer, isAtLeast } from './find-server.ts';
import { joinRoute, type ServerConfig, serverConfigText, splitRoute } from './server-config.ts';

/** A guardian's word for a TLS key, DER (`leafCertificate` with its seed, which stays where it is). */
export type Certify = (request: LeafRequest) => Promise<Uint8Array>;

export type ServerFiles = {
  readonly folder: string;
  /** Path of the configuration: what the program is started with. */
  readonly config: string;
  /** Makes the folder, and removes the stores of epochs before the last. Answers how many bytes a stream may take here. */
  prepare(epoch: number): Promise<number>;
  /** Writes all of it; with a fresh TLS key certified for the guardian's own seat. */
  write(options: {
    readonly epoch: number;
    readonly peers: SequencerPeers;
    readonly users: ServerConfig['users'];
    readonly streamBytes: number;
    readonly version: FoundServer['version'];
  }): Promise<void>;
};

const dayMs = 24 * 3600 * 1000;
/** Clocks of guardians may differ; a certificate is made anew at each start and each change. */
const leafBeforeMs = 2 * dayMs;
export const leafAfterMs = 180 * dayMs;
const mebibyte = 1024 * 1024;

/** Most bytes that a stream takes: a quarter of what is free, within reason. */
async function streamBytesIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor(Math.min(Math.max((bavail * bsize) / 4, 64 * mebibyte), 2048 * mebibyte));
}

/** The place of a guardian among its peers. Throws `guardian/bad-statement` when it has none. */
export function seatOf(guardian: PublicKey, { guardians, seats }: SequencerPeers): { readonly route: string } {
  const hex = toHex(guardian);
  const seat = seats[guardians.findIndex((key) => toHex(key) === hex)];
  if (seat === undefined) throw new AppError('guardian/bad-statement', `${hex} has no seat`);
  return seat;
}

/** An address of this machine is bound; for a name, or an address that a router translates, all of them. */
function listenHost(host: string): string {
  const own = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
  if (host === 'localhost') return '127.0.0.1';
  const isOwn = own.includes(host) || host.startsWith('127.');
  return isIP(host) > 0 && isOwn ? host : '0.0.0.0';
}

export function serverFiles(options: {
  readonly folder: string;
  readonly grid: Uint8Array;
  readonly guardian: PublicKey;
  readonly certify: Certify;
  readonly now: () => number;
}): ServerFiles {
  const { folder, grid, guardian, certify, now } = options;
  const path = (name: string): string => join(folder, name);
  const config = path('server.conf');

  /** Beside and renamed: a server that reads at this moment sees the old or the new, never half. */
  async function put(name: string, content: string): Promise<void> {
    const beside = path(`${name}.new`);
    await writeFile(beside, content, { mode: 0o600 });
    await chmod(beside, 0o600);
    await rename(beside, path(name));
  }

  return {
    folder,
    config,
    async prepare(epoch) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      for (const name of await readdir(folder)) {
        const of = /^epoch-(\d+)$/.exec(name)?.[1];
        if (of !== undefined && Number(of) < epoch - 1) await rm(path(name), { recursive: true, force: true });
      }
      return streamBytesIn(folder);
    },
    async write({ epoch, peers, users, version, streamBytes }) {
      const seat = seatOf(guardian, peers);
      const { host, port } = splitRoute(seat.route);
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      const key = new Uint8Array(Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url'));
      const nowMs = now();
      const leaf = await certify({ key, host, fromMs: nowMs - leafBeforeMs, untilMs: nowMs + leafAfterMs });
      await put('route.key', String(privateKey.export({ format: 'pem', type: 'pkcs8' })));
      await put('route.pem', pem(leaf));
      await put('guardians.pem', peers.guardians.map((each) => pem(rootCertificate(each))).join(''));
      const others = peers.seats.filter((each) => each !== seat).map(({ route }) => splitRoute(route));
      const text = serverConfigText({
        name: toHex(guardian),
        cluster: `bcdb-${toHex(grid).slice(0, 32)}-${epoch}`,
        paths: { store: path(`epoch-${epoch}`), pid: path('server.pid'), ports: folder },
        tls: { certificate: path('route.pem'), key: path('route.key'), authorities: path('guardians.pem') },
        users,
        // Servers reserve what a stream may take; a guardian with more room may have made it.
        storeBytes: 2 * streamBytes,
        canSyncAlways: isAtLeast(version, [2, 10, 0]),
        routes:
          others.length === 0
            ? undefined
            : {
                listen: joinRoute(listenHost(host), port),
                advertise: joinRoute(host, port),
                others: others.map((each) => joinRoute(each.host, each.port)),
              },
      });
      await put('server.conf', text);
    },
  };
}
