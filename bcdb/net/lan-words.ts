/**
 * What members of one grid say to each other by multicast DNS (RFC 6762), on a name that only says "3bot" and a hash. An
 * announcement is good only from somebody who knows the grid's topic, and nobody else reads a key in it. Pure.
 */
import { concatBytes, equalBytes, sha256, toHex } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';

/** A member who was heard nearby: its Noise key, and the UDP port of its node. */
export type Announcement = { readonly key: Uint8Array; readonly port: number };

const bytes = { salt: 16, port: 2, key: 32, tag: 16 } as const;
const length = bytes.salt + bytes.port + bytes.key + bytes.tag;

const derive = (say: string, fields: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  sha256(encode({ say, v: 1, ...fields }));

/** The name that members ask for: 16 bytes of a hash of the topic, so that it leads neither to the topic nor to the grid. */
export const serviceName = (topic: Uint8Array): string =>
  `${toHex(derive('3bot/lan-name', { topic }).subarray(0, 16))}._3bot._udp.local`;

const maskOf = (topic: Uint8Array, salt: Uint8Array): Uint8Array => derive('3bot/lan-key', { topic, salt });
const masked = (key: Uint8Array, mask: Uint8Array): Uint8Array => key.map((byte, index) => byte ^ (mask[index] ?? 0));
const tagOf = (topic: Uint8Array, said: Uint8Array): Uint8Array =>
  derive('3bot/lan-tag', { topic, said }).subarray(0, bytes.tag);

/** `salt`: 16 random bytes: salt, port, masked key, and a tag over all of them that needs the topic. */
export function encodeAnnouncement(topic: Uint8Array, { key, port }: Announcement, salt: Uint8Array): Uint8Array {
  const said = concatBytes(salt, Uint8Array.of(port >> 8, port & 0xff), masked(key, maskOf(topic, salt)));
  return concatBytes(said, tagOf(topic, said));
}

/** Undefined for whatever a member of this grid did not say. */
export function decodeAnnouncement(topic: Uint8Array, text: Uint8Array): Announcement | undefined {
  if (text.length !== length) return undefined;
  const said = text.subarray(0, length - bytes.tag);
  if (!equalBytes(text.subarray(length - bytes.tag), tagOf(topic, said))) return undefined;
  const salt = said.slice(0, bytes.salt);
  const port = ((said[bytes.salt] ?? 0) << 8) | (said[bytes.salt + 1] ?? 0);
  return port === 0 ? undefined : { key: masked(said.slice(bytes.salt + bytes.port), maskOf(topic, salt)), port };
}

type Interface = { readonly address: string; readonly netmask: string };

const toNumber = (address: string): number | undefined => {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

/** Whether an IPv4 address is on the network of one of ours: an announcement from elsewhere would send us anywhere. */
export function isNear(address: string, interfaces: readonly Interface[]): boolean {
  const theirs = toNumber(address);
  if (theirs === undefined) return false;
  return interfaces.some(({ address: own, netmask }) => {
    const [ours, mask] = [toNumber(own), toNumber(netmask)];
    if (ours === undefined || mask === undefined) return false;
    const size = 2 ** 32 - mask;
    return Math.floor(ours / size) === Math.floor(theirs / size);
  });
}
