// The host's door for what its net process says: the good passes, everything else is refused.
import { describe, expect, test } from 'vitest';
import { type NetToHost, parseFromNet } from '../../../bcdb/net/protocol.ts';

const key = new Uint8Array(32);
const good = [
  { type: 'started', netKey: key, feedKey: null, length: 0 },
  { type: 'state', offline: 'no-network' },
  { type: 'published', id: 1, code: 'net/gap', length: 3 },
  { type: 'block', generation: 1, height: 0, block: new Uint8Array(3), feedKey: key },
  { type: 'answered', id: 1, code: null, body: new Uint8Array(0) },
  { type: 'asked', id: 1, peer: key, method: 'submit', body: new Uint8Array(0) },
  { type: 'peers', peers: [{ key, since: 1, direction: 'in', rttMs: 0 }] },
  { type: 'log', line: 'a line' },
  { type: 'pong' },
] satisfies NetToHost[];

describe('parseFromNet', () => {
  test.each(good)('lets $type pass as it is', (message) => {
    expect(parseFromNet(message)).toBe(message);
  });

  test.each(good)('refuses $type with any field missing or of another type', (message) => {
    for (const field of Object.keys(message).filter((name) => name !== 'type')) {
      const { [field]: _, ...rest } = message as Record<string, unknown>;
      expect(parseFromNet(rest), `without ${field}`).toBeUndefined();
      const shortKey = field === 'body' || field === 'block' ? [] : [new Uint8Array(31)];
      for (const wrong of [undefined, -1, 1.5, 'x'.repeat(1000), {}, [1], ...shortKey]) {
        expect(parseFromNet({ ...message, [field]: wrong }), `${field} ${wrong}`).toBeUndefined();
      }
    }
  });

  test.each([undefined, null, 7, 'pong', [], {}, { type: 'toString' }, { type: '__proto__' }, { type: 'start' }])(
    'refuses %j',
    (message) => {
      expect(parseFromNet(message)).toBeUndefined();
    },
  );
});
