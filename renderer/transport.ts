// The two lines to the 3bot: Electron's preload bridge, or a WebSocket to the page's own origin. They carry values and say whether
// the line is up; what the values mean is the bridge's business.
import { fromWire, toWire } from '../core/wire.ts';
import { CallError, readError } from './call-error.ts';

/** A line to main. `call` gives the raw output or throws {@link CallError}. */
export interface Transport {
  readonly call: (channel: string, input: unknown) => Promise<unknown>;
  readonly onEvent: (listener: (name: string, payload: unknown) => void) => () => void;
  readonly onLine: (listener: (isUp: boolean) => void) => () => void;
}

/** What the preload script puts on the window: wire text in, wire text of `{output}` or `{error}` out. */
export interface PreloadBridge {
  readonly call: (channel: string, input: string) => Promise<string>;
  readonly on: (event: 'changed', listener: (text: string) => void) => () => void;
}

const outputOf = (answer: unknown): unknown => {
  if (typeof answer === 'object' && answer !== null) {
    if ('output' in answer) return answer.output;
    if ('error' in answer) throw readError(answer.error);
  }
  throw new CallError('ipc/bad-output', 'unreadable answer', false, undefined);
};

/** The line through Electron's preload; always up. */
export const preloadTransport = (bridge: PreloadBridge): Transport => ({
  call: async (channel, input) => outputOf(fromWire(await bridge.call(channel, toWire(input)))),
  onEvent: (listener) => bridge.on('changed', (text) => listener('changed', fromWire(text))),
  onLine: (listener) => {
    listener(true);
    return () => undefined;
  },
});

/** The little of a WebSocket that the line needs. */
export interface Socket {
  addEventListener(name: 'open' | 'close', listener: () => void): void;
  addEventListener(name: 'message', listener: (event: { readonly data: unknown }) => void): void;
  send(text: string): void;
}

/** How the socket line gets sockets and waits; given by the entry, or by a test. */
export interface SocketTools {
  readonly open: () => Socket;
  readonly wait: (callback: () => void, delayMs: number) => void;
}

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: CallError) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;
const disconnected = (): CallError => new CallError('ipc/disconnected', 'the line is down', true, undefined);

const readFrame = (data: unknown): Record<string, unknown> => {
  const value: unknown = typeof data === 'string' ? fromWire(data) : null;
  return typeof value === 'object' && value !== null ? { ...value } : {};
};

/** The line over a WebSocket. It comes back by itself, after growing pauses; calls meanwhile fail with `ipc/disconnected`. */
export const socketTransport = ({ open, wait }: SocketTools): Transport => {
  const events = new Set<(name: string, payload: unknown) => void>();
  const lines = new Set<(isUp: boolean) => void>();
  const waiting = new Map<number, Waiting>();
  let upSocket: Socket | null = null;
  let firstCalls: (() => void)[] | null = [];
  let lastId = 0;
  let pauseMs = FIRST_WAIT_MS;

  const tellLine = (isUp: boolean): void => {
    for (const listener of lines) listener(isUp);
  };
  const onMessage = (data: unknown): void => {
    const frame = readFrame(data);
    if ('changed' in frame) {
      for (const listener of events) listener('changed', frame['changed']);
      return;
    }
    const id = frame['id'];
    const call = typeof id === 'number' ? waiting.get(id) : undefined;
    if (typeof id !== 'number' || call === undefined) return;
    waiting.delete(id);
    if ('error' in frame) call.reject(readError(frame['error']));
    else call.resolve(frame['output']);
  };
  const connect = (): void => {
    const socket = open();
    socket.addEventListener('open', () => {
      upSocket = socket;
      pauseMs = FIRST_WAIT_MS;
      const early = firstCalls ?? [];
      firstCalls = null;
      tellLine(true);
      for (const send of early) send();
    });
    socket.addEventListener('message', (event) => onMessage(event.data));
    socket.addEventListener('close', () => {
      upSocket = null;
      tellLine(false);
      for (const call of waiting.values()) call.reject(disconnected());
      waiting.clear();
      wait(connect, pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_WAIT_MS);
    });
  };
  connect();

  return {
    call: (channel, input) =>
      new Promise((resolve, reject) => {
        const send = (): void => {
          if (upSocket === null) {
            reject(disconnected());
            return;
          }
          lastId += 1;
          waiting.set(lastId, { resolve, reject });
          upSocket.send(toWire({ id: lastId, channel, input }));
        };
        // Calls made before the very first connection wait for it.
        if (firstCalls === null) send();
        else firstCalls.push(send);
      }),
    onEvent: (listener) => {
      events.add(listener);
      return () => events.delete(listener);
    },
    onLine: (listener) => {
      lines.add(listener);
      if (firstCalls === null) listener(upSocket !== null);
      return () => lines.delete(listener);
    },
  };
};
