/**
 * Takes certified blocks from anyone: checks the certificate against the genesis' guardians, the header against the
 * chain, executes by itself, and commits only when the outcome is what the guardians signed. What is merely bad is
 * refused; what a quorum signed and cannot be right is an alarm.
 */
import {
  type Block,
  checkCertificate,
  decodeBlock,
  type Header,
  recordsRootOf,
  type Verdict,
} from '../../core/block.ts';
import { equalBytes, zero32 } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import { parseBody } from '../../core/record.ts';
import { sha256Sodium } from '../verify.ts';
import { historyRootOn } from './chain.ts';
import type { Committer } from './committer.ts';
import { type Execution, executeBlock, executeGenesisBlock, type Incoming, incomingOf, verifyAll } from './executor.ts';
import type { TreeUpdate } from './state-tree.ts';

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
    // Nothing is kept below the snapshot that a replica began with.
    if (stored === undefined || equalBytes(stored.headerBytes, headerBytes)) return 'known';
    checkCertificate(headerBytes, block.certificate, guardiansOf() ?? [], parts.verify);
    const ours = chain.records(header.height);
    const first = block.records.findIndex((record, index) => !equalBytes(record, ours[index] ?? new Uint8Array(0)));
    const difference = first < 0 ? 'the same records' : `record ${first} differs`;
    throw new AppError('replica/forked-head', `two certified blocks at height ${header.height}: ${difference}`);
  }

  /** The header goes on from ours, or the guardians signed another history. */
  function checkHistory(header: Header): void {
    const { head } = chain;
    if (equalBytes(header.prev, head?.hash ?? zero32) && equalBytes(header.historyRoot, historyRootOn(head))) return;
    throw new AppError('replica/forked-head', `block ${header.height} builds on another history than ours`);
  }

  /** Records and verdicts are those that the header was signed for: whoever brings a block cannot change them. */
  function readRecords({ header, records, verdicts }: Block): readonly Incoming[] {
    const read = records.map(incomingOf);
    const root = recordsRootOf(
      read.map(({ id }) => id),
      verdicts,
      sha256Sodium,
    );
    if (!equalBytes(root, header.recordsRoot)) {
      throw new AppError('replica/bad-block', `other records than were signed at height ${header.height}`);
    }
    return verifyAll(read, parts);
  }

  function executeNext({ header, verdicts }: Block, records: readonly Incoming[]): Execution {
    const { height, timeMs } = header;
    if (chain.head !== undefined)
      return executeBlock(parts, { height, timeMs, records, verdicts }, chain.head.execHash);
    const [genesis] = records;
    if (genesis === undefined) throw new AppError('replica/bad-block', 'block 0 is empty');
    return executeGenesisBlock(parts, genesis, timeMs);
  }

  return {
    apply(blockBytes) {
      const block = decodeBlock(blockBytes);
      const { header, headerBytes, certificate } = block;
      if (chain.head !== undefined && header.height <= chain.head.height) return compareKnown(block);
      checkHeader(header);
      checkCertificate(headerBytes, certificate, guardiansFor(block), parts.verify);
      checkHistory(header);
      const records = readRecords(block);
      committer.transact(() => {
        const execution = executeNext(block, records);
        compareVerdicts(block, execution);
        compareState(header, execution);
        const tree = header.stateRoot === undefined ? undefined : committer.planTree(execution);
        compareRoot(header, tree);
        return { header, headerBytes, execution, certificate, tree };
      });
      return 'applied';
    },
  };
}

/** Verdicts of one who knows fewer kinds than the guardians. */
const needsUpdate: ReadonlySet<Verdict> = new Set([
  'record/unknown-kind',
  'record/future-version',
  'record/kind-unsupported',
]);

/** Throws at the first record of which we say something else than the guardians. */
function compareVerdicts({ header, verdicts }: Block, { executed }: Execution): void {
  const index = executed.findIndex(({ verdict }, at) => verdict !== verdicts[at]);
  const ours = executed[index]?.verdict;
  if (ours === undefined) return;
  const where = `record ${index} of block ${header.height}`;
  // The id does not cover a record's signature: this one was spoiled on its way.
  if (ours === 'record/bad-signature') throw new AppError('replica/bad-block', `${where}: its signature was changed`);
  if (needsUpdate.has(ours)) throw new AppError('replica/outdated', `${where} needs a newer version`);
  throw new AppError('replica/diverged', `${where}: ${ours} here, ${verdicts[index]} there`);
}

/** Throws when the same verdicts led to another state. */
function compareState({ height, execHash: theirs }: Header, { execHash, changes }: Execution): void {
  if (equalBytes(theirs, execHash)) return;
  const changed = changes.slice(0, 5).map(({ change }) => `${change.kind} ${change.key.slice(0, 16)}`);
  throw new AppError(
    'replica/diverged',
    `block ${height}: other state; changed here: ${changed.join(', ') || 'nothing'}`,
  );
}

/** Throws when all objects together are not those that the guardians hold: something was lost or spoiled on a disk. */
function compareRoot({ height, stateRoot }: Header, tree: TreeUpdate | undefined): void {
  if (stateRoot === undefined || tree === undefined || equalBytes(stateRoot, tree.root)) return;
  throw new AppError('replica/diverged', `block ${height}: other objects, though all blocks since agreed`);
}
