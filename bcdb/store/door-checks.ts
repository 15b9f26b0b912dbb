/** All that can be said of a record by itself, before it costs anything: size, shape, kind, grid, signature. */
import { isRecordKind } from '../../core/bodies.ts';
import type { Envelope } from '../../core/record.ts';
import type { Refusal } from './authors.ts';
import { beginVerify, type ExecutorParts, type Incoming, incomingOf, judgeEnvelope } from './executor.ts';

/** A record that can be read. */
export type Read = { readonly incoming: Incoming; readonly envelope: Envelope };
export const isRefusal = (one: object): one is Refusal => 'code' in one;

/** Size, shape and kind. */
function read(bytes: Uint8Array, mostBytes: number): Read | Refusal {
  if (bytes.length > mostBytes) return { code: 'record/too-large', detail: `${bytes.length} of ${mostBytes} bytes` };
  const incoming = incomingOf(bytes);
  const { envelope } = incoming;
  if (envelope === undefined) return incoming.refusal ?? { code: 'record/malformed', detail: '' };
  return isRecordKind(envelope.kind) ? { incoming, envelope } : { code: 'record/unknown-kind', detail: envelope.kind };
}

/** Grid and signature of each, all signatures in one go. */
function beginVerified(records: readonly Read[], parts: Checks): () => readonly (Read | Refusal)[] {
  const finish = beginVerify(
    records.map(({ incoming }) => incoming),
    parts,
  );
  return () =>
    finish().map((incoming, index) => {
      const { envelope } = records[index] ?? incoming;
      if (envelope === undefined) return { code: 'record/malformed', detail: '' };
      const refusal = judgeEnvelope({ envelope, isVerified: incoming.isVerified }, parts);
      return refusal ?? { envelope, incoming: { ...incoming, isVerified: true } };
    });
}

export type Checks = Pick<ExecutorParts, 'grid' | 'verify' | 'verifyMany'> & {
  /** The policy's limit on one record. */
  readonly recordBytes: () => number;
};

/**
 * All that can be said of records by themselves: size, shape, kind, grid, signature. `Known` ones are not verified. Threads
 * begin with the signatures; the answer is called for the outcomes.
 */
export function judgeAlone<Known>(
  records: readonly Uint8Array[],
  checks: Checks,
  knownOf: (envelope: Envelope) => Known | undefined,
): () => readonly (Read | Refusal | Known)[] {
  const outcomes: (Read | Refusal | Known)[] = [];
  const open: Read[] = [];
  const places: number[] = [];
  for (const [index, bytes] of records.entries()) {
    const one = read(bytes, checks.recordBytes());
    const known = isRefusal(one) ? undefined : knownOf(one.envelope);
    outcomes.push(known ?? one);
    if (isRefusal(one) || known !== undefined) continue;
    open.push(one);
    places.push(index);
  }
  const finish = beginVerified(open, checks);
  return () => {
    for (const [index, outcome] of finish().entries()) outcomes[places[index] ?? 0] = outcome;
    return outcomes;
  };
}
