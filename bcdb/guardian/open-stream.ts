/** The stream of one epoch as an office uses it: reads it from behind the head on, and writes into it. */
import { concatBytes, sha256, toHex } from '../../core/bytes.ts';
import { encodeMessage, type Message } from './messages.ts';
import type { Timers } from './office-parts.ts';
import type { Sequencer, StreamMessage } from './sequencer-api.ts';
import { createStreamWriter, type StreamWriter } from './stream-writer.ts';
import { Window } from './window.ts';

export type OpenStreamOptions = {
  readonly sequencer: Sequencer;
  readonly timers: Timers;
  /** Of our hello in it. */
  readonly nonce: Uint8Array;
  /** There are messages to `take`; the stream waits until this resolves. */
  readonly onMessage: () => Promise<void>;
  /** Most bytes of messages to remember. */
  readonly windowBytes?: number | undefined;
};

export class OpenStream {
  readonly sequencer: Sequencer;
  readonly nonce: Uint8Array;
  readonly writer: StreamWriter;
  readonly openedMs: number;
  /** Our own hello was read: whatever this guardian said in an earlier life, it knows. */
  isHeard = false;
  readonly #options: OpenStreamOptions;
  #window: Window | undefined;
  #stopReading: (() => void) | undefined;
  /** Where the stream begins, when what was wanted is no longer there. */
  #first = 1;

  constructor(options: OpenStreamOptions) {
    this.#options = options;
    this.sequencer = options.sequencer;
    this.nonce = options.nonce;
    this.writer = createStreamWriter(options.sequencer, options.timers);
    this.openedMs = options.timers.nowMs();
  }

  get epoch(): number {
    return this.sequencer.epoch;
  }

  /** Messages are missing that others have used: blocks must come from them. */
  get isGone(): boolean {
    return this.#window === undefined && this.#first > 1;
  }

  /** Under an id of this run: what was said in an earlier one may be lost. */
  say(message: Message, isWanted: () => boolean): void {
    const bytes = encodeMessage(message);
    this.writer.say(bytes, isWanted, toHex(sha256(concatBytes(this.nonce, bytes))));
  }

  /** The next message behind the position that was asked for last. */
  take(): StreamMessage | undefined {
    return this.#window?.take();
  }

  /**
   * Hands over everything behind `position`, also what was taken before. `isAnyEnough`: what is gone of it is not needed, and
   * it begins with what is left.
   */
  readBehind(position: number, isAnyEnough = false): void {
    if (this.#window?.rewind(position) === true) return;
    this.#stopReading?.();
    this.#stopReading = undefined;
    this.#window = undefined;
    if (position + 1 < this.#first && !isAnyEnough) return;
    const behind = Math.max(position, this.#first - 1);
    const window = new Window(behind, this.#options.windowBytes);
    this.#window = window;
    this.#stopReading = this.sequencer.read(
      behind + 1,
      async (message) => {
        if (this.#window === window && window.add(message)) await this.#options.onMessage();
      },
      (first) => {
        if (this.#window !== window) return;
        this.#first = first;
        this.#window = undefined;
        if (isAnyEnough) this.readBehind(first - 1, true);
      },
    );
  }

  stop(): void {
    this.writer.stop();
    this.#stopReading?.();
    this.#window = undefined;
  }
}
