/**
 * A contract on disk: what changes stands in its row and its versions; document and approvals, which are the most of it and
 * never change, stand once, by their hash. The object's own bytes, which are hashed everywhere, come out as they went in.
 */
import { AppError } from '../../core/errors.ts';
import type { Contract } from '../state.ts';
import { decodeObject, encodeObject } from './codec.ts';
import { type Db, plain } from './database.ts';
import { fastSha256 } from './sha256.ts';

/** A contract in two: `row` carries the hash of `part` where the document stood. */
export type Split = { readonly row: Uint8Array; readonly hash: Uint8Array; readonly part: Uint8Array };

export function splitContract(contract: Contract): Split {
  const { document, approvals } = contract;
  const part = encodeObject({ document, approvals });
  const hash = fastSha256(part);
  return { row: encodeObject({ ...contract, document: hash, approvals: [] }), hash, part };
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
      const contract = decodeObject('contract', row);
      const part = select.get(contract.document);
      if (part === undefined) throw new AppError('replica/corrupt', `the document of contract ${contract.id}`);
      const { document, approvals } = decodeObject('contract', plain(part));
      return encodeObject({ ...contract, document, approvals });
    },
  };
}
