/**
 * A contract on disk: what changes stands in its row and its versions; what its document and approvals fixed for good, which
 * is the most of it, stands once, by its hash. The object's own bytes, which are hashed everywhere, come out as they went in.
 */
import { AppError } from '../../core/errors.ts';
import type { Contract } from '../state.ts';
import { decodeObject, encodeObject } from './codec.ts';
import { type Db, plain } from './database.ts';
import { fastSha256 } from './sha256.ts';

/** A contract in two: `row` names `part` by its hash. */
export type Split = { readonly row: Uint8Array; readonly hash: Uint8Array; readonly part: Uint8Array };

/** What no record changes but one that replaces the document. */
type Fixed = Pick<Contract, 'document' | 'approvals' | 'title' | 'payer' | 'coordinator' | 'parties' | 'deleteQuorum'>;

export function splitContract(contract: Contract): Split {
  const { document, approvals, title, payer, coordinator, parties, deleteQuorum, ...changing } = contract;
  const fixed = { document, approvals, title, payer, coordinator, parties, deleteQuorum } satisfies Fixed;
  const part = encodeObject(fixed);
  const hash = fastSha256(part);
  return { row: encodeObject({ ...changing, part: hash }), hash, part };
}

/** The same from an object's bytes. */
export const splitStored = (bytes: Uint8Array): Split => splitContract(decodeObject('contract', bytes));

export type ContractParts = {
  /** Keeps the part; answers the row. In the open transaction. */
  store(split: Split): Uint8Array;
  /** The object's bytes behind a row. Throws `replica/corrupt` when its part is missing. */
  join(row: Uint8Array): Uint8Array;
};

export function createContractParts(db: Db): ContractParts {
  const insert = db.prepare('INSERT INTO contract_parts VALUES (?, ?) ON CONFLICT (hash) DO NOTHING');
  const select = db.prepare<[Uint8Array], Buffer>('SELECT bytes FROM contract_parts WHERE hash = ?').pluck();
  return {
    store({ row, hash, part }) {
      insert.run(hash, part);
      return row;
    },
    join(row) {
      const { part: hash, ...changing } = decodeObject('contract', row) as Contract & { readonly part: Uint8Array };
      const part = select.get(hash);
      if (part === undefined) throw new AppError('replica/corrupt', `the document of contract ${changing.id}`);
      return encodeObject({ ...changing, ...decodeObject('contract', plain(part)) });
    },
  };
}
