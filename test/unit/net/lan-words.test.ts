// What members say on the local network: understood by members, worthless to everyone else, and never believed from afar.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAnnouncement, encodeAnnouncement, isNear, serviceName } from '../../../bcdb/net/lan-words.ts';

const bytes = (fill: number, length = 32): Uint8Array => new Uint8Array(length).fill(fill);
const [topic, otherTopic, key] = [bytes(1), bytes(2), bytes(3)];
const said = encodeAnnouncement(topic, { key, port: 49_737 }, bytes(9, 16));

describe('an announcement', () => {
  test('tells who knows the topic the key and the port', () => {
    expect(decodeAnnouncement(topic, said)).toEqual({ key, port: 49_737 });
  });

  test('tells nobody else: another topic reads nothing, and the key does not stand in it', () => {
    expect(decodeAnnouncement(otherTopic, said)).toBeUndefined();
    expect(Buffer.from(said).includes(Buffer.from(key))).toBe(false);
    expect(said).not.toEqual(encodeAnnouncement(topic, { key, port: 49_737 }, bytes(8, 16)));
  });

  test('with any byte changed, cut, longer, or without a port is none', () => {
    for (let at = 0; at < said.length; at++) {
      expect(decodeAnnouncement(topic, said.with(at, (said[at] ?? 0) ^ 1))).toBeUndefined();
    }
    expect(decodeAnnouncement(topic, said.subarray(1))).toBeUndefined();
    expect(decodeAnnouncement(topic, Buffer.concat([said, Buffer.of(0)]))).toBeUndefined();
    expect(decodeAnnouncement(topic, encodeAnnouncement(topic, { key, port: 0 }, bytes(9, 16)))).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => decodeAnnouncement(topic, any) === undefined));
  });

  test('stands under a name of its topic that leads nowhere', () => {
    expect(serviceName(topic)).toMatch(/^[0-9a-f]{32}\._3bot\._udp\.local$/);
    expect(serviceName(topic)).not.toBe(serviceName(otherTopic));
    expect(serviceName(topic)).not.toContain('0101');
  });
});

test('an address is near when it is on the network of one of our interfaces, and nothing else is', () => {
  const interfaces = [
    { address: '192.168.7.20', netmask: '255.255.255.0' },
    { address: '10.1.2.3', netmask: '255.255.0.0' },
    { address: '127.0.0.1', netmask: '255.0.0.0' },
  ];
  const near = ['192.168.7.1', '10.1.255.255', '127.8.8.8'];
  const far = ['192.168.8.1', '10.2.0.1', '8.8.8.8', '192.168.7', '192.168.7.256', '::1', 'localhost', ''];
  expect(near.map((address) => isNear(address, interfaces))).toEqual([true, true, true]);
  expect(far.filter((address) => isNear(address, interfaces))).toEqual([]);
});
