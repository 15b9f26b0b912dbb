// Writes the node's records, one after the other, so that its record chain never forks.
import type { Replica } from '../../bcdb/replica-api.ts';
import type { Bodies, RecordKind } from '../../core/bodies.ts';
import { draftBytes, sealRecord } from '../../core/record.ts';
import type { OutboxView } from '../../core/views.ts';
import type { NodeKey } from './node-key.ts';

/** Signs and hands in one record; resolves when it is durable in the outbox. Throws what `Replica.submit` throws. */
export type Author = <K extends RecordKind>(kind: K, body: Bodies[K]) => Promise<OutboxView>;

/** An author over the node's key. The replica must have caught up: a record on an old head would fork the chain. */
export function createAuthor(replica: Pick<Replica, 'grid' | 'query' | 'submit'>, key: NodeKey): Author {
  let last: Promise<unknown> = Promise.resolve();
  const write: Author = async (kind, body) => {
    const { seq, prev } = await replica.query('next', { author: key.address });
    const signedBytes = draftBytes({ grid: replica.grid, kind, author: key.publicKey, seq, prev, body });
    return replica.submit(sealRecord(signedBytes, key.sign(signedBytes)));
  };
  return (kind, body) => {
    const result = last.then(() => write(kind, body));
    last = result.catch(() => undefined); // the caller has the error; the next record must not
    return result;
  };
}
