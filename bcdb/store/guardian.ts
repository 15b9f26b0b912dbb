/**
 * A guardian's key, and the guardian that is alone on its grid: it executes the next block, signs its header at most once
 * per height, and commits block, state, signature and certificate in one transaction, so that nothing leaves that is not
 * on disk. Among several: guardian-acts.ts.
 */
import type { HeaderSignature } from '../../core/block.ts';
import type { Bodies } from '../../core/bodies.ts';
import { equalBytes } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Seat } from '../../core/guardian.ts';
import { type PublicKey, publicKeyOf, type Verify } from '../../core/keys.ts';
import { parseBody } from '../../core/record.ts';
import { signSodium } from '../verify.ts';
import type { Committer } from './committer.ts';
import { type Execution, executeBlock, executeGenesisBlock, type Incoming } from './executor.ts';
import type { Promises } from './guardian-promises.ts';
import { epochOf } from './standing-policy.ts';

/** A key that signs for its guardian; the seed stays inside. */
export type GuardianKey = {
  readonly key: PublicKey;
  sign(message: Uint8Array): Uint8Array;
  /** With the key beside it. Throws `replica/bad-certificate` when the signature does not verify. */
  attest(message: Uint8Array): HeaderSignature;
};

export function guardianKey(seed: Uint8Array, verify: Verify): GuardianKey {
  const key = publicKeyOf(seed);
  const sign = (message: Uint8Array): Uint8Array => signSodium(seed, message);
  return {
    key,
    sign,
    attest(message) {
      const signature = sign(message);
      // What leaves can never be taken back: a flipped bit in memory must not.
      if (!verify(signature, message, key)) {
        throw new AppError('replica/bad-certificate', 'own signature does not verify');
      }
      return { guardian: key, signature };
    },
  };
}

/** What a genesis says. Throws `replica/bad-block` for what is none. */
function genesisBody(genesis: Incoming): Bodies['genesis'] {
  const parsed = genesis.envelope === undefined ? undefined : parseBody(genesis.envelope);
  if (parsed?.kind !== 'genesis') throw new AppError('replica/bad-block', 'a genesis is expected');
  return parsed.body;
}

/** Whom it names. */
export const guardiansOfGenesis = (genesis: Incoming): readonly PublicKey[] => genesisBody(genesis).guardians;
export const seatsOfGenesis = (genesis: Incoming): readonly Seat[] => genesisBody(genesis).seats ?? [];
/** When it was made: the time of its block. */
export const createdMsOf = (genesis: Incoming): number => genesisBody(genesis).createdMs;

export type LoneGuardian = {
  /** Block 0. Throws what is wrong with the genesis; it must name this guardian, and no other. */
  found(genesis: Incoming): void;
  /** Cuts one block. */
  cut(timeMs: number, records: readonly Incoming[]): void;
};

export function openLoneGuardian(committer: Committer, promises: Promises, { key, attest }: GuardianKey): LoneGuardian {
  const { chain, parts } = committer;

  function commit(timeMs: number, execute: () => Execution): void {
    committer.transact(() => {
      const execution = execute();
      const epoch = epochOf(parts.state);
      const sealed = committer.seal(execution, { epoch, timeMs });
      const { header, headerBytes } = sealed;
      const place = { height: header.height, epoch };
      const signature = promises.sign(place, headerBytes, () => attest(headerBytes).signature);
      return { ...sealed, certificate: [{ guardian: key, signature }] };
    });
  }

  return {
    found(genesis) {
      const [only, ...others] = guardiansOfGenesis(genesis);
      if (only === undefined || others.length > 0 || !equalBytes(only, key)) {
        throw new AppError('replica/bad-certificate', 'the genesis must name this guardian alone');
      }
      const timeMs = createdMsOf(genesis);
      commit(timeMs, () => executeGenesisBlock(parts, genesis, timeMs));
    },
    cut(timeMs, records) {
      const { head } = chain;
      if (head === undefined) throw new AppError('replica/not-found', 'no genesis yet');
      commit(timeMs, () => executeBlock(parts, { height: head.height + 1, timeMs, records }, head.execHash));
    },
  };
}
