/**
 * Questions and answers over one Noise connection, on a Protomux channel of its own.
 * Every bound is checked here, before a stranger's bytes cost memory: sizes, names, rate, questions at once, unread answers.
 * Own frames instead of protomux-rpc: that one answers unknown methods, and queues answers, without any limit.
 */
import { uint } from 'compact-encoding';
import type { NoiseStream } from 'hyperswarm';
import Protomux from 'protomux';
import type { MethodLimits } from './protocol.ts';
import type { Verdict } from './rate-limit.ts';

/** `code` null is success; else the body is empty. */
export type Answer = { readonly code: string | null; readonly body: Uint8Array };

/** `label` is the method of a question, the error code of an answer. */
type Frame = { readonly id: number; readonly label: string; readonly body: Uint8Array };

type CodecState = { start: number; end: number; buffer: Uint8Array | null };

const empty = new Uint8Array(0);
const maxLabelBytes = 64;
/** Answers that the peer has not read: above the first it may not ask, above the second it is not reading at all. */
const unreadBytes = { refuse: 4 * 1024 * 1024, end: 24 * 1024 * 1024 } as const;

const frame = {
  preencode(state: CodecState, value: Frame) {
    uint.preencode(state, value.id);
    state.end += 1 + value.label.length + value.body.length;
  },
  encode(state: CodecState, value: Frame) {
    uint.encode(state, value.id);
    const label = Buffer.from(value.label, 'latin1');
    state.buffer?.set([label.length], state.start);
    state.buffer?.set(label, state.start + 1);
    state.buffer?.set(value.body, state.start + 1 + label.length);
    state.start += 1 + label.length + value.body.length;
  },
  /** Throws on a frame that is cut; Protomux then ends the connection. Bytes are a view, never a copy. */
  decode(state: CodecState): Frame {
    const id = uint.decode(state);
    const rest = state.buffer?.subarray(state.start, state.end) ?? empty;
    const length = rest[0] ?? maxLabelBytes + 1;
    if (length > maxLabelBytes || rest.length < 1 + length) throw new Error('rpc frame is malformed');
    state.start = state.end;
    return { id, label: Buffer.from(rest.subarray(1, 1 + length)).toString('latin1'), body: rest.subarray(1 + length) };
  },
};

export type SessionOptions = {
  readonly stream: NoiseStream;
  readonly methods: ReadonlyMap<string, MethodLimits>;
  readonly spend: (cost: number) => Verdict;
  /** False when the process as a whole has enough to do; else the returned function gives the place back. */
  readonly admit: (bytes: number) => (() => void) | false;
  readonly serve: (method: string, body: Uint8Array) => Promise<Answer>;
  readonly onEnd: () => void;
};

export type Session = {
  /** Resolves to undefined when the connection ended first: the question may or may not have been heard. */
  ask(method: string, body: Uint8Array, timeoutMs: number): Promise<Answer | undefined>;
};

const answerBytesPerToken = 64 * 1024;
/** Questions served at once for one peer; further ones are refused. */
export const maxServedAtOnce = 16;

/** Opens the channel on a fresh connection; undefined when the connection is gone already. */
export function openSession(options: SessionOptions): Session | undefined {
  const { stream, methods } = options;
  const waiting = new Map<number, { readonly method: string; readonly settle: (answer: Answer | undefined) => void }>();
  let lastId = 0;
  let serving = 0;

  const channel = Protomux.from(stream).createChannel({
    protocol: 'threebot/rpc/1',
    onclose() {
      for (const { settle } of waiting.values()) settle(undefined);
      waiting.clear();
      options.onEnd();
    },
  });
  if (channel === null) return undefined;

  const questions = channel.addMessage<Frame>({ encoding: frame, onmessage: hear });
  const answers = channel.addMessage<Frame>({ encoding: frame, onmessage: settle });
  channel.open();

  function reply(id: number, { code, body }: Answer): void {
    if (stream._writableState.buffered > unreadBytes.end) stream.destroy();
    else answers.send({ id, label: code ?? '', body });
  }

  /** Why a question is not served, cheapest reasons first; null when it is. */
  function refusal({ label, body }: Frame): string | null {
    const limits = methods.get(label);
    const verdict = options.spend(1 + body.length / 4096);
    if (verdict === 'abuse') stream.destroy();
    if (limits === undefined) return 'net/unknown-method';
    if (body.length > limits.requestBytes) return 'net/too-large';
    if (verdict !== 'pass' || serving >= maxServedAtOnce) return 'net/rate-limited';
    return stream._writableState.buffered > unreadBytes.refuse ? 'net/rate-limited' : null;
  }

  async function serve({ id, label, body }: Frame, leave: () => void): Promise<void> {
    serving += 1;
    const answer = await options.serve(label, body);
    serving -= 1;
    leave();
    const isTooLarge = answer.body.length > (methods.get(label)?.answerBytes ?? 0);
    // Small questions for large answers are paid for as well; who cannot is refused the next time.
    options.spend(answer.body.length / answerBytesPerToken);
    reply(id, isTooLarge ? { code: 'net/too-large', body: empty } : answer);
  }

  function hear(question: Frame): void {
    const code = refusal(question);
    const leave = code === null && options.admit(question.body.length);
    if (leave === false) reply(question.id, { code: code ?? 'net/rate-limited', body: empty });
    else void serve(question, leave);
  }

  function settle({ id, label, body }: Frame): void {
    const question = waiting.get(id);
    if (question === undefined) return;
    const isTooLarge = body.length > (methods.get(question.method)?.answerBytes ?? 0);
    if (label !== '') question.settle({ code: label, body: empty });
    else question.settle(isTooLarge ? { code: 'net/too-large', body: empty } : { code: null, body });
  }

  return {
    ask(method, body, timeoutMs) {
      if (channel.closed) return Promise.resolve(undefined);
      const id = ++lastId;
      return new Promise((resolve) => {
        const timer = setTimeout(() => finish({ code: 'net/timeout', body: empty }), timeoutMs);
        const finish = (answer: Answer | undefined): void => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(answer);
        };
        waiting.set(id, { method, settle: finish });
        questions.send({ id, label: method, body });
      });
    },
  };
}
