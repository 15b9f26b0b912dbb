/**
 * Narrow indexes: keys and ids are hashes, so their first 8 bytes find a row as well as all 32 do, in an index of less than
 * half the size; every block writes pages all over it. Whoever makes two keys with the same 8 bytes only makes his own
 * rows slower to find: the whole key is compared too.
 */

/** The condition that two columns hold the same key, for such an index over one of them. IS: of no bytes, substr is NULL. */
export const isSameKey = (column: string, other: string): string =>
  `substr(${column}, 1, 8) IS substr(${other}, 1, 8) AND ${column} = ${other}`;

/** The condition that a column is a key. Takes the key twice. */
export const isKey = (column: string): string => isSameKey(column, '?');
