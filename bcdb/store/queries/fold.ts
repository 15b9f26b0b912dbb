/** Text as it is searched: no marks, no case; words apart. Pure. */

/** Lower case without diacritics. */
export const fold = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** The words of a text, folded, each behind a space: in `wordLine` that finds the words that begin so. */
export const wordStarts = (text: string): readonly string[] =>
  (fold(text).match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => ` ${word}`);

/** All words, each behind a space. */
export const wordLine = (text: string): string => wordStarts(text).join('');

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
