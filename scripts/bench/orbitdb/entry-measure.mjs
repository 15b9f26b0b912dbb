// OrbitDB's part of the bench `bcdb`: signed appends of entries of one size by one peer, and a second peer, connected over
// libp2p on loopback, that fetches, verifies and joins all of them. One JSON object on standard output.
// Runs where `npm ci` put OrbitDB; arguments: a folder for data, the number of entries, bytes of one entry.

import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { gossipsub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import { tcp } from '@libp2p/tcp';
import { createOrbitDB } from '@orbitdb/core';
import { LevelBlockstore } from 'blockstore-level';
import { createHelia } from 'helia';
import { createLibp2p } from 'libp2p';

const [folder = '.', count = '500', bytes = '277', timeoutMs = '120000'] = process.argv.slice(2);

/** A peer as OrbitDB's documentation sets one up, with its blocks on disk. */
async function openPeer(name) {
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) },
  });
  const blockstore = new LevelBlockstore(join(directory, 'blocks'));
  await blockstore.open();
  const ipfs = await createHelia({ libp2p, blockstore });
  const orbitdb = await createOrbitDB({ ipfs, id: name, directory: join(directory, 'orbitdb') });
  return {
    libp2p,
    orbitdb,
    async close() {
      await orbitdb.stop();
      await ipfs.stop();
      await blockstore.close();
    },
  };
}

function sizeOf(path) {
  const stat = statSync(path);
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : stat.size;
}

async function countOf(db) {
  let found = 0;
  for await (const _entry of db.iterator({ amount: Number(count) + 1 })) found += 1;
  return found;
}

const writer = await openPeer('writer');
const db = await writer.orbitdb.open('bench', { type: 'events' });
const entry = (index) => String(index).padEnd(Number(bytes), 'x');
let start = performance.now();
for (let index = 0; index < Number(count); index++) await db.add(entry(index));
const appendMs = performance.now() - start;

const reader = await openPeer('reader');
await reader.libp2p.dial(writer.libp2p.getMultiaddrs());
start = performance.now();
const copy = await reader.orbitdb.open(db.address);
let replicated = 0;
// Its heads come when the peers have found each other; the entries before them are fetched and verified one by one.
const { promise: joined, resolve } = Promise.withResolvers();
copy.events.on('update', resolve);
const late = setTimeout(resolve, Number(timeoutMs));
await joined;
clearTimeout(late);
while (replicated < Number(count) && performance.now() - start < Number(timeoutMs)) {
  replicated = await countOf(copy);
  if (replicated < Number(count)) await new Promise((again) => setTimeout(again, 20));
}
const replicateMs = performance.now() - start;
await copy.close();
await db.close();
await reader.close();
await writer.close();
console.log(
  JSON.stringify({
    count: Number(count),
    appendMs,
    replicated,
    replicateMs,
    diskBytes: sizeOf(join(folder, 'writer')),
  }),
);
process.exit(0);
