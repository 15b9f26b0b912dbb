// One connection's questions and answers, with both ends in memory: what is let in, and when the line is cut.
import { EventEmitter } from 'node:events';
import type { NoiseStream } from 'hyperswarm';
import { describe, expect, test } from 'vitest';
import { type Answer, openSession, type SessionOptions } from '../../../bcdb/net/rpc-session.ts';

const methods = new Map([['echo', { requestBytes: 10, answerBytes: 10 }]]);
const MiB = 1024 * 1024;

/** As much of a Noise stream as Protomux uses; what one end writes the other hears in the next turn. */
class MemoryStream extends EventEmitter {
  userData: unknown = null;
  destroyed = false;
  other: MemoryStream | undefined;
  readonly _writableState = { buffered: 0 };

  write(bytes: Uint8Array): boolean {
    const copy = Buffer.from(bytes);
    setImmediate(() => {
      if (this.other?.destroyed === false) this.other.emit('data', copy);
    });
    return true;
  }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
    this.other?.destroy();
  }
}

function connect(server: Partial<SessionOptions> = {}, client: Partial<SessionOptions> = {}) {
  const [near, far] = [new MemoryStream(), new MemoryStream()];
  near.other = far;
  far.other = near;
  const open = (stream: MemoryStream, options: Partial<SessionOptions>) =>
    openSession({
      stream: stream as unknown as NoiseStream,
      methods,
      spend: () => 'pass',
      admit: () => () => undefined,
      serve: async (_method, body) => ({ code: null, body: Uint8Array.from(body) }),
      onEnd: () => undefined,
      ...options,
    });
  const ours = open(near, client);
  open(far, server);
  return { near, far, ask: (text: string, method = 'echo') => ours?.ask(method, Buffer.from(text), 200) };
}

const refused = (code: string): Answer => ({ code, body: new Uint8Array(0) });

describe('a session', () => {
  test('carries bytes there and back', async () => {
    const answer = await connect().ask('hello');
    expect(Buffer.from(answer?.body ?? []).toString()).toBe('hello');
  });

  test('refuses by code what is unknown, too large, too fast, or too much for the process', async () => {
    expect(await connect().ask('x', 'other')).toEqual(refused('net/unknown-method'));
    expect(await connect().ask('x'.repeat(11))).toEqual(refused('net/too-large'));
    expect(await connect({ spend: () => 'wait' }).ask('x')).toEqual(refused('net/rate-limited'));
    expect(await connect({ admit: () => false }).ask('x')).toEqual(refused('net/rate-limited'));
  });

  test('an answer is paid for by its size, on top of the question', async () => {
    const costs: number[] = [];
    const spend = (cost: number) => {
      costs.push(cost);
      return 'pass' as const;
    };
    const large = new Map([['echo', { requestBytes: 10, answerBytes: MiB }]]);
    const serve = async (): Promise<Answer> => ({ code: null, body: new Uint8Array(MiB) });
    await connect({ spend, serve, methods: large }, { methods: large }).ask('x');
    expect(costs).toEqual([1 + 1 / 4096, 16]);
  });

  test('an answer over the limit is refused on both ends', async () => {
    const serve = async (): Promise<Answer> => ({ code: null, body: new Uint8Array(11) });
    expect(await connect({ serve }).ask('x')).toEqual(refused('net/too-large'));
    const generous = new Map([['echo', { requestBytes: 10, answerBytes: 100 }]]);
    expect(await connect({ serve, methods: generous }).ask('x')).toEqual(refused('net/too-large'));
  });

  test('who does not read the answers may not ask, then is cut off', async () => {
    const slow = connect();
    slow.far._writableState.buffered = 5 * MiB;
    expect(await slow.ask('x')).toEqual(refused('net/rate-limited'));
    slow.far._writableState.buffered = 25 * MiB;
    expect(await slow.ask('x')).toBeUndefined();
    expect(slow.far.destroyed).toBe(true);
  });

  test('abuse, and a malformed frame, end the connection; every question is settled', async () => {
    const abused = connect({ spend: () => 'abuse' });
    expect(await abused.ask('x')).toBeUndefined();
    const { near, far, ask } = connect({ serve: () => new Promise(() => undefined) });
    const open = [ask('a'), ask('b')];
    near.write(Buffer.from([1, 0, 7, 200]));
    expect(await Promise.all(open)).toEqual([undefined, undefined]);
    expect(far.destroyed).toBe(true);
  });

  test('no more than sixteen are served at once', async () => {
    const { ask } = connect({ serve: () => new Promise(() => undefined) });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('x')));
    const codes = answers.map((answer) => answer?.code);
    expect(codes.filter((code) => code === 'net/timeout')).toHaveLength(16);
    expect(codes.filter((code) => code === 'net/rate-limited')).toHaveLength(4);
  });
});
