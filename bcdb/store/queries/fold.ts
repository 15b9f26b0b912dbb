/** Text as it is searched: no marks, no case; words apart. Pure. */

/** Lower case without diacritics. */
export const fold = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** The words of a folded text. */
export const wordsOf = (text: string): readonly string[] => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** All words, each behind a space, so that " wo" finds the words that begin with "wo". */
export const wordLine = (text: string): string =>
  wordsOf(text)
    .map((word) => ` ${word}`)
    .join('');

/** True when each word of `search` begins a word of `line` (`wordLine`). No words: everything fits. */
export const hasWords = (line: string, search: readonly string[]): boolean =>
  search.every((word) => line.includes(` ${word}`));

/** An FTS5 query of words by prefix: each quoted, so that nothing in it is an operator. Undefined: no words. */
export function prefixWords(search: string): string | undefined {
  const words = search.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words.length === 0
    ? undefined
    : words
        .slice(0, 8)
        .map((word) => `"${word}"*`)
        .join(' ');
}
