/**
 * Takes certified blocks from anyone: checks the certificate against the genesis' guardians, the header against the
 * chain, executes by itself, and commits only when the outcome is what the guardians signed. What is merely bad is
 * refused; what a quorum signed and cannot be right is an alarm.
 */
import { type Block, checkCertificate, decodeBlock, encodeHeader, type Header } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import { peaksRoot } from '../../core/merkle.ts';
import { parseBody } from '../../core/record.ts';
import { headerOn } from './chain.ts';
import type { Committer } from './committer.ts';
import { type Execution, executeBlock, executeGenesisBlock, type Incoming, incomingOf, verifyAll } from './executor.ts';

/** Codes that stop a replica: a quorum signed what contradicts what it holds. */
export const alarmCodes = ['replica/diverged', 'replica/forked-head', 'replica/outdated'] as const;

export type Follower = {
  /**
   * Executes the block above the head; one that is already here is `known`. Throws `replica/bad-block |
   * bad-certificate | cbor/*` for what proves nothing, one of `alarmCodes` for what must stop the replica.
   */
  apply(blockBytes: Uint8Array): 'applied' | 'known';
};

/** `guardiansOf`: the guardians by the state; undefined before the genesis. */
export function createFollower(committer: Committer, guardiansOf: () => readonly PublicKey[] | undefined): Follower {
  const { chain, parts } = committer;

  /** Block 0 proves itself by its record's id, which is the grid's; its guardians sign everything after. */
  function guardiansFor(block: Block): readonly PublicKey[] {
    const known = guardiansOf();
    if (known !== undefined) return known;
    const [only, ...others] = block.records;
    const genesis = only === undefined ? undefined : incomingOf(only);
    if (genesis?.envelope === undefined || others.length > 0) {
      throw new AppError('replica/bad-block', 'block 0 holds the genesis alone');
    }
    if (!equalBytes(genesis.id, parts.grid)) throw new AppError('replica/bad-block', 'the genesis of another grid');
    const body = parseBody(genesis.envelope);
    if (body.kind !== 'genesis') throw new AppError('replica/bad-block', 'a genesis is expected');
    return body.body.guardians;
  }

  function checkHeader(header: Header): void {
    const { head } = chain;
    const wrong = (what: string): AppError => new AppError('replica/bad-block', `${what} at height ${header.height}`);
    if (!equalBytes(header.grid, parts.grid)) throw wrong('another grid');
    if (header.epoch !== 0) throw wrong('another epoch');
    if (header.height !== (head === undefined ? 0 : head.height + 1)) throw wrong('not the next block');
    if (head !== undefined && header.timeMs < head.timeMs) throw wrong('time goes back');
  }

  /** A certified header at a height that has another one: proof that the guardians, or our disk, lie. */
  function compareKnown(block: Block): 'known' {
    const { header, headerBytes } = block;
    const stored = chain.stored(header.height);
    if (stored !== undefined && equalBytes(stored.headerBytes, headerBytes)) return 'known';
    checkCertificate(headerBytes, block.certificate, guardiansOf() ?? [], parts.verify);
    const ours = chain.records(header.height);
    const first = block.records.findIndex((record, index) => !equalBytes(record, ours[index] ?? new Uint8Array(0)));
    const difference = first < 0 ? 'the same records' : `record ${first} differs`;
    throw new AppError('replica/forked-head', `two certified blocks at height ${header.height}: ${difference}`);
  }

  function executeNext(block: Block, records: readonly Incoming[]): Execution {
    const { header } = block;
    const { head } = chain;
    if (head !== undefined) {
      return executeBlock(parts, { height: header.height, timeMs: header.timeMs, records }, head.execHash);
    }
    const [genesis] = records;
    if (genesis === undefined) throw new AppError('replica/bad-block', 'block 0 is empty');
    return executeGenesisBlock(parts, genesis, header.timeMs);
  }

  /** Anything but the very header that the guardians signed means that we came to another state. */
  function compareOutcome({ header, headerBytes }: Block, execution: Execution): void {
    const { head } = chain;
    const ours = headerOn(head, parts.grid, header.timeMs, execution);
    if (equalBytes(encodeHeader(ours), headerBytes)) return;
    if (!equalBytes(header.prev, ours.prev) || !equalBytes(header.historyRoot, peaksRoot(head?.peaks ?? []))) {
      throw new AppError('replica/forked-head', `block ${header.height} builds on another history than ours`);
    }
    const unknown = execution.executed.findIndex(
      ({ verdict }) =>
        verdict === 'record/unknown-kind' ||
        verdict === 'record/future-version' ||
        verdict === 'record/kind-unsupported',
    );
    if (unknown >= 0) {
      throw new AppError('replica/outdated', `record ${unknown} of block ${header.height} needs a newer version`);
    }
    throw new AppError('replica/diverged', `block ${header.height}: ${firstDifference(header, execution)}`);
  }

  return {
    apply(blockBytes) {
      const block = decodeBlock(blockBytes);
      const { header } = block;
      if (chain.head !== undefined && header.height <= chain.head.height) return compareKnown(block);
      checkHeader(header);
      checkCertificate(block.headerBytes, block.certificate, guardiansFor(block), parts.verify);
      const records = verifyAll(block.records.map(incomingOf), parts);
      committer.transact(() => {
        const execution = executeNext(block, records);
        compareOutcome(block, execution);
        return { header, headerBytes: block.headerBytes, execution, certificate: block.certificate };
      });
      return 'applied';
    },
  };
}

/** The first thing that shows where two executions part: the verdicts, else the state after them. */
function firstDifference(header: Header, { recordsRoot, execHash, executed, changes }: Execution): string {
  if (!equalBytes(header.recordsRoot, recordsRoot)) {
    const refused = executed.flatMap(({ verdict }, index) => (verdict === 'ok' ? [] : [`${index} ${verdict}`]));
    return `other verdicts; refused here: ${refused.slice(0, 5).join(', ') || 'none'}`;
  }
  const changed = changes.slice(0, 5).map(({ change }) => `${change.kind} ${change.key.slice(0, 16)}`);
  return `same verdicts, other state (${toHex(execHash).slice(0, 16)}); changed here: ${changed.join(', ') || 'nothing'}`;
}
