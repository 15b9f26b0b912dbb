/** The first record of a new grid: its name, its guardians, its policy, and who has TFT from the start. Pure. */
import type { Bodies } from '../../core/bodies.ts';
import { zero32 } from '../../core/bytes.ts';
import type { ParsedInput } from '../../core/ipc/contract.ts';
import { keyOf, type PublicKey, sign } from '../../core/keys.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { draftBytes, sealRecord } from '../../core/record.ts';

/** The default policy with the periods that the creator asked for. */
function policyOf(input: ParsedInput<'grid.create'>): Policy {
  const { rewards, contracts } = defaultPolicy;
  return {
    ...defaultPolicy,
    rewards: { ...rewards, periodMs: input.rewardPeriodMs ?? rewards.periodMs },
    contracts: { ...contracts, settleMs: input.settleMs ?? contracts.settleMs },
    uptimeGraceMs: input.uptimeGraceMs ?? defaultPolicy.uptimeGraceMs,
  };
}

/** What a grid begins with. */
type Founding = Omit<Bodies['genesis'], 'createdMs'>;

/** The signed genesis record; `seed` is the creator's wallet seed. Throws `record/malformed`. */
export function foundingRecord(
  founding: Founding,
  { author, nowMs }: { readonly author: PublicKey; readonly nowMs: number },
  signAsAuthor: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const body = { ...founding, createdMs: nowMs };
  const bytes = draftBytes({ grid: zero32, kind: 'genesis', author, seq: 1, prev: zero32, body });
  return sealRecord(bytes, signAsAuthor(bytes));
}

/** The genesis of a grid with one guardian, this machine. Throws `record/malformed`, `key/bad-address`. */
export function genesisRecord(
  input: ParsedInput<'grid.create'>,
  context: { readonly author: PublicKey; readonly guardian: PublicKey; readonly nowMs: number },
  seed: Uint8Array,
): Uint8Array {
  const founding = {
    name: input.name,
    guardians: [context.guardian],
    policy: policyOf(input),
    allocations: input.allocations.map(({ address, amountStroops }) => ({ to: keyOf(address), amountStroops })),
  };
  return foundingRecord(founding, context, (bytes) => sign(seed, bytes));
}
