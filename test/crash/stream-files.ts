// What guardians said in the stream, read from the files of their stopped nats-servers: an epoch's messages stand in
// `<sequencer>/epoch-N/jetstream/<account>/streams/<name>/msgs/*.blk`. Reads the file format of nats-server's FileStore.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMessage, type Message } from '../../bcdb/guardian/messages.ts';

export type Said = { readonly epoch: number; readonly message: Message };

/** Length (4, its top bit: headers follow), seq (8), time (8), length of the subject (2). */
const headBytes = 22;
const hashBytes = 8;
const hasHeaders = 0x80000000;
/** Top bit of a seq: the message was removed. */
const isErased = 1n << 63n;

/** The bodies of the messages in a block file. Stops at what is no message: a file may end with half of one. */
function* bodiesOf(file: Buffer): Generator<Uint8Array> {
  for (let at = 0; at + headBytes <= file.length; ) {
    const word = file.readUInt32LE(at);
    const length = (word & ~hasHeaders) >>> 0;
    if (length < headBytes + hashBytes || at + length > file.length) return;
    const seq = file.readBigUInt64LE(at + 4);
    const subjectEnd = at + headBytes + file.readUInt16LE(at + 20);
    const isWithHeaders = (word & hasHeaders) !== 0;
    const bodyAt = isWithHeaders ? subjectEnd + 4 + file.readUInt32LE(subjectEnd) : subjectEnd;
    const end = at + length - hashBytes;
    if (bodyAt <= end && (seq & isErased) === 0n) yield new Uint8Array(file.subarray(bodyAt, end));
    at += length;
  }
}

/** All messages that the files of a guardian's sequencer still have; copies of one message may come more than once. */
export function saidIn(sequencerFolder: string): readonly Said[] {
  return globSync('epoch-*/jetstream/*/streams/*/msgs/*.blk', { cwd: sequencerFolder }).flatMap((name) => {
    const epoch = Number(/^epoch-(\d+)/.exec(name)?.[1]);
    const messages = [...bodiesOf(readFileSync(join(sequencerFolder, name)))].map(decodeMessage);
    return messages.flatMap((message) => (message === undefined ? [] : [{ epoch, message }]));
  });
}
