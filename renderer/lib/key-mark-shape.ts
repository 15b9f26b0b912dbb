// A deterministic shape for a key, so that people notice when a key is not the one they know. A help for the eye, not a proof:
// two keys can share a mark, which is why the address stands beside it wherever it matters.

/** What one cell of the 4x4 mark holds; the left half is mirrored to the right. */
export type MarkCell = 'empty' | 'full' | 'dot' | 'diamond' | 'cornerA' | 'cornerB' | 'cornerC' | 'cornerD';

/** A mark: a colour out of twelve and the eight cells of its left half, row by row. */
export interface MarkShape {
  readonly hue: number;
  readonly cells: readonly MarkCell[];
}

const CELLS = ['empty', 'full', 'dot', 'diamond', 'cornerA', 'cornerB', 'cornerC', 'cornerD'] as const;

/** Number of colours that a mark can have. */
export const MARK_HUES = 12;

/** FNV-1a over the text, then a murmur finish, so that neighbouring keys look nothing alike. */
const scatter = (text: string, seed: number): number => {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** The mark of a key, from its address. The same text gives the same mark on every machine, for ever. */
export const keyMarkShape = (address: string): MarkShape => {
  const bits = scatter(address, 1);
  const cells = Array.from({ length: 8 }, (_, index) => CELLS[(bits >>> (index * 3)) & 7] ?? 'full');
  const isSparse = cells.filter((cell) => cell !== 'empty').length < 3;
  return {
    hue: scatter(address, 2) % MARK_HUES,
    cells: isSparse ? cells.map((cell) => (cell === 'empty' ? 'dot' : cell)) : cells,
  };
};
