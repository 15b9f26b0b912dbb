/**
 * Handing in: judges own records one by one against the present head and what is pending, and writes those that are
 * good into the outbox, all in one transaction, so that one sync to disk serves many.
 */
import type { Verdict } from '../../core/block.ts';
import { AppError, type ErrorData, toErrorData } from '../../core/errors.ts';
import type { Envelope } from '../../core/record.ts';
import type { OutboxView } from '../../core/views.ts';
import type { Refusal } from './authors.ts';
import { type Db, hexOf, storageError } from './database.ts';
import { judgeAlone } from './door-checks.ts';
import type { ExecutorParts, Incoming } from './executor.ts';
import type { Outbox } from './outbox.ts';
import { previewLimit, withPreview } from './preview.ts';

/** What became of one record that was handed in. */
export type SubmitResult = { readonly view: OutboxView } | { readonly error: ErrorData };

export type SubmitContext = {
  readonly db: Db;
  readonly parts: ExecutorParts;
  readonly outbox: Outbox;
  readonly recordBytes: () => number;
  readonly createdMs: number;
  /** Block time that a block cut now would have. */
  readonly timeMs: number;
  /** Another record for a seq that has one. */
  readonly onFork: (envelope: Envelope) => void;
};

type Judged = { readonly result: SubmitResult; readonly incoming: Incoming | undefined };

const refused = ({ code, detail }: Refusal): Judged => ({
  result: { error: toErrorData(new AppError(code, detail)) },
  incoming: undefined,
});

/** Answers in the order of `records`. Throws `replica/disk-full`, and then none of them is in the outbox. */
export function submitAll(context: SubmitContext, records: readonly Uint8Array[]): readonly Judged[] {
  const { db, parts, outbox, timeMs, recordBytes } = context;
  const read = judgeAlone(records, { ...parts, recordBytes }, () => undefined)();
  try {
    db.exec('BEGIN IMMEDIATE');
    const isForeseen = outbox.size + records.length <= previewLimit;
    const waiting = isForeseen ? outbox.pending().map(({ bytes }) => bytes) : [];
    const judged = withPreview(parts, waiting, timeMs, (forecast) =>
      read.map((one) => {
        if (one === undefined) return refused({ code: 'record/malformed', detail: '' });
        if ('code' in one) return refused(one);
        return submitOne(context, one, isForeseen ? forecast : () => 'ok');
      }),
    );
    db.exec('COMMIT');
    return judged;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    outbox.reload();
    throw storageError(error);
  }
}

function submitOne(
  { outbox, createdMs, onFork }: SubmitContext,
  { incoming, envelope }: { readonly incoming: Incoming; readonly envelope: Envelope },
  forecast: (envelope: Envelope) => Verdict,
): Judged {
  const chainRefusal = outbox.judge(envelope);
  if (chainRefusal?.code === 'record/forked') onFork(envelope);
  if (chainRefusal !== undefined) return refused(chainRefusal);
  const verdict = forecast(envelope);
  if (verdict !== 'ok') return refused({ code: verdict, detail: '' });
  outbox.add(envelope, createdMs);
  const view = outbox.view(hexOf(envelope.id));
  return view === undefined ? refused({ code: 'ipc/internal', detail: '' }) : { result: { view }, incoming };
}
