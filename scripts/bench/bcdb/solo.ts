// One guardian: payments through its door into certified blocks, which another replica verifies and executes; and a file of
// those blocks for replicas to come.

import { rmSync } from 'node:fs';
import type { Claim } from '../../../bcdb/store/verify-board.ts';
import { decodeRecord } from '../../../core/record.ts';
import { checkAdmitted, openGuardian } from '../bench-grid.ts';
import { counted } from '../figure.ts';
import { Stopwatch } from '../measure.ts';
import { verifyOnAllCores } from './all-cores.ts';
import { writeFrames } from './framed-file.ts';
import { createdMs, payers } from './transfers.ts';

/** Records that reach the door in one request, and those that wait when a block is cut: the policy's limit. */
const [batch, perBlock] = [100, 2000];
/** The baseline is taken again and again: it sees the same other load as what it is beside. */
const rawEvery = 100_000;

export type Solo = {
  /**
   * Records a second: at the door; executed and certified; from the one to the other. Each by the time of the store's thread
   * alone: other threads judge signatures meanwhile.
   */
  readonly accepted: number;
  readonly executed: number;
  readonly endToEnd: number;
  /** Signature checks a second on all cores, in between; and of what. */
  readonly raw: readonly number[];
  readonly claims: readonly Claim[];
  readonly execHash: string;
};

const inBatches = (records: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] =>
  Array.from({ length: Math.ceil(records.length / batch) }, (_, index) =>
    records.slice(index * batch, (index + 1) * batch),
  );

/** Signatures to verify by themselves. */
const claimsOf = (records: readonly Uint8Array[]): readonly Claim[] =>
  records.map((bytes) => {
    const { signature, signedBytes, author } = decodeRecord(bytes);
    return { signature, message: signedBytes, key: author };
  });

/** Puts all records through a new guardian in `folder`, and its blocks into the file `blocks`. */
export async function runSolo(
  folder: string,
  {
    records,
    count,
    blocks,
  }: { readonly records: Iterable<Uint8Array>; readonly count: number; readonly blocks: string },
  say: (line: string) => void,
): Promise<Solo> {
  let nowMs = createdMs;
  const store = openGuardian(folder, payers().founding, () => nowMs);
  const [accepting, executing] = [new Stopwatch(), new Stopwatch()];
  const file = writeFrames(blocks);
  const raw: number[] = [];
  let claims: readonly Claim[] = [];
  let coming: Uint8Array[] = [];
  let done = 0;

  function cut(): void {
    nowMs += 100;
    executing.run(() => store.cut());
    file.write(store.block(store.query('head', null).height));
  }

  /** As the store's thread does it: what comes in is judged by threads while a block is cut, and let in then. */
  function takeIn(records: readonly Uint8Array[]): void {
    const begun = accepting.run(() => inBatches(records).map((some) => store.beginAdmit(some)));
    if (done > 0) cut();
    checkAdmitted(accepting.run(() => begun.flatMap((letIn) => letIn())));
    done += records.length;
  }

  file.write(store.block(0));
  for (const record of records) {
    coming.push(record);
    if (coming.length < perBlock) continue;
    if (done % rawEvery === 0) {
      claims = claimsOf(coming);
      raw.push(await verifyOnAllCores(claims));
      say(`${counted(done)} records at the door`);
    }
    takeIn(coming);
    coming = [];
  }
  if (coming.length > 0) takeIn(coming);
  cut();
  const last = store.query('head', null);
  if (last.recordCount !== count + 1) throw new Error(`${last.recordCount} records stand in the history`);
  store.close();
  file.close();
  rmSync(folder, { recursive: true });
  return {
    accepted: accepting.perSecond(count),
    executed: executing.perSecond(count),
    endToEnd: (count * 1000) / (accepting.ms + executing.ms),
    raw,
    claims,
    execHash: last.execHash,
  };
}
