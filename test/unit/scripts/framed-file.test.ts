// Files of byte strings, which benches hand from process to process.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readFrames, writeFrames } from '../../../scripts/bench/bcdb/framed-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'framed-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'frames');

test('what was written comes back in order, however it falls into chunks', () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 64 }), (each, chunkBytes) => {
      const file = writeFrames(path);
      for (const frame of each) file.write(frame);
      file.close();
      expect([...readFrames(path, chunkBytes)]).toEqual(each);
    }),
  );
});

test('a file that was cut off is refused, not read short', () => {
  const file = writeFrames(path);
  file.write(Uint8Array.of(1, 2, 3));
  file.write(Uint8Array.of(4, 5, 6));
  file.close();
  writeFileSync(path, readFileSync(path).subarray(0, -1));
  expect(() => [...readFrames(path)]).toThrow('cut off');
});
