/**
 * The 24 words between "make" and "create": shown once, asked back at a few places, then handed to the vault.
 * Keeps them in this process only, and forgets them when the identity exists or new ones are made.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { wordsOf } from '../../core/keys.ts';
import { Secret } from '../vault/secret.ts';

/** How many words the owner must repeat. */
const askCount = 3;

export class NewWords {
  #entropy: Secret | undefined;
  #ask: readonly number[] = [];

  /** New words, and the positions (from 0) that will be asked. */
  make(): { words: string[]; ask: number[] } {
    this.forget();
    const entropy = new Uint8Array(randomBytes(32));
    const ask = new Set<number>();
    while (ask.size < askCount) ask.add(randomInt(24));
    this.#entropy = new Secret(entropy);
    this.#ask = [...ask].sort((a, b) => a - b);
    return { words: wordsOf(entropy).split(' '), ask: [...this.#ask] };
  }

  /** The words, if `answers` are those that were asked. Throws `key/bad-words`, and the words stay for another try. */
  confirm(answers: readonly string[]): string {
    if (this.#entropy === undefined) throw new AppError('key/bad-words', 'no new words were made');
    const words = this.#entropy.use(wordsOf);
    const all = words.split(' ');
    const isRight =
      answers.length === this.#ask.length &&
      this.#ask.every((position, index) => all[position] === answers[index]?.trim().toLowerCase());
    if (!isRight) throw new AppError('key/bad-words', 'not the words that were asked');
    return words;
  }

  forget(): void {
    this.#entropy?.wipe();
    this.#entropy = undefined;
  }
}
