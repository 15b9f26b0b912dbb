/**
 * The messages behind the head, as far as they were read: the next block begins among them. Bounded: when there is more
 * than it may hold, it forgets all and says so, and they are read from the stream again.
 */
import type { StreamMessage } from './sequencer-api.ts';

const mostBytes = 64 * 1024 * 1024;
/** What a message costs besides its bytes. */
const overheadBytes = 128;

export class Window {
  #messages: StreamMessage[] = [];
  #bytes = 0;
  #next = 0;
  /** Position of the last message that was read. */
  #lastRead: number;
  #isLost = false;
  readonly #mostBytes: number;

  /** Reading begins behind `position`. */
  constructor(position: number, limitBytes = mostBytes) {
    this.#lastRead = position;
    this.#mostBytes = limitBytes;
  }

  get lastRead(): number {
    return this.#lastRead;
  }

  /** Takes the next message. False: it was read before. */
  add(message: StreamMessage): boolean {
    if (message.position <= this.#lastRead) return false;
    this.#lastRead = message.position;
    const size = message.bytes.length + overheadBytes;
    if (this.#bytes + size > this.#mostBytes) this.#isLost = true;
    if (this.#isLost) this.#messages = [];
    this.#messages.push(message);
    this.#bytes += size;
    this.#next = Math.min(this.#next, this.#messages.length - 1);
    return true;
  }

  /** The next message that was not handled since the last `rewind`. */
  take(): StreamMessage | undefined {
    const message = this.#messages[this.#next];
    if (message !== undefined) this.#next += 1;
    return message;
  }

  /**
   * The next block begins behind `position`: all from there is to be handled again. False: it is not here any more, or was
   * not read yet; a new window must begin there.
   */
  rewind(position: number): boolean {
    const first = this.#messages[0]?.position ?? this.#lastRead + 1;
    if (this.#isLost || position + 1 < first || position > this.#lastRead) return false;
    const from = this.#messages.findIndex((message) => message.position > position);
    this.#messages = from < 0 ? [] : this.#messages.slice(from);
    this.#bytes = this.#messages.reduce((sum, { bytes }) => sum + bytes.length + overheadBytes, 0);
    this.#next = 0;
    return true;
  }
}
