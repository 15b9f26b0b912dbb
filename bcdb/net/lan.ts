/**
 * Finds members of the same grid on the local network, without any server or internet, by multicast DNS (RFC 6762): one
 * socket for each interface. Whatever comes is a stranger's: looked at only when it is small, names our service, comes
 * from our own network, and not too often.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import multicastDns, { type MulticastDNS, type QueryPacket, type ResponsePacket } from 'multicast-dns';
import { decodeAnnouncement, encodeAnnouncement, isNear, serviceName } from './lan-words.ts';
import { createRateLimiter } from './rate-limit.ts';

/** A member of the grid, and where it was heard from. */
export type Neighbour = { readonly key: Uint8Array; readonly host: string; readonly port: number };

export type LanOptions = {
  readonly topic: Uint8Array;
  readonly netKey: Uint8Array;
  /** The UDP port of our node. */
  readonly port: number;
  readonly onNeighbour: (neighbour: Neighbour) => void;
  readonly log: (line: string) => void;
};

export type Lan = {
  /** Asks now: after a change of network, or waking up. */
  ask(): void;
  close(): void;
};

const multicast = { port: 5353, timeToLiveSeconds: 120 } as const;
/** Asked soon again at first, for whoever starts at the same moment, then so often. */
const firstPausesMs = [500, 1500, 4000] as const;
const askEveryMs = 20_000;
/** An answer goes to everybody, so one a second is enough (RFC 6762, 6). */
const answerEveryMs = 1000;
const maxPacketBytes = 1500;
const maxInterfaces = 8;
/** Packets that name our service, from one address and from all together: above it they are not looked at. */
const perSender = { perSecond: 5, burst: 20 } as const;
const inAll = { perSecond: 50, burst: 100 } as const;

type Interface = { readonly address: string; readonly netmask: string };
type Ear = { readonly mdns: MulticastDNS; answeredMs: number };

const interfacesNow = (): readonly Interface[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses.filter(({ family }) => family === 'IPv4'))
    .slice(0, maxInterfaces);

/** Starts asking and answering. An interface that cannot be used is passed over: the network may have others. */
export function openLan(options: LanOptions): Lan {
  const { topic, netKey, port, onNeighbour, log } = options;
  const name = serviceName(topic);
  const label = Buffer.from(name.slice(0, name.indexOf('.')), 'latin1');
  const ears = new Map<string, Ear>();
  const spend = createRateLimiter(perSender);
  const spendInAll = createRateLimiter(inAll);
  let interfaces: readonly Interface[] = [];
  let timer: NodeJS.Timeout | undefined;
  let asked = 0;

  function isWorthReading(packet: Buffer, { address }: RemoteInfo): boolean {
    if (packet.length > maxPacketBytes || !packet.includes(label) || !isNear(address, interfaces)) return false;
    const nowMs = performance.now();
    return spend(address, 1, nowMs) === 'pass' && spendInAll('all', 1, nowMs) === 'pass';
  }

  /** A socket that shows its reader only what is worth reading: nothing else is even parsed. */
  function guardedSocket(): Socket {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    const emit = socket.emit.bind(socket);
    socket.emit = (event: string, ...values: unknown[]): boolean =>
      event === 'message' && !isWorthReading(values[0] as Buffer, values[1] as RemoteInfo)
        ? false
        : emit(event as 'message', ...(values as [Buffer, RemoteInfo]));
    return socket;
  }

  const announcement = () => ({
    name,
    type: 'TXT' as const,
    ttl: multicast.timeToLiveSeconds,
    data: Buffer.from(encodeAnnouncement(topic, { key: netKey, port }, randomBytes(16))),
  });

  function hear(packet: QueryPacket | ResponsePacket, { address }: RemoteInfo): void {
    for (const record of [...(packet.answers ?? []), ...(packet.additionals ?? [])].slice(0, 4)) {
      if (record.type !== 'TXT' || record.name !== name) continue;
      const [text] = [record.data].flat();
      const heard = text instanceof Uint8Array ? decodeAnnouncement(topic, text) : undefined;
      if (heard === undefined || Buffer.compare(heard.key, netKey) === 0) continue;
      onNeighbour({ ...heard, host: address });
    }
  }

  function listen(address: string): Ear {
    const mdns = multicastDns({ socket: guardedSocket(), interface: address, bind: '0.0.0.0', port: multicast.port });
    const ear: Ear = { mdns, answeredMs: Number.NEGATIVE_INFINITY };
    const lose = (error: unknown): void => {
      log(`local network ${address}: ${String(error)}`);
      if (ears.get(address) === ear) ears.delete(address);
      mdns.destroy();
    };
    mdns.on('error', lose);
    mdns.on('warning', () => undefined);
    mdns.on('response', (packet, from) => hear(packet, from));
    mdns.on('query', (packet, from) => {
      hear(packet, from);
      const isAsked = (packet.questions ?? []).some((question) => question.name === name);
      if (!isAsked || performance.now() - ear.answeredMs < answerEveryMs) return;
      ear.answeredMs = performance.now();
      mdns.respond([announcement()]);
    });
    return ear;
  }

  /** Interfaces come and go with cables and sleep. */
  function look(): void {
    interfaces = interfacesNow();
    const present = new Set(interfaces.map(({ address }) => address));
    for (const [address, { mdns }] of ears) {
      if (present.has(address)) continue;
      ears.delete(address);
      mdns.destroy();
    }
    for (const address of present) if (!ears.has(address)) ears.set(address, listen(address));
  }

  function ask(): void {
    clearTimeout(timer);
    look();
    for (const { mdns } of ears.values()) {
      mdns.query({ questions: [{ name, type: 'TXT' }], additionals: [announcement()] });
    }
    timer = setTimeout(ask, firstPausesMs[asked++] ?? askEveryMs);
  }

  ask();
  return {
    ask() {
      asked = 0;
      ask();
    },
    close() {
      clearTimeout(timer);
      for (const { mdns } of ears.values()) mdns.destroy();
      ears.clear();
    },
  };
}
