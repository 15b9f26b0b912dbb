// A stranger on the local network, for the tests: floods it with multicast DNS. Arguments: topic (hex), how, for how long (ms).
// `noise`: bytes of any kind. `name`: packets for the grid's service name, as anybody can overhear it. `member`: announcements
// by somebody who knows the grid, each with another key. Prints how many it sent.

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import multicastDns from 'multicast-dns';
import { encodeAnnouncement, serviceName } from '../../bcdb/net/lan-words.ts';

const [topicHex = '', how = 'noise', lasts = '1000'] = process.argv.slice(2);
const topic = new Uint8Array(Buffer.from(topicHex, 'hex'));
const own = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
if (own === undefined) throw new Error('no network');

const socket = createSocket({ type: 'udp4', reuseAddr: true });
socket.bind(5353, '0.0.0.0');
await once(socket, 'listening');
socket.setMulticastInterface(own);
const mdns = multicastDns({ socket, interface: own, bind: false });

const name = serviceName(topic);
const label = Buffer.from(name.slice(0, 32), 'latin1');
let sent = 0;

const text = (): Buffer =>
  how === 'member'
    ? Buffer.from(encodeAnnouncement(topic, { key: randomBytes(32), port: 9 }, randomBytes(16)))
    : randomBytes(66);

/** Whole packets of DNS, cut ones, and pointers that lead in circles. */
function one(): void {
  sent += 1;
  if (how === 'noise') socket.send(randomBytes(1 + (sent % 1400)), 5353, '224.0.0.251');
  else if (how === 'name' && sent % 2 === 0) {
    const header = Buffer.from([0, 0, 132, 0, 0, 0, 0, sent % 256, 0, 0, 0, 0, 192, 12, 32]);
    socket.send(Buffer.concat([header, label, randomBytes(sent % 300)]), 5353, '224.0.0.251');
  } else mdns.respond([{ name, type: 'TXT', ttl: 120, data: text() }]);
}

const end = Date.now() + Number(lasts);
while (Date.now() < end) {
  for (let index = 0; index < 50; index++) one();
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write(`sent ${sent}\n`);
process.exit(0);
