// A stranger who knows a grid's code and floods whoever it meets with junk by the `submit` method. Arguments: grid (hex), folder,
// seed, how many records. Prints how often each answer came, as JSON, when all were sent.

import { setTimeout as sleep } from 'node:timers/promises';
import { startNet } from '../../bcdb/net/net-process.ts';
import { topicOf } from '../../bcdb/replica/join.ts';
import { decodeSubmitAnswer, encodeSubmit, methods, submitBytes, submitRecords } from '../../bcdb/replica/methods.ts';
import { signSodium } from '../../bcdb/verify.ts';
import { toHex, zero32 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { sealRecord } from '../../core/record.ts';
import { Author, seedOf } from '../support/bcdb-grid.ts';
import { Random } from '../support/random.ts';

const [gridHex = '', folder = '', seedText = '1', countText = '1000'] = process.argv.slice(2);
const grid = new Uint8Array(Buffer.from(gridHex, 'hex'));
const random = new Random(Number(seedText));
const count = Number(countText);
const to = new Author('receiver').key;
const somebody = new Author(`somebody ${seedText}`);
/** Whose record nobody has: one that is known costs no check of its signature. */
const unsigned = new Author(`liar ${seedText}`).transfer(grid, to, 1n);
const [first, second] = [somebody.transfer(grid, to, 1n), somebody.transfer(grid, to, 1n)];
let keys = 0;
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.between(0, 256));
/** Long junk is drawn once: what matters is its length. */
const long = bytes(300_000);

const junk = {
  noise: () => bytes(random.between(0, 300)),
  huge: () => long.subarray(0, random.between(defaultPolicy.limits.recordBytes + 1, long.length)),
  'bad signature': () => {
    const record = Uint8Array.from(unsigned);
    record[record.length - 1 - random.between(0, 64)] = random.between(0, 256);
    return record;
  },
  'wrong grid': () => new Author('elsewhere').transfer(seedOf('another grid'), to, 1n),
  replay: () => random.pick([first, second]),
  gap: () =>
    somebody.writeAt({ grid, seq: random.between(4, 1_000_000), prev: bytes(32) }, 'transfer', {
      to,
      amountStroops: 1n,
    }),
  fork: () =>
    somebody.writeAt({ grid, seq: 1, prev: zero32 }, 'transfer', {
      to,
      amountStroops: BigInt(random.between(2, 9)),
    }),
  // What a later version may know.
  'unknown kind': () => {
    const { key, seed } = new Author(`kind ${random.between(0, 100)}`);
    const signed = encode({
      v: 1,
      grid,
      kind: 'wish',
      author: key,
      seq: 1,
      prev: zero32,
      body: { to, amountStroops: 1 },
    });
    return sealRecord(signed, signSodium(seed, signed));
  },
  // A key made for it alone, without money: nothing is wrong with the record by itself.
  'many keys': () => new Author(`key ${seedText} ${keys++}`).transfer(grid, to, 1n),
} as const satisfies Record<string, () => Uint8Array>;
const kinds = (Object.keys(junk) as (keyof typeof junk)[]).filter((kind) => kind !== 'huge');

function batchOf(most: number): readonly Uint8Array[] {
  const batch: Uint8Array[] = [];
  // Few of the long ones: a question takes only one.
  if (random.next() < 0.2) batch.push(junk.huge());
  let size = batch[0]?.length ?? 0;
  while (batch.length < Math.min(most, submitRecords)) {
    const kind = random.pick(kinds);
    const record = junk[kind]();
    size += record.length + 16;
    if (size > submitBytes) break;
    batch.push(record);
  }
  return batch;
}

const net = startNet({
  folder,
  seed: seedOf(`stranger ${seedText}`),
  topic: topicOf(grid),
  lan: true,
  publish: null,
  methods,
  onRequest: () => Promise.reject(new AppError('net/refused')),
});
await net.ready();
while (net.peers().length < 3) await sleep(100);

const answers = new Map<string, number>();
const note = (answer: string, times = 1): void => void answers.set(answer, (answers.get(answer) ?? 0) + times);
/** No guardians: their door is closed to everybody. */
const refusing = new Set<string>();
let sent = 0;
async function flood(): Promise<void> {
  while (sent < count) {
    const batch = batchOf(count - sent);
    const peers = net.peers().filter(({ key }) => !refusing.has(toHex(key)));
    if (peers.length === 0) {
      await sleep(100);
      continue;
    }
    const peer = random.pick(peers).key;
    sent += batch.length;
    try {
      const codes = decodeSubmitAnswer(await net.request(peer, 'submit', encodeSubmit(batch), { timeoutMs: 20_000 }));
      for (const code of codes) note(code ?? 'taken');
    } catch (error) {
      note(codeOf(error) ?? String(error), batch.length);
      if (codeOf(error) === 'net/refused') refusing.add(toHex(peer));
      await sleep(50);
    }
  }
}
await Promise.all(Array.from({ length: 8 }, flood));
await net.close();
process.stdout.write(`${JSON.stringify(Object.fromEntries(answers))}\n`);
process.exit(0);
