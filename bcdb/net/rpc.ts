/**
 * Requests to any peer by its key: connects when needed, asks again when a connection was replaced or the peer was busy,
 * gives up in time.
 * At-least-once: a question whose connection broke is asked again, so what it does must be safe to do twice.
 * Must not know what a method means.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NoiseStream } from 'hyperswarm';
import type { NetMethods } from './protocol.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';
import { type Answer, maxServedAtOnce, openSession, type Session } from './rpc-session.ts';

export type RpcOptions = {
  readonly methods: NetMethods;
  /** Hands a peer's question, already within its limits, to the host. */
  readonly serve: (peer: Uint8Array, method: string, body: Uint8Array) => Promise<Answer>;
  /** Makes the swarm look for a peer now. */
  readonly seek: (peer: Uint8Array) => void;
  readonly nowMs: () => number;
};

export type Rpc = {
  /** Opens the channel on a fresh connection. */
  attach(stream: NoiseStream): void;
  /** Codes: `net/unreachable`, `net/timeout`, `net/too-large`, `net/unknown-method`, `net/rate-limited`, or the peer's own. */
  request(peer: Uint8Array, method: string, body: Uint8Array, timeoutMs: number): Promise<Answer>;
};

/** One token is a question, or 4 KiB of one: about 4 MB/s from one peer. */
const peerLimit: RateLimit = { perSecond: 1000, burst: 2000 };
/** All peers together, so that many strangers weigh no more than a few. */
const served = { questions: 256, bytes: 16 * 1024 * 1024 } as const;
/** Own requests waiting or under way; more are refused at once rather than kept. */
const maxRequests = 1024;
const seekAgainMs = 1000;
/** Before a peer who was too busy is asked again. */
const refusedPauseMs = 200;

const refuse = (code: string): Answer => ({ code, body: new Uint8Array(0) });
const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');

export function createRpc(options: RpcOptions): Rpc {
  const methods = new Map(Object.entries(options.methods));
  const sessions = new Map<string, Session>();
  /** Own requests that wait, per peer: for a connection, or for one of its places. */
  const lines = new Map<string, { users: number; atOnce: number; readonly waiting: Set<() => void> }>();
  const spend = createRateLimiter(peerLimit);
  let questions = 0;
  let bytes = 0;
  let requests = 0;

  function admit(size: number): (() => void) | false {
    if (questions >= served.questions || bytes + size > served.bytes) return false;
    questions += 1;
    bytes += size;
    return () => {
      questions -= 1;
      bytes -= size;
    };
  }

  const wake = (id: string): void => {
    for (const go of lines.get(id)?.waiting ?? []) go();
  };

  /** Until something changes for this peer, at most `ms`. */
  const pause = (waiting: Set<() => void>, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, ms);
      waiting.add(go);
    });

  async function converse(peer: Uint8Array, method: string, body: Uint8Array, timeoutMs: number): Promise<Answer> {
    const id = hex(peer);
    const deadline = options.nowMs() + timeoutMs;
    const line = lines.get(id) ?? { users: 0, atOnce: 0, waiting: new Set() };
    lines.set(id, line);
    line.users += 1;
    let answer: Answer | undefined;
    let wasAsked = false;
    for (let left = timeoutMs; left > 0; left = deadline - options.nowMs()) {
      const session = sessions.get(id);
      if (session === undefined) options.seek(peer);
      if (session === undefined || line.atOnce >= maxServedAtOnce) {
        await pause(line.waiting, Math.min(left, seekAgainMs));
        continue;
      }
      line.atOnce += 1;
      wasAsked = true;
      answer = await session.ask(method, body, left);
      line.atOnce -= 1;
      if (sessions.get(id) === session && answer === undefined) sessions.delete(id);
      wake(id);
      if (answer !== undefined && answer.code !== 'net/rate-limited') break;
      if (answer !== undefined) await sleep(Math.min(refusedPauseMs, Math.max(0, deadline - options.nowMs())));
    }
    line.users -= 1;
    if (line.users === 0) lines.delete(id);
    return answer ?? refuse(wasAsked ? 'net/timeout' : sessions.has(id) ? 'net/rate-limited' : 'net/unreachable');
  }

  return {
    attach(stream) {
      const id = hex(stream.remotePublicKey);
      const session = openSession({
        stream,
        methods,
        admit,
        spend: (cost) => spend(id, cost, options.nowMs()),
        serve: (method, body) => options.serve(stream.remotePublicKey, method, body),
        onEnd: () => {
          if (sessions.get(id) === session) sessions.delete(id);
        },
      });
      if (session === undefined) return;
      sessions.set(id, session);
      wake(id);
    },

    async request(peer, method, body, timeoutMs) {
      const limits = methods.get(method);
      if (limits === undefined) return refuse('net/unknown-method');
      if (body.length > limits.requestBytes) return refuse('net/too-large');
      if (requests >= maxRequests) return refuse('net/rate-limited');
      requests += 1;
      try {
        return await converse(peer, method, body, timeoutMs);
      } finally {
        requests -= 1;
      }
    },
  };
}
