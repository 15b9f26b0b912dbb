/**
 * What guardians sign besides headers and records (docs/BCDB.md, "Guardians"): ticks that cut blocks, prepares that lock
 * a header, moves to a new epoch, and a grid's policy. Each says what it is and for which grid, so that a signature is
 * good for nothing else. Pure.
 */
import * as v from 'valibot';
import { certificateQuorum, certificateSchema, type HeaderSignature } from './block.ts';
import { toHex } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import type { PublicKey, Verify } from './keys.ts';
import { type Policy, policySchema } from './policy.ts';
import { anyBytes, hash32, integer, key32, parse, signature64, text, timeMs } from './schema.ts';

/** How many guardians a grid may have. Two would stop when one of them does, and be no safer than one. */
export const isGuardianCount = (count: number): boolean => count === 1 || (count >= 3 && count <= 7);

/** A guardian's place: a name for people, and where other guardians reach its sequencer (`host:port`, TCP). */
export const seatSchema = v.strictObject({
  name: text(40, 1),
  route: v.pipe(v.string(), v.regex(/^[\w.:-]{1,253}:[1-9]\d{0,4}$/)),
});
export type Seat = v.InferOutput<typeof seatSchema>;

const tickSchema = v.strictObject({
  say: v.literal('3bot/tick'),
  v: v.literal(1),
  grid: hash32,
  epoch: integer(0),
  /** The block that the guardian is ready to cut. */
  height: integer(1),
  /** Its clock. */
  timeMs,
});

const prepareSchema = v.strictObject({
  say: v.literal('3bot/prepare'),
  v: v.literal(1),
  grid: hash32,
  epoch: integer(0),
  height: integer(0),
  /** Hash of the header that the guardian would sign. */
  header: hash32,
});

const moveSchema = v.strictObject({
  say: v.literal('3bot/move'),
  v: v.literal(1),
  grid: hash32,
  /** The epoch to move to; the guardian prepares and signs nothing in an earlier one any more. */
  epoch: integer(1),
  /** The last certified header that the guardian has. */
  header: anyBytes,
  certificate: certificateSchema,
  /** A header at the next height that a quorum prepared, with their prepares in `epoch`; the latest one there is. */
  lock: v.nullable(
    v.strictObject({
      epoch: integer(0),
      header: anyBytes,
      prepares: certificateSchema,
    }),
  ),
});

/** What a guardian cannot take back; a tick only replaces the one before. */
const bindingSchema = v.variant('say', [prepareSchema, moveSchema]);

export type Tick = Omit<v.InferOutput<typeof tickSchema>, 'say' | 'v'>;
export type Prepare = Omit<v.InferOutput<typeof prepareSchema>, 'say' | 'v'>;
export type Move = Omit<v.InferOutput<typeof moveSchema>, 'say' | 'v'>;
export type Lock = NonNullable<Move['lock']>;

export const tickBytes = (tick: Tick): Uint8Array => encode({ say: '3bot/tick', v: 1, ...tick });
export const prepareBytes = (prepare: Prepare): Uint8Array => encode({ say: '3bot/prepare', v: 1, ...prepare });
export const moveBytes = (move: Move): Uint8Array => encode({ say: '3bot/move', v: 1, ...move });

/** Bytes with one guardian's signature over them, as they travel: canonical CBOR of `[bytes, guardian, signature]`. */
const signedSchema = v.strictTuple([anyBytes, key32, signature64]);
export type Signed<T> = {
  readonly said: T;
  readonly guardian: PublicKey;
  readonly signature: Uint8Array;
};

export const encodeSigned = (bytes: Uint8Array, { guardian, signature }: HeaderSignature): Uint8Array =>
  encode([bytes, guardian, signature]);

/** Parses and verifies a signed statement of one of `guardians`. Throws `cbor/*` or `guardian/bad-statement`. */
function decodeSigned<S extends v.GenericSchema>(
  schema: S,
  travelled: Uint8Array,
  { guardians, verify }: { readonly guardians: readonly PublicKey[]; readonly verify: Verify },
): Signed<v.InferOutput<S>> {
  const [bytes, guardian, signature] = parse(signedSchema, decode(travelled), 'guardian/bad-statement');
  const hex = toHex(guardian);
  if (!guardians.some((key) => toHex(key) === hex)) throw new AppError('guardian/bad-statement', `${hex} is none`);
  if (!verify(signature, bytes, guardian)) throw new AppError('guardian/bad-statement', 'bad signature');
  return { said: parse(schema, decode(bytes), 'guardian/bad-statement'), guardian, signature };
}

/** A statement that binds who signed it, with what the signature is over; it is not verified. Throws `cbor/*` or `guardian/bad-statement`. */
export function readSigned(travelled: Uint8Array): Signed<v.InferOutput<typeof bindingSchema>> & {
  readonly signed: Uint8Array;
} {
  const [signed, guardian, signature] = parse(signedSchema, decode(travelled), 'guardian/bad-statement');
  const said = parse(bindingSchema, decode(signed), 'guardian/bad-statement');
  return { said, guardian, signature, signed };
}

type Check = { readonly guardians: readonly PublicKey[]; readonly verify: Verify };

export const decodeTick = (bytes: Uint8Array, check: Check): Signed<Tick> => decodeSigned(tickSchema, bytes, check);
export const decodePrepare = (bytes: Uint8Array, check: Check): Signed<Prepare> =>
  decodeSigned(prepareSchema, bytes, check);
export const decodeMove = (bytes: Uint8Array, check: Check): Signed<Move> => decodeSigned(moveSchema, bytes, check);

/** What a policy record's guardians sign: the whole of what will be in force, on one grid. */
export type PolicyChange = {
  readonly policy: Policy;
  readonly guardians: readonly PublicKey[];
  readonly seats: readonly Seat[];
};

export const policyChangeBytes = (change: PolicyChange & { readonly grid: Uint8Array }): Uint8Array =>
  encode({ say: '3bot/policy', v: 1, ...change });

/** The body of a `policy` record. */
export const policyBodySchema = v.strictObject({
  policy: policySchema,
  guardians: v.pipe(v.array(key32), v.minLength(1), v.maxLength(7)),
  /** One for each guardian, in their order; none on a grid of one machine. */
  seats: v.pipe(v.array(seatSchema), v.maxLength(7)),
  signatures: certificateSchema,
});

/**
 * How many of `guardians` signed `message`, each counted once. Throws `guardian/bad-statement` for a bad signature and
 * for a signer who is none of them.
 */
export function countSigners(
  message: Uint8Array,
  signatures: readonly HeaderSignature[],
  { guardians, verify }: Check,
): number {
  const allowed = new Set(guardians.map(toHex));
  const signed = new Set<string>();
  for (const { guardian, signature } of signatures) {
    const hex = toHex(guardian);
    if (!allowed.has(hex)) throw new AppError('guardian/bad-statement', `${hex} is no guardian`);
    if (!verify(signature, message, guardian)) throw new AppError('guardian/bad-statement', 'bad signature');
    signed.add(hex);
  }
  return signed.size;
}

/** Throws `guardian/quorum-not-met` unless a quorum of `guardians` prepared this very header. */
export function checkLock(lock: Lock, header: Omit<Prepare, 'epoch'>, check: Check): void {
  const message = prepareBytes({ ...header, epoch: lock.epoch });
  const count = countSigners(message, lock.prepares, check);
  const needed = certificateQuorum(check.guardians.length);
  if (count < needed) throw new AppError('guardian/quorum-not-met', `${count} of ${needed} prepared it`);
}
