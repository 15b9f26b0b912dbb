// Files of byte strings, each behind its length (4 bytes, big-endian): records and blocks that one process writes and
// others read, a million of them without holding them.

import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const headBytes = 4;

export type FrameWriter = { write(bytes: Uint8Array): void; close(): void };

export function writeFrames(path: string): FrameWriter {
  const file = openSync(path, 'w');
  return {
    write(bytes) {
      const frame = Buffer.alloc(headBytes + bytes.length);
      frame.writeUInt32BE(bytes.length);
      frame.set(bytes, headBytes);
      writeSync(file, frame);
    },
    close: () => closeSync(file),
  };
}

/** All of a file's byte strings in order, each in memory of its own. */
export function* readFrames(path: string, chunkBytes = 8 * 1024 * 1024): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    let held = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes);
      const size = readSync(file, chunk, 0, chunkBytes, null);
      if (size === 0) break;
      held = Buffer.concat([held, chunk.subarray(0, size)]);
      let at = 0;
      while (at + headBytes <= held.length) {
        const end = at + headBytes + held.readUInt32BE(at);
        if (end > held.length) break;
        yield Uint8Array.from(held.subarray(at + headBytes, end));
        at = end;
      }
      held = held.subarray(at);
    }
    if (held.length > 0) throw new Error(`${path} is cut off`);
  } finally {
    closeSync(file);
  }
}
