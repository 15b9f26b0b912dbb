/**
 * From "this body, please" to a record under review: takes the author's next seq, builds the bytes, and hands the
 * signed record to the replica. The words come from the bytes, not from the body.
 */

import type { Replica } from '../../bcdb/replica-api.ts';
import type { Bodies, RecordKind } from '../../core/bodies.ts';
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { OutcomeView } from '../../core/ipc/views.ts';
import { addressOf, type PublicKey } from '../../core/keys.ts';
import { draftBytes, recordId, sealRecord } from '../../core/record.ts';
import type { Proposal } from './reviews.ts';
import { type NameOf, recordWords } from './words.ts';

/** Builds the proposal. `contract` is what the outcome names, when the record is about one. */
export async function proposeRecord<K extends RecordKind>(options: {
  readonly replica: Replica;
  readonly author: PublicKey;
  readonly kind: K;
  readonly body: Bodies[K];
  readonly nameOf: NameOf;
  readonly contract?: string;
  readonly onSubmitted?: (recordIdHex: string) => Promise<void> | void;
}): Promise<Proposal> {
  const { replica, author, kind, body, nameOf } = options;
  const address = addressOf(author);
  const { seq, prev } = await replica.query('next', { author: address });
  const bytes = draftBytes({ grid: replica.grid, kind, author, seq, prev, body });
  return {
    kind: 'record',
    bytes,
    words: recordWords(bytes, nameOf),
    check: async () => {
      const now = await replica.query('next', { author: address });
      if (now.seq !== seq || toHex(now.prev) !== toHex(prev))
        throw new AppError('review/stale', 'another record was signed since');
    },
    finish: async (signature): Promise<OutcomeView> => {
      const submitted = await replica.submit(sealRecord(bytes, signature));
      await options.onSubmitted?.(submitted.id);
      return { record: toHex(recordId(bytes)), contract: options.contract ?? null };
    },
  };
}
