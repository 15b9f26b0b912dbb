/**
 * Executes a block: time first, then its records in order, each done whole or not at all; then the hash of what came of
 * it. The same on every replica: nothing here but the database, the records and the block's time.
 */
import { createHash } from 'node:crypto';
import type { Verdict } from '../../core/block.ts';
import { equalBytes, zero32 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { decodeRecord, type Envelope } from '../../core/record.ts';
import type { State, Totals } from '../state.ts';
import { type Authors, type ChangedChain, judgeChain, type Refusal } from './authors.ts';
import { hexOf, isStorageError } from './database.ts';
import { fastSha256 } from './sha256.ts';
import type { ChangedBytes, SqlState } from './sql-state.ts';
import type { VerifyMany } from './verify-pool.ts';

/** What the rules are to the store; `bcdb/rules` in every real replica. */
export type Rules = {
  executeGenesis(state: State, record: Envelope, timeMs: number): void;
  executeRecord(
    state: State,
    record: Envelope,
    context: {
      readonly grid: Uint8Array;
      readonly timeMs: number;
      readonly verify: Verify;
      readonly begins?: number | undefined;
      readonly hasPolicy?: boolean | undefined;
    },
  ): void;
  passTime(state: State, timeMs: number): void;
  unexplained(totals: Totals): bigint;
};

type RecordContext = Omit<Parameters<Rules['executeRecord']>[2], 'grid' | 'verify'>;

/** A record on its way into a block: decoded, or why that failed. */
export type Incoming = {
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
  readonly envelope: Envelope | undefined;
  readonly refusal: Refusal | undefined;
  /** Its signature was found good by this process already. */
  readonly isVerified: boolean;
};

/** A record and what became of it. `isCounted`: its envelope was valid, so it took its author's seq. */
export type Executed = { readonly incoming: Incoming; readonly verdict: Verdict; readonly isCounted: boolean };

export type Execution = {
  /** The block's records: of a proposal those that count. */
  readonly executed: readonly Executed[];
  /** Of a proposal: records on which the rules broke down, left out. */
  readonly defects: readonly RuleDefect[];
  readonly changes: readonly ChangedBytes[];
  readonly authors: readonly ChangedChain[];
  readonly execHash: Uint8Array;
};

/** Records of one block may stand at up to this many positions. */
const positionsPerBlock = 2 ** 17;

/** A record's place in the whole history. */
export const positionOf = (height: number, index: number): number => height * positionsPerBlock + index;
export const placeOf = (position: number): { readonly height: number; readonly index: number } => ({
  height: Math.floor(position / positionsPerBlock),
  index: position % positionsPerBlock,
});

/** Decodes a record for a block; what cannot be decoded goes by the hash of all its bytes. */
export function incomingOf(bytes: Uint8Array): Incoming {
  try {
    const envelope = decodeRecord(bytes, fastSha256);
    return { bytes, id: envelope.id, envelope, refusal: undefined, isVerified: false };
  } catch (error) {
    const code = codeOf(error) ?? 'record/malformed';
    const detail = error instanceof AppError ? error.detail : '';
    return { bytes, id: fastSha256(bytes), envelope: undefined, refusal: { code, detail }, isVerified: false };
  }
}

/** A genesis can only be a grid's first record, which never comes here. */
const isOfGrid = (envelope: Envelope, grid: Uint8Array): boolean =>
  envelope.kind !== 'genesis' && equalBytes(envelope.grid, grid);

/** Grid and signature. */
export function judgeEnvelope(
  { envelope, isVerified }: { readonly envelope: Envelope; readonly isVerified: boolean },
  { grid, verify }: Pick<ExecutorParts, 'grid' | 'verify'>,
): Refusal | undefined {
  if (isVerified) return undefined;
  if (!isOfGrid(envelope, grid)) return { code: 'record/wrong-grid', detail: '' };
  if (!verify(envelope.signature, envelope.signedBytes, envelope.author)) {
    return { code: 'record/bad-signature', detail: '' };
  }
  return undefined;
}

export type ExecutorParts = {
  readonly state: SqlState;
  readonly authors: Authors;
  readonly rules: Rules;
  readonly verify: Verify;
  readonly verifyMany: VerifyMany;
  readonly grid: Uint8Array;
};

/** Lets the threads begin with all signatures. The answer marks those that are good; others are judged again where they are used. */
export function beginVerify(
  records: readonly Incoming[],
  { grid, verifyMany }: Pick<ExecutorParts, 'grid' | 'verifyMany'>,
): () => readonly Incoming[] {
  const open = records.flatMap(({ envelope, isVerified }) =>
    envelope === undefined || isVerified || !isOfGrid(envelope, grid) ? [] : [envelope],
  );
  const finish = verifyMany.begin(
    open.map(({ signature, signedBytes, author }) => ({ signature, message: signedBytes, key: author })),
  );
  return () => {
    const outcomes = finish();
    const good = new Set(open.filter((_, index) => outcomes[index] === true));
    return records.map((record) =>
      record.envelope !== undefined && good.has(record.envelope) ? { ...record, isVerified: true } : record,
    );
  };
}

/** The same in one go. */
export const verifyAll = (
  records: readonly Incoming[],
  parts: Pick<ExecutorParts, 'grid' | 'verifyMany'>,
): readonly Incoming[] => beginVerify(records, parts)();

/** A record on which the rules broke down: a defect of ours, never a verdict. */
export class RuleDefect extends Error {
  readonly record: Uint8Array;

  constructor(record: Uint8Array, cause: unknown) {
    super(`the rules broke down on record ${hexOf(record)}: ${String(cause)}`, { cause });
    this.name = 'RuleDefect';
    this.record = record;
  }
}

/** Runs one rule; an AppError is its verdict, and undoes what it did. Anything else is a defect and goes up. */
function runRule(state: State, rule: () => void): Verdict {
  state.begin();
  try {
    rule();
  } catch (error) {
    state.undo();
    const code = codeOf(error);
    if (code === undefined) throw error;
    return code;
  }
  state.commit();
  return 'ok';
}

/** Block 0: the genesis alone. Throws what is wrong with it. */
export function executeGenesisBlock(parts: ExecutorParts, genesis: Incoming, timeMs: number): Execution {
  const { state, authors, rules, verify } = parts;
  const { envelope } = genesis;
  if (
    envelope === undefined ||
    envelope.kind !== 'genesis' ||
    envelope.seq !== 1 ||
    !equalBytes(envelope.prev, zero32)
  ) {
    throw new AppError('replica/bad-block', 'block 0 is the genesis and nothing else');
  }
  if (!equalBytes(envelope.grid, zero32)) throw new AppError('record/wrong-grid');
  if (!verify(envelope.signature, envelope.signedBytes, envelope.author)) throw new AppError('record/bad-signature');
  state.causedBy(positionOf(0, 0));
  rules.executeGenesis(state, envelope, timeMs);
  authors.advance(hexOf(envelope.author), { seq: 1, last: envelope.id });
  return finish(parts, zero32, [{ incoming: genesis, verdict: 'ok', isCounted: true }]);
}

/** A block to be executed on top of the state. */
export type BlockWork = {
  readonly height: number;
  readonly timeMs: number;
  /** The epoch that its first record begins, if that says so (docs/BCDB.md, "Epochs"). */
  readonly begins?: number | undefined;
  readonly records: readonly Incoming[];
  /** What the guardians said of each; absent for whoever says it first. */
  readonly verdicts?: readonly string[] | undefined;
  /** Given: this is no block yet, and what cannot count is left out (docs/BCDB.md, "Which records count"). */
  readonly counts?: ((outcome: Outcome) => boolean) | undefined;
};

/** A record with what its envelope is refused for, if anything. */
export type Outcome = { readonly incoming: Incoming; readonly refusal: Refusal | undefined };

/** Executes a block; leaves all changes in the overlays. */
export function executeBlock(parts: ExecutorParts, block: BlockWork, previousExecHash: Uint8Array): Execution {
  const { state, rules } = parts;
  state.causedBy(null);
  rules.passTime(state, block.timeMs);
  const executed: Executed[] = [];
  const defects: RuleDefect[] = [];
  let hasPolicy = false;
  for (const incoming of block.records) {
    const refusal = judgeRecord(parts, incoming);
    if (block.counts?.({ incoming, refusal }) === false) continue;
    const index = executed.length;
    state.causedBy(positionOf(block.height, index));
    const begins = index === 0 ? block.begins : undefined;
    const certified = block.verdicts?.[index];
    try {
      const done = executeOne(parts, { incoming, refusal }, { timeMs: block.timeMs, begins, hasPolicy, certified });
      executed.push(done);
      hasPolicy ||= done.verdict === 'ok' && incoming.envelope?.kind === 'policy';
    } catch (error) {
      // All guardians leave it out alike; a block that stands is another matter.
      if (block.counts === undefined || !(error instanceof RuleDefect)) throw error;
      defects.push(error);
    }
  }
  return finish(parts, previousExecHash, executed, defects);
}

/** What a record's envelope, or its place in its author's chain, is refused for. */
function judgeRecord(parts: ExecutorParts, { envelope, isVerified, refusal }: Incoming): Refusal | undefined {
  if (envelope === undefined) return refusal ?? { code: 'record/malformed', detail: '' };
  const { authors } = parts;
  const author = hexOf(envelope.author);
  return (
    judgeEnvelope({ envelope, isVerified }, parts) ??
    judgeChain(authors.end(author), envelope, (seq) => authors.idAt(author, seq))
  );
}

function executeOne(
  parts: ExecutorParts,
  { incoming, refusal }: Outcome,
  at: RecordContext & { readonly certified: string | undefined },
): Executed {
  const { envelope } = incoming;
  if (refusal !== undefined || envelope === undefined) {
    const code = refusal?.code ?? 'record/malformed';
    return {
      incoming,
      verdict: envelope !== undefined && isUnknowable(parts, envelope, code, at) ? 'record/forked' : code,
      isCounted: false,
    };
  }
  const { certified: _certified, ...context } = at;
  const verdict = runRecord(parts, envelope, context);
  parts.authors.advance(hexOf(envelope.author), { seq: envelope.seq, last: envelope.id });
  return { incoming, verdict, isCounted: true };
}

/**
 * A replica that began with a snapshot cannot tell which record stood at an earlier seq, and believes the guardians that
 * another one did: neither verdict changes anything.
 */
const isUnknowable = (
  { authors }: ExecutorParts,
  { author, seq }: Envelope,
  code: ErrorCode,
  { certified }: { readonly certified: string | undefined },
): boolean =>
  code === 'record/replayed' && certified === 'record/forked' && authors.idAt(hexOf(author), seq) === undefined;

/** A record's verdict by the rules. Throws `RuleDefect` when they break down. */
export function runRecord(
  { state, rules, verify, grid }: ExecutorParts,
  envelope: Envelope,
  at: RecordContext,
): Verdict {
  try {
    return runRule(state, () => rules.executeRecord(state, envelope, { grid, verify, ...at }));
  } catch (error) {
    if (isStorageError(error)) throw error;
    throw new RuleDefect(envelope.id, error);
  }
}

/** execHash = SHA-256(previous || cbor of verdicts || cbor of [kind, key, bytes] of all changed objects). */
function finish(
  { state, authors }: ExecutorParts,
  previous: Uint8Array,
  executed: readonly Executed[],
  defects: readonly RuleDefect[] = [],
): Execution {
  const changes = state.changed();
  const execHash = createHash('sha256')
    .update(previous)
    .update(encode(executed.map(({ verdict }) => verdict)))
    .update(encode(changes.map(({ change, bytes }) => [change.kind, change.key, bytes])))
    .digest();
  return { executed, defects, changes, authors: authors.changed(), execHash: new Uint8Array(execHash) };
}
