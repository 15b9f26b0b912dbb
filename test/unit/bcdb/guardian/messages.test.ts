// What guardians say comes back as it was; anything else is skipped, and never throws.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, type Message, recordsMessage } from '../../../../bcdb/guardian/messages.ts';
import { decodePeerMessage, encodePeerMessage, mostPeerBytes } from '../../../../bcdb/guardian/peer-messages.ts';
import { encode } from '../../../../core/cbor.ts';

const bytes = (least: number, most = least) => fc.uint8Array({ minLength: least, maxLength: most });
const list = fc.array(bytes(0, 40), { minLength: 1, maxLength: 6 });
const messageOf: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('records' as const), records: list }),
  fc.record({ kind: fc.constant('tick' as const), signed: bytes(0, 300) }),
  fc.record({ kind: fc.constant('prepare' as const), signed: bytes(0, 300), headerBytes: bytes(0, 300) }),
  fc.record({
    kind: fc.constant('commit' as const),
    headerBytes: bytes(0, 300),
    guardian: bytes(32),
    signature: bytes(64),
  }),
  fc.record({
    kind: fc.constant('begin' as const),
    epochRecord: bytes(0, 300),
    obliged: fc.option(fc.record({ headerBytes: bytes(0, 300), records: list })),
  }),
  fc.record({ kind: fc.constant('hello' as const), guardian: bytes(32), nonce: bytes(16) }),
);

describe('messages of the stream', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(messageOf, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      }),
    );
  });

  test.each([
    ['what is no CBOR', new Uint8Array([255, 0, 1])],
    ['nothing', new Uint8Array(0)],
    ['a map', encode({ kind: 'tick' })],
    ['an unknown kind', encode(['later', 1])],
    ['a kind of every object', encode(['toString'])],
    ['an item too many', encode(['tick', new Uint8Array(3), 1])],
    ['no records', encode(['records', []])],
    [
      'too many records',
      encode(['records', Array.from({ length: recordsMessage.mostRecords + 1 }, () => new Uint8Array(1))]),
    ],
    ['too many bytes of records', encode(['records', [new Uint8Array(recordsMessage.mostBytes + 1)]])],
    ['a tick that is too large', encode(['tick', new Uint8Array(5000)])],
    ['a short key', encode(['hello', new Uint8Array(31), new Uint8Array(16)])],
    [
      'a whole block that is too large',
      encode(['begin', new Uint8Array(3), [new Uint8Array(3), [new Uint8Array(6_000_000)]]]),
    ],
  ])('%s is no message', (_, message) => {
    expect(decodeMessage(message)).toBeUndefined();
  });

  test('no bytes make it throw', () => {
    fc.assert(fc.property(bytes(0, 200), (junk) => void decodeMessage(junk)));
  });
});

describe('what guardians tell each other', () => {
  test('comes back as it was', () => {
    const status = { epoch: 1, moved: 2, height: -1, isStalled: true };
    for (const message of [
      { kind: 'status', status } as const,
      { kind: 'moves', moves: [new Uint8Array(9)] } as const,
    ]) {
      expect(decodePeerMessage(encodePeerMessage(message))).toEqual(message);
    }
  });

  test.each([
    ['an unknown kind', encode({ kind: 'later' })],
    [
      'a status of another shape',
      encode({ kind: 'status', status: { epoch: -1, moved: 0, height: 0, isStalled: true } }),
    ],
    ['too many moves', encode({ kind: 'moves', moves: Array.from({ length: 15 }, () => new Uint8Array(1)) })],
    ['too many bytes', encode({ kind: 'moves', moves: [new Uint8Array(mostPeerBytes)] })],
    ['junk', new Uint8Array([1, 2, 3])],
  ])('%s says nothing', (_, message) => {
    expect(decodePeerMessage(message)).toBeUndefined();
  });
});
