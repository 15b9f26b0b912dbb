/**
 * Narrow indexes: keys and ids are hashes, so their first 8 bytes find a row as well as all 32 do, in an index of less than
 * half the size; every block writes pages all over it. Whoever makes two keys with the same 8 bytes only makes his own
 * rows slower to find: the whole key is compared too.
 */

/** The condition that a column is a key, for such an index. Takes the key twice. */
export const isKey = (column: string): string => `substr(${column}, 1, 8) = substr(?, 1, 8) AND ${column} = ?`;
