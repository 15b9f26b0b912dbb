/** The record kinds of version 1 and the shapes of their bodies (design 4). One schema a kind; types derive from it. */
import * as v from 'valibot';
import { encode } from './cbor.ts';
import { approvalSchema } from './contract.ts';
import { policyBodySchema, seatSchema } from './guardian.ts';
import { maxStroops } from './money.ts';
import { policySchema } from './policy.ts';
import {
  anyBytes,
  capacitySchema,
  hash32,
  integer,
  key32,
  positiveStroops,
  pricesSchema,
  signature64,
  text,
  timeMs,
} from './schema.ts';

const approvals = v.pipe(v.array(approvalSchema), v.minLength(1), v.maxLength(10_000));

/** Where a farm stands. ISO 3166-1 alpha-2 country. */
export const placeSchema = v.strictObject({
  country: v.pipe(v.string(), v.regex(/^[A-Z]{2}$/)),
  city: text(60),
});

/** The most people that one farm turns away. */
export const mostBlocked = 1000;

/** When a farmer's 3bot says yes by itself. */
export const acceptRulesSchema = v.strictObject({
  auto: v.boolean(),
  minTermSeconds: integer(0),
  blocked: v.pipe(v.array(key32), v.maxLength(mostBlocked)),
});

export const bodySchemas = {
  genesis: v.strictObject({
    name: text(60, 1),
    createdMs: timeMs,
    guardians: v.pipe(v.array(key32), v.minLength(1), v.maxLength(7)),
    /** Where the guardians are, in their order; absent on a grid of one machine. */
    seats: v.optional(v.pipe(v.array(seatSchema), v.maxLength(7))),
    policy: policySchema,
    allocations: v.pipe(v.array(v.strictObject({ to: key32, amountStroops: positiveStroops })), v.maxLength(10_000)),
  }),
  policy: policyBodySchema,
  profile: v.strictObject({
    name: text(40, 1),
    roles: v.pipe(v.array(v.picklist(['farmer', 'consumer', 'architect'])), v.maxLength(3)),
    /** Public key of the 3bot's Noise transport: where it can be reached. */
    net: key32,
    /** That key's own signature over `netProofBytes`: nobody can put his name on another's transport. */
    netProof: signature64,
  }),
  transfer: v.strictObject({ to: key32, amountStroops: positiveStroops, memo: v.optional(text(1024)) }),
  farm: v.strictObject({
    /** Absent: a new farm, whose id is this record's id. */
    farm: v.optional(hash32),
    name: text(60, 1),
    place: placeSchema,
    prices: pricesSchema,
    payout: key32,
    accept: acceptRulesSchema,
  }),
  node: v.strictObject({
    farm: hash32,
    capacity: capacitySchema,
    features: v.pipe(v.array(text(32, 1)), v.maxLength(64)),
    agentVersion: text(32, 1),
    net: key32,
    /** The farmer's signature over `countersignBytes`. */
    countersignature: signature64,
  }),
  uptime: v.strictObject({
    /** Milliseconds since the agent started. */
    sessionMs: integer(0),
    used: capacitySchema,
  }),
  contract: v.strictObject({ document: anyBytes, approvals }),
  topup: v.strictObject({ contract: hash32, amountStroops: positiveStroops }),
  amend: v.strictObject({ contract: hash32, document: anyBytes, approvals }),
  result: v.strictObject({
    contract: hash32,
    version: integer(1),
    workload: text(32, 1),
    state: v.picklist(['ok', 'error', 'paused', 'deleted']),
    /** For `error` and `paused`: the agent's code and its own words, inert and cut. */
    code: v.optional(text(64)),
    detail: v.optional(text(500)),
  }),
  cancel: v.strictObject({ contract: hash32, version: integer(1), approvals }),
  epoch: v.strictObject({
    epoch: integer(1),
    /** Signed moves (core/guardian) of a quorum of guardians. */
    moves: v.pipe(v.array(anyBytes), v.minLength(1), v.maxLength(7)),
  }),
} as const;

/**
 * The body of a transfer, the most frequent record by far, without going through its schema; undefined when the schema has
 * to decide (and say why not).
 */
export function quickTransfer(body: Readonly<Record<string, unknown>>): Bodies['transfer'] | undefined {
  const { to, amountStroops: amount, memo } = body;
  if (Object.keys(body).length !== (memo === undefined ? 2 : 3)) return undefined;
  if (!(to instanceof Uint8Array) || to.length !== 32) return undefined;
  if (typeof amount !== 'bigint' && !Number.isSafeInteger(amount)) return undefined;
  const amountStroops = BigInt(amount as bigint | number);
  if (amountStroops < 1n || amountStroops > maxStroops) return undefined;
  if (memo === undefined) return { to, amountStroops };
  return typeof memo === 'string' && plainText.test(memo) ? { to, amountStroops, memo } : undefined;
}

/** Letters, digits and signs of ASCII: nothing that hides, and as many characters as bytes. */
const plainText = /^[ -~]{0,1024}$/;

export type RecordKind = keyof typeof bodySchemas;
export type Bodies = { readonly [K in RecordKind]: v.InferOutput<(typeof bodySchemas)[K]> };

export const recordKinds = Object.keys(bodySchemas) as readonly RecordKind[];

export const isRecordKind = (kind: string): kind is RecordKind => Object.hasOwn(bodySchemas, kind);

/** What a transport key signs to say whose transport it is. */
export const netProofBytes = (statement: { readonly grid: Uint8Array; readonly account: Uint8Array }): Uint8Array =>
  encode({ say: '3bot/net-proof', v: 1, ...statement });

/** What the farmer signs so that a node may join a farm with what it says it has. */
export type Countersigned = Omit<Bodies['node'], 'countersignature' | 'agentVersion'> & {
  readonly grid: Uint8Array;
  readonly node: Uint8Array;
};

export const countersignBytes = (statement: Countersigned): Uint8Array =>
  encode({ say: '3bot/node-countersign', v: 1, ...statement });
