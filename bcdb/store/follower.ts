/**
 * Takes certified blocks from anyone: checks the certificate against the guardians of its height, the header against the
 * chain, executes by itself, and commits only when the outcome is what the guardians signed. What is merely bad is
 * refused; what a quorum signed and cannot be right is an alarm.
 */
import {
  type Block,
  checkCertificate,
  decodeBlock,
  encodeHeader,
  type Header,
  recordsRootOf,
  type Verdict,
} from '../../core/block.ts';
import { equalBytes, zero32 } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { Accusations } from './accusations.ts';
import { headerOn, historyRootOn } from './chain.ts';
import type { Committer } from './committer.ts';
import { Contradiction, headerProof } from './evidence.ts';
import {
  beginVerify,
  type Execution,
  executeBlock,
  executeGenesisBlock,
  type Incoming,
  incomingOf,
  RuleDefect,
} from './executor.ts';
import { guardiansOfGenesis } from './guardian.ts';
import { checkHeaderPlace } from './header-rules.ts';
import { fastSha256 } from './sha256.ts';
import { epochOf, guardiansIn } from './standing-policy.ts';
import type { TreeUpdate } from './state-tree.ts';

/** Codes that stop a replica: a quorum signed what contradicts what it holds. */
export const alarmCodes = ['replica/diverged', 'replica/forked-head', 'replica/outdated'] as const;

export type Follower = {
  /**
   * Executes the block above the head; one that is already here is `known`. Throws `replica/bad-block |
   * bad-certificate | cbor/*` for what proves nothing, one of `alarmCodes` for what must stop the replica.
   * `nextBytes`: what is to come after it, if that is known: its signatures are verified while this one is executed.
   */
  apply(blockBytes: Uint8Array, nextBytes?: Uint8Array): 'applied' | 'known';
};

