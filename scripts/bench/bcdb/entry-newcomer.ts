// A replica that is new to a grid, in a process of its own: takes all blocks of a file, verifying and executing each, as fast
// as it can. Arguments: its folder, the file, the grid's id in hex. Prints one JSON object.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../../../core/bytes.ts';
import { openStore } from '../bench-grid.ts';
import { readFrames } from './framed-file.ts';

/** What it tells. Milliseconds count from the first block. */
export type Newcomer = {
  readonly marks: readonly { readonly records: number; readonly ms: number }[];
  readonly execHash: string;
  readonly height: number;
  /** Resident memory with the genesis alone, and with all records. */
  readonly emptyRssBytes: number;
  readonly rssBytes: number;
  readonly diskBytes: number;
  readonly wireBytes: number;
};

const markEvery = 100_000;

const [folder = '', file = '', grid = ''] = process.argv.slice(2);
const store = openStore(folder, { how: 'join', grid: fromHex(grid) });
const blocks = readFrames(file);
let block = blocks.next().value as Uint8Array | undefined;
let emptyRssBytes = 0;
let wireBytes = 0;
let nextMark = markEvery;
const marks: { records: number; ms: number }[] = [];
const start = performance.now();
const mark = (): void =>
  void marks.push({ records: store.query('head', null).recordCount, ms: performance.now() - start });
while (block !== undefined) {
  const next = blocks.next().value as Uint8Array | undefined;
  store.apply(block, next);
  wireBytes += block.length;
  emptyRssBytes ||= process.memoryUsage.rss();
  block = next;
  if (store.query('head', null).recordCount <= nextMark) continue;
  mark();
  nextMark += markEvery;
}
mark();
const { execHash, height } = store.query('head', null);
const rssBytes = process.memoryUsage.rss();
store.close();
const diskBytes = statSync(join(folder, 'replica.db')).size;
console.log(
  JSON.stringify({ marks, execHash, height, emptyRssBytes, rssBytes, diskBytes, wireBytes } satisfies Newcomer),
);
