/** Which pieces of a snapshot are still to be asked for: whole subtrees first, halves where those are too large. Pure. */
import { halvesOf, type PieceAsk } from '../../core/snapshot.ts';
import { bucketCount, treeLevels } from '../../core/state-tree.ts';
import type { PieceHere } from '../store/snapshot-import.ts';

/** Objects that one piece should hold, more or less. */
const objectsPerPiece = 2000;

/** The level at which pieces have about that many. */
function firstLevel(objectCount: number): number {
  const buckets = (objectsPerPiece * bucketCount) / Math.max(1, objectCount);
  return Math.max(0, Math.min(treeLevels, Math.floor(Math.log2(buckets))));
}

export type PieceQueue = {
  /** The next piece that nobody was asked for. */
  take(): PieceAsk | undefined;
  /** It did not come: somebody else shall be asked. */
  giveBack(ask: PieceAsk): void;
  /** What the store said of a piece that came. */
  done(ask: PieceAsk, outcome: 'halves' | number | null): void;
  readonly isDone: boolean;
};

const nameOf = ({ level, position }: Pick<PieceAsk, 'level' | 'position'>): string => `${level}:${position}`;

/** `here`: pieces that came before, of the same snapshot. */
export function createPieceQueue(height: number, objectCount: number, here: readonly PieceHere[]): PieceQueue {
  const known = new Map(here.map((piece) => [nameOf(piece), piece.items]));
  /** Subtrees of which something is here. */
  const begun = new Set<string>();
  for (const { level, position } of here) {
    for (let above = level + 1, at = position >> 1; above <= treeLevels; above++, at >>= 1) {
      begun.add(nameOf({ level: above, position: at }));
    }
  }
  const waiting: PieceAsk[] = [];
  let underWay = 0;

  function add(ask: PieceAsk): void {
    const items = known.get(nameOf(ask));
    if (items === null) return;
    if (items !== undefined) waiting.push({ ...ask, skip: items });
    else if (begun.has(nameOf(ask))) for (const half of halvesOf(ask)) add(half);
    else waiting.push(ask);
  }

  const level = firstLevel(objectCount);
  for (let position = 0; position < 2 ** (treeLevels - level); position++) add({ height, level, position, skip: 0 });

  return {
    take() {
      const ask = waiting.shift();
      if (ask !== undefined) underWay += 1;
      return ask;
    },
    giveBack(ask) {
      underWay -= 1;
      waiting.unshift(ask);
    },
    done(ask, outcome) {
      underWay -= 1;
      if (outcome === 'halves') waiting.unshift(...halvesOf(ask));
      else if (outcome !== null) waiting.unshift({ ...ask, skip: outcome });
    },
    get isDone() {
      return waiting.length === 0 && underWay === 0;
    },
  };
}
