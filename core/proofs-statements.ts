/**
 * A proof that one guardian of a grid signed two statements that contradict each other, as a file that is checked from the
 * grid's id alone (docs/BCDB.md, "Proofs"). Pure.
 */
import * as v from 'valibot';
import { equalBytes, toHex } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import type { Verify } from './keys.ts';
import {
  checkReach,
  type Foundation,
  foundationEntries,
  type ProofContext,
  proofError,
  readOf,
  verifyGuardians,
} from './proofs-guardians.ts';
import { anyBytes, parse } from './schema.ts';
import { type Contrary, contradiction, isStatementSigned, readStatement } from './two-statements.ts';

const schema = v.strictObject({
  say: v.literal('3bot/two-statements'),
  v: v.literal(1),
  ...foundationEntries,
  /** As in core/two-statements.ts. */
  ours: anyBytes,
  theirs: anyBytes,
});

export const encodeTwoStatements = (
  proof: Foundation & { readonly ours: Uint8Array; readonly theirs: Uint8Array },
): Uint8Array => encode({ say: '3bot/two-statements', v: 1, ...proof });

/**
 * Verifies the file. Throws `proof/malformed` (also for statements that do not contradict each other) `| wrong-grid |
 * bad-signature | bad-path | bad-certificate`, the last one also for a signer who is no guardian of that height.
 */
export function verifyTwoStatements(
  bytes: Uint8Array,
  verify: Verify,
  grid?: Uint8Array,
): Contrary & { readonly grid: Uint8Array } {
  const context: ProofContext = { area: 'proof', verify };
  const proof = readOf('proof', () => parse(schema, decode(bytes), 'proof/malformed'));
  const guardians = verifyGuardians(proof, context, grid);
  const one = readOf('proof', () => readStatement(proof.ours));
  const other = readOf('proof', () => readStatement(proof.theirs));
  const { guardian, height } = one;
  if (!equalBytes(one.grid, guardians.grid)) throw proofError('proof', 'wrong-grid', 'a statement of another grid');
  const detail = contradiction(one, other);
  if (detail === undefined) throw proofError('proof', 'malformed', 'the statements do not contradict each other');
  if (![one, other].every((said) => isStatementSigned(said, verify))) throw proofError('proof', 'bad-signature');
  checkReach(guardians, height, 'proof');
  if (!guardians.at(height).some((key) => equalBytes(key, guardian))) {
    throw proofError('proof', 'bad-certificate', `${toHex(guardian)} is no guardian at height ${height}`);
  }
  return { grid: guardians.grid, guardian, height, detail };
}