export function createFollower(committer: Committer, accusations: Pick<Accusations, 'compare'>): Follower {
  const { chain, parts } = committer;

  /** Block 0 proves itself by its record's id, which is the grid's; its guardians sign everything after. */
  function guardiansFor(block: Block): readonly PublicKey[] {
    const known = guardiansIn(parts.state);
    if (known !== undefined) return known;
    const [only, ...others] = block.records;
    const genesis = only === undefined ? undefined : incomingOf(only);
    if (genesis?.envelope === undefined || others.length > 0) {
      throw new AppError('replica/bad-block', 'block 0 holds the genesis alone');
    }
    if (!equalBytes(genesis.id, parts.grid)) throw new AppError('replica/bad-block', 'the genesis of another grid');
    return guardiansOfGenesis(genesis);
  }

  /** A certified header at a height that has another one: proof that the guardians, or our disk, lie. */
  function compareKnown(block: Block): 'known' {
    const { header, headerBytes } = block;
    const stored = chain.stored(header.height);
    // Nothing is kept below the snapshot that a replica began with.
    if (stored === undefined || equalBytes(stored.headerBytes, headerBytes)) return 'known';
    const guardians = chain.guardians.at(header.height);
    try {
      checkCertificate(headerBytes, block.certificate, guardians, parts.verify);
    } catch (error) {
      accusations.compare(stored, block);
      throw error;
    }
    // Another one than a quorum signed is no proof against them: it changed on our disk.
    checkCertificate(stored.headerBytes, stored.certificate, guardians, parts.verify, 'replica/corrupt');
    const ours = chain.records(header.height);
    const first = block.records.findIndex((record, index) => !equalBytes(record, ours[index] ?? new Uint8Array(0)));
    const difference = first < 0 ? 'the same records' : `record ${first} differs`;
    throw new Contradiction('replica/forked-head', `two certified blocks at height ${header.height}: ${difference}`, {
      what: 'two-headers',
      height: header.height,
      ours: headerProof(stored.headerBytes, stored.certificate),
      theirs: headerProof(headerBytes, block.certificate),
    });
  }

  /** The header goes on from ours, or the guardians signed another history. */
  function checkHistory({ header, headerBytes, certificate }: Block): void {
    const { head } = chain;
    if (equalBytes(header.prev, head?.hash ?? zero32) && equalBytes(header.historyRoot, historyRootOn(head))) return;
    const ours = head === undefined ? undefined : chain.stored(head.height);
    throw new Contradiction('replica/forked-head', `block ${header.height} builds on another history than ours`, {
      what: 'two-headers',
      height: header.height - 1,
      ours: ours === undefined ? new Uint8Array(0) : headerProof(ours.headerBytes, ours.certificate),
      theirs: headerProof(headerBytes, certificate),
    });
  }

  /** Records and verdicts are those that the header was signed for: whoever brings a block cannot change them. */
  function readRecords({ header, records, verdicts }: Block): () => readonly Incoming[] {
    const read = records.map(incomingOf);
    const root = recordsRootOf(
      read.map(({ id }) => id),
      verdicts,
      fastSha256,
    );
    if (!equalBytes(root, header.recordsRoot)) {
      throw new AppError('replica/bad-block', `other records than were signed at height ${header.height}`);
    }
    return beginVerify(read, parts);
  }

  function executeNext({ header, verdicts }: Block, records: readonly Incoming[]): Execution {
    const { height, timeMs } = header;
    const { head } = chain;
    if (head !== undefined) {
      const begins = header.epoch > epochOf(parts.state) ? header.epoch : undefined;
      return executeBlock(parts, { height, timeMs, begins, records, verdicts }, head.execHash);
    }
    const [genesis] = records;
    if (genesis === undefined) throw new AppError('replica/bad-block', 'block 0 is empty');
    return executeGenesisBlock(parts, genesis, timeMs);
  }

  /** Throws when we come to something else than a quorum signed. */
  function compare(block: Block, execution: Execution, tree: TreeUpdate | undefined): void {
    const { header, headerBytes, certificate } = block;
    const difference =
      verdictDifference(block, execution) ??
      stateDifference(header, execution, epochOf(parts.state)) ??
      rootDifference(header, tree);
    if (difference === undefined) return;
    const { timeMs, position, epoch } = header;
    const said = { grid: parts.grid, epoch, timeMs, position, stateRoot: tree?.root };
    const ours = encodeHeader(headerOn(chain.head, { ...said, ...execution }));
    throw new Contradiction('replica/diverged', difference, {
      what: 'divergence',
      height: header.height,
      ours: headerProof(ours),
      theirs: headerProof(headerBytes, certificate),
    });
  }

  function execute(block: Block, records: readonly Incoming[]): Execution {
    const { header, headerBytes, certificate } = block;
    try {
      return executeNext(block, records);
    } catch (error) {
      if (!(error instanceof RuleDefect)) throw error;
      const { height } = header;
      const theirs = headerProof(headerBytes, certificate);
      const proof = { what: 'divergence', height, ours: new Uint8Array(0), theirs } as const;
      throw new Contradiction('replica/diverged', error.message, proof);
    }
  }

  /** The block that was read ahead. */
  let ahead:
    | { readonly bytes: Uint8Array; readonly block: Block; readonly verified: () => readonly Incoming[] }
    | undefined;

  /** Reads what is to come next. Nothing is decided: when its turn comes it is judged like any other. */
  function readAhead(bytes: Uint8Array): void {
    ahead = undefined;
    try {
      const block = decodeBlock(bytes);
      // Whoever brings what no guardian signed costs no time of ours.
      checkCertificate(block.headerBytes, block.certificate, guardiansFor(block), parts.verify);
      ahead = { bytes, block, verified: readRecords(block) };
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
  }

  return {
    apply(blockBytes, nextBytes) {
      const seen = ahead !== undefined && equalBytes(ahead.bytes, blockBytes) ? ahead : undefined;
      const block = seen?.block ?? decodeBlock(blockBytes);
      const { header, headerBytes, certificate } = block;
      const { head } = chain;
      if (head !== undefined && header.height <= head.height) return compareKnown(block);
      const guardians = guardiansFor(block);
      const epoch = epochOf(parts.state);
      checkHeaderPlace(header, { grid: parts.grid, head, epoch, guardianCount: guardians.length });
      checkBeginning(block, epoch);
      checkCertificate(headerBytes, certificate, guardians, parts.verify);
      checkHistory(block);
      const records = (seen?.verified ?? readRecords(block))();
      if (nextBytes !== undefined) readAhead(nextBytes);
      committer.transact(() => {
        const execution = execute(block, records);
        const tree = header.stateRoot === undefined ? undefined : committer.planTree(execution);
        compare(block, execution, tree);
        return { header, headerBytes, execution, certificate, tree };
      });
      return 'applied';
    },
  };
}

/** A later epoch begins with its record. */
function checkBeginning({ header, records }: Block, epoch: number): void {
  if (header.epoch === epoch) return;
  const [first] = records;
  if (first !== undefined && incomingOf(first).envelope?.kind === 'epoch') return;
  throw new AppError('replica/bad-block', `another epoch at height ${header.height}`);
}

/** Verdicts of one who knows fewer kinds than the guardians. */
const needsUpdate: ReadonlySet<Verdict> = new Set([
  'record/unknown-kind',
  'record/future-version',
  'record/kind-unsupported',
]);

/** The first record of which we say something else than the guardians. Throws when that is nobody's lie. */
function verdictDifference({ header, verdicts }: Block, { executed }: Execution): string | undefined {
  const index = executed.findIndex(({ verdict }, at) => verdict !== verdicts[at]);
  const ours = executed[index]?.verdict;
  if (ours === undefined) return undefined;
  const where = `record ${index} of block ${header.height}`;
  // The id does not cover a record's signature: this one was spoiled on its way.
  if (ours === 'record/bad-signature') throw new AppError('replica/bad-block', `${where}: its signature was changed`);
  if (needsUpdate.has(ours)) throw new AppError('replica/outdated', `${where} needs a newer version`);
  return `${where}: ${ours} here, ${verdicts[index]} there`;
}

/** What differs when the same verdicts led to another state. */
function stateDifference(header: Header, { execHash, changes }: Execution, epoch: number): string | undefined {
  if (!equalBytes(header.execHash, execHash)) {
    const changed = changes.slice(0, 5).map(({ change }) => `${change.kind} ${change.key.slice(0, 16)}`);
    return `block ${header.height}: other state; changed here: ${changed.join(', ') || 'nothing'}`;
  }
  return header.epoch === epoch ? undefined : `block ${header.height}: epoch ${header.epoch} there, ${epoch} here`;
}

/** What differs when all objects together are not those that the guardians hold: something was lost or spoiled on a disk. */
function rootDifference({ height, stateRoot }: Header, tree: TreeUpdate | undefined): string | undefined {
  if (stateRoot === undefined || tree === undefined || equalBytes(stateRoot, tree.root)) return undefined;
  return `block ${height}: other objects, though all blocks since agreed`;
}
