/**
 * Remembers what each guardian said for good of the last heights, and finds who says another thing. What arrives is
 * verified only when it contradicts, so that honest guardians cost nothing; bounded, whatever is said.
 */
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { Verify } from '../../core/keys.ts';
import {
  contradiction,
  headerStatement,
  isStatementSigned,
  readStatement,
  type Statement,
} from '../../core/two-statements.ts';
import type { Message } from './messages.ts';
import type { Situation } from './office-parts.ts';
import { headOf } from './situations.ts';

/** How many heights below the next one are remembered. */
const heightsBack = 8;
/** Of one guardian: two for each height in each of a few epochs, and moves. */
const mostWords = 64;
const mostMoves = 8;

type Word = { readonly statement: Statement; readonly bytes: Uint8Array; isTold: boolean };

export type WitnessOptions = {
  readonly verify: Verify;
  /** A guardian signed both of these. */
  readonly onTwo: (one: Uint8Array, other: Uint8Array) => void;
};

export class Witness {
  readonly #options: WitnessOptions;
  readonly #words = new Map<string, Word[]>();
  #guardians: ReadonlySet<string> = new Set();
  #height = 0;

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** The chain is here now: forgets who left office, and what was said of old heights. */
  reached(situation: Situation): void {
    this.#height = (headOf(situation)?.height ?? -1) + 1;
    this.#guardians = new Set([...situation.guardians, ...situation.guardiansBefore].map(toHex));
    for (const [guardian, words] of this.#words) {
      if (!this.#guardians.has(guardian)) this.#words.delete(guardian);
      else
        this.#words.set(
          guardian,
          words.filter(({ statement }) => this.#isNear(statement)),
        );
    }
  }

  #isNear({ height }: Statement): boolean {
    return height >= this.#height - heightsBack && height <= this.#height;
  }

  /** A message of the stream of `epoch`; what it says of other epochs is no vote. */
  hear(message: Message, epoch: number): void {
    if (message.kind === 'prepare') this.#attempt(() => this.#take(message.signed, epoch));
    if (message.kind !== 'commit') return;
    const { headerBytes, guardian, signature } = message;
    this.#attempt(() => this.#take(headerStatement(headerBytes, epoch, { guardian, signature }), epoch));
  }

  /** A move as it travels, verified. */
  hearMove(bytes: Uint8Array): void {
    this.#attempt(() => this.#take(bytes));
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch {
      // no statement: nothing was said
    }
  }

  #take(bytes: Uint8Array, epoch?: number): void {
    const statement = readStatement(bytes);
    const guardian = toHex(statement.guardian);
    if (!this.#guardians.has(guardian) || !this.#isNear(statement)) return;
    if (epoch !== undefined && statement.epoch !== epoch) return;
    const words = this.#words.get(guardian) ?? [];
    this.#words.set(guardian, words);
    const word = { statement, bytes, isTold: false };
    const against = words.filter((one) => contradiction(one.statement, statement) !== undefined);
    const untold = against.find(({ isTold }) => !isTold);
    if (against.length === 0) this.#remember(words, word);
    else if (untold !== undefined) this.#hold(words, untold, word);
  }

  /** Two that contradict each other: who signed both of them lied. Each is told of once. */
  #hold(words: Word[], against: Word, word: Word): void {
    if (!this.#isSigned(word)) return;
    if (!this.#isSigned(against)) {
      words[words.indexOf(against)] = word; // somebody had put words into its mouth
      return;
    }
    against.isTold = true;
    this.#options.onTwo(against.bytes, word.bytes);
  }

  #remember(words: Word[], word: Word): void {
    const before = words.find((one) => isSame(one.statement, word.statement));
    if (before !== undefined) {
      const isAnother = !equalBytes(before.bytes, word.bytes);
      if (isAnother && !this.#isSigned(before) && this.#isSigned(word)) words[words.indexOf(before)] = word;
      return;
    }
    const moves = words.filter((one) => one.statement.kind === 'move');
    const isFull = word.statement.kind === 'move' ? moves.length >= mostMoves : words.length >= mostWords;
    const oldest = word.statement.kind === 'move' ? moves[0] : words[0];
    if (isFull && oldest !== undefined) words.splice(words.indexOf(oldest), 1);
    words.push(word);
  }

  #isSigned({ statement }: Word): boolean {
    return isStatementSigned(statement, this.#options.verify);
  }
}

const isSame = (a: Statement, b: Statement): boolean =>
  a.kind === b.kind &&
  a.epoch === b.epoch &&
  a.height === b.height &&
  a.about === b.about &&
  a.lock?.epoch === b.lock?.epoch &&
  a.lock?.about === b.lock?.about;
