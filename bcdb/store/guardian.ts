/**
 * The embedded guardian: executes the next block, signs its header at most once per height, and commits block, state,
 * signature and certificate in one transaction, so that nothing leaves that is not on disk.
 */
import { encodeHeader, type HeaderSignature, headerHash } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { publicKeyOf } from '../../core/keys.ts';
import { parseBody } from '../../core/record.ts';
import { hasStateRoot } from '../../core/state-tree.ts';
import { signSodium } from '../verify.ts';
import { headerOn } from './chain.ts';
import type { Committer } from './committer.ts';
import { type Db, plain } from './database.ts';
import { type Execution, executeBlock, executeGenesisBlock, type Incoming } from './executor.ts';

export type Guardian = {
  readonly key: Uint8Array;
  /** Block 0. Throws what is wrong with the genesis; it must name this guardian, and no other. */
  found(genesis: Incoming): void;
  /** Cuts one block. */
  cut(timeMs: number, records: readonly Incoming[]): void;
  /** A statement that only the guardian can make: signed bytes. */
  sign(message: Uint8Array): Uint8Array;
};

export function openGuardian(db: Db, committer: Committer, seed: Uint8Array): Guardian {
  const key = publicKeyOf(seed);
  const insertSigned = db.prepare('INSERT INTO signed VALUES (?, ?, ?)');
  const selectSigned = db.prepare<[number], { hash: Buffer; signature: Buffer }>(
    'SELECT hash, signature FROM signed WHERE height = ?',
  );

  /** At most one header a height, ever: the same one again gets the signature that it had. */
  function signHeader(height: number, headerBytes: Uint8Array): HeaderSignature {
    const hash = headerHash(headerBytes);
    const before = selectSigned.get(height);
    if (before !== undefined) {
      if (!equalBytes(plain(before.hash), hash)) {
        throw new AppError('replica/forked-head', `height ${height} was signed with header ${toHex(before.hash)}`);
      }
      return { guardian: key, signature: plain(before.signature) };
    }
    const signature = signSodium(seed, headerBytes);
    // What leaves can never be taken back: a flipped bit in memory must not.
    if (!committer.parts.verify(signature, headerBytes, key)) {
      throw new AppError('replica/bad-certificate', 'own signature does not verify');
    }
    insertSigned.run(height, hash, signature);
    return { guardian: key, signature };
  }

  function commit(timeMs: number, execute: () => Execution): void {
    committer.transact(() => {
      const execution = execute();
      const { head } = committer.chain;
      const tree = head !== undefined && hasStateRoot(head.height + 1) ? committer.planTree(execution) : undefined;
      const header = headerOn(head, { grid: committer.parts.grid, timeMs, ...execution, stateRoot: tree?.root });
      const headerBytes = encodeHeader(header);
      return { header, headerBytes, execution, tree, certificate: [signHeader(header.height, headerBytes)] };
    });
  }

  return {
    key,
    found(genesis) {
      const body = genesis.envelope === undefined ? undefined : parseBody(genesis.envelope);
      if (body?.kind !== 'genesis') throw new AppError('replica/bad-block', 'a genesis is expected');
      const [only, ...others] = body.body.guardians;
      if (only === undefined || others.length > 0 || !equalBytes(only, key)) {
        throw new AppError('replica/bad-certificate', 'the genesis must name this guardian alone');
      }
      const timeMs = body.body.createdMs;
      commit(timeMs, () => executeGenesisBlock(committer.parts, genesis, timeMs));
    },
    cut(timeMs, records) {
      const { head } = committer.chain;
      if (head === undefined) throw new AppError('replica/not-found', 'no genesis yet');
      commit(timeMs, () => executeBlock(committer.parts, { height: head.height + 1, timeMs, records }, head.execHash));
    },
    sign: (message) => signSodium(seed, message),
  };
}
