/**
 * Who the guardians of any height are, proved from the genesis alone: one link for each change, each made final by the
 * guardians before it (docs/BCDB.md, "Guardian links"). Every proof file begins with this. Pure.
 */
import * as v from 'valibot';
import { certificateSchema, checkCertificate, decodeHeader, type Header, recordLeaf } from './block.ts';
import { equalBytes, toHex, zero32 } from './bytes.ts';
import { AppError, codeOf, type ErrorCode } from './errors.ts';
import { isGuardianCount } from './guardian.ts';
import type { PublicKey, Verify } from './keys.ts';
import { verifyMerklePath } from './merkle.ts';
import { checkEnvelope, decodeRecord, type Envelope } from './record.ts';
import { anyBytes, hash32, integer, key32, parse } from './schema.ts';

/** Sibling hashes; no tree is deeper. */
export const pathSchema = v.pipe(v.array(hash32), v.maxLength(64));

/** A `policy` record with verdict `ok` in a certified block. */
export const guardianLinkSchema = v.strictObject({
  record: anyBytes,
  index: integer(0),
  path: pathSchema,
  header: anyBytes,
  certificate: certificateSchema,
});
export type GuardianLink = v.InferOutput<typeof guardianLinkSchema>;

/** What every proof file begins with. */
export const foundationEntries = {
  genesis: anyBytes,
  guardians: v.pipe(v.array(guardianLinkSchema), v.maxLength(100_000)),
} as const;

export type Foundation = {
  readonly genesis: Uint8Array;
  /** Changes of the guardians below the highest header of the proof, oldest first. */
  readonly guardians: readonly GuardianLink[];
};

/** Which codes a verifier throws: `receipt/wrong-grid` or `proof/wrong-grid`. */
export type ProofArea = 'receipt' | 'proof';
type Wrong = 'malformed' | 'wrong-grid' | 'bad-signature' | 'bad-path' | 'bad-certificate';

export const proofError = (area: ProofArea, what: Wrong, detail = '', cause?: unknown): AppError =>
  new AppError(`${area}/${what}` satisfies ErrorCode, detail, { cause });

/** Runs a reader; whatever it throws is `malformed` of the area. */
export function readOf<T>(area: ProofArea, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw proofError(area, 'malformed', codeOf(cause) ?? '', cause);
  }
}

/** Only what names guardians is read: the grid id, or the certificate, vouches for the rest. */
const namesGuardians = v.object({ guardians: v.pipe(v.array(key32), v.minLength(1), v.maxLength(7)) });

/** The guardians that a `genesis` or `policy` record names. */
function guardiansIn(record: Envelope, kind: 'genesis' | 'policy'): readonly PublicKey[] {
  if (record.kind !== kind) throw new AppError('record/malformed', `${kind} expected`);
  const { guardians } = parse(namesGuardians, record.body, 'record/malformed');
  const count = new Set(guardians.map(toHex)).size;
  if (count !== guardians.length || !isGuardianCount(count)) throw new AppError('guardian/bad-count', `${count}`);
  return guardians;
}

/** The proven guardians of a grid, as far as the links go. */
export type ProvenGuardians = {
  readonly grid: Uint8Array;
  /** Height of the last change; 0 for none. */
  readonly changedAt: number;
  /** Those who sign the header at `height`: a change in block h counts from h + 1 on. */
  at(height: number): readonly PublicKey[];
};

/** What the parts of a proof are checked with. */
export type ProofContext = { readonly area: ProofArea; readonly verify: Verify };

/**
 * Verifies genesis and links. `grid` is the id that the verifier trusts; without it all that follows is only consistent
 * with the genesis inside. Throws `malformed | wrong-grid | bad-signature | bad-path | bad-certificate` of the area.
 */
export function verifyGuardians(
  { genesis: genesisBytes, guardians: links }: Foundation,
  context: ProofContext,
  trusted?: Uint8Array,
): ProvenGuardians {
  const { area, verify } = context;
  const genesis = readOf(area, () => decodeRecord(genesisBytes));
  const first = readOf(area, () => guardiansIn(genesis, 'genesis'));
  const grid = genesis.id;
  if (trusted !== undefined && !equalBytes(trusted, grid)) throw proofError(area, 'wrong-grid', toHex(grid));
  checkSigned(genesis, zero32, context);
  const sets: { readonly from: number; readonly guardians: readonly PublicKey[] }[] = [{ from: 0, guardians: first }];
  const at = (height: number): readonly PublicKey[] => sets.findLast(({ from }) => from <= height)?.guardians ?? first;
  let changedAt = 0;
  for (const link of links) {
    const record = readOf(area, () => decodeRecord(link.record));
    const guardians = readOf(area, () => guardiansIn(record, 'policy'));
    const header = readHeader(link.header, grid, area);
    if (header.height <= changedAt) throw proofError(area, 'malformed', 'heights of links must rise');
    checkSigned(record, grid, context);
    checkIncluded({ ...link, id: record.id, verdict: 'ok', header }, area);
    checkCertificate(link.header, link.certificate, at(header.height), verify, `${area}/bad-certificate`);
    changedAt = header.height;
    sets.push({ from: changedAt + 1, guardians });
  }
  return { grid, changedAt, at };
}

/** A header of this grid. Throws `malformed`, `wrong-grid`. */
export function readHeader(bytes: Uint8Array, grid: Uint8Array, area: ProofArea): Header {
  const header = readOf(area, () => decodeHeader(bytes));
  if (!equalBytes(header.grid, grid)) throw proofError(area, 'wrong-grid', 'a header is of another grid');
  return header;
}

/** Throws `wrong-grid`, `bad-signature`. */
export function checkSigned(record: Envelope, grid: Uint8Array, { area, verify }: ProofContext): void {
  try {
    checkEnvelope(record, grid, verify);
  } catch (cause) {
    const what = codeOf(cause) === 'record/wrong-grid' ? 'wrong-grid' : 'bad-signature';
    throw proofError(area, what, record.kind, cause);
  }
}

/** Throws `bad-path` unless the block of `header` holds the record with that verdict. */
export function checkIncluded(
  where: {
    readonly id: Uint8Array;
    readonly verdict: string;
    readonly index: number;
    readonly path: readonly Uint8Array[];
    readonly header: Header;
  },
  area: ProofArea,
): void {
  const { id, verdict, index, path, header } = where;
  const leaf = recordLeaf(id, verdict);
  if (!verifyMerklePath(leaf, index, header.recordCount, path, header.recordsRoot)) throw proofError(area, 'bad-path');
}

/** Throws `malformed` when links go on past the highest header that the proof speaks of: they would prove nothing. */
export function checkReach({ changedAt }: ProvenGuardians, height: number, area: ProofArea): void {
  if (changedAt >= height && changedAt > 0) throw proofError(area, 'malformed', 'links past the highest header');
}
