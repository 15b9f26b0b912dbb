/**
 * What the app and its node-agent say to each other over the agent's stdin and stdout: one line of core/wire each.
 * Start, stop, status, and the farmer's countersignature; no other command ever reaches an agent this way. Pure.
 */
import * as v from 'valibot';
import { capacitySchema, integer, key32, signature64, timeMs } from './schema.ts';
import { idText } from './views.ts';

const limits = v.strictObject({
  maxCruMilli: v.optional(integer(100)),
  maxMruBytes: v.optional(integer(1)),
  maxSruBytes: v.optional(integer(0)),
});

/** Lines to the agent. `start` is the first and comes once; the seed goes this way only, never in argv or env. */
export const toAgentSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('start'),
    /** Seed of the node's own key; the agent derives its Noise key from it. */
    seed: key32,
    /** The agent's folder: its replica, its engine's data. */
    folder: v.string(),
    invitation: v.string(),
    farm: idText,
    limits,
  }),
  /** The farmer's signature over the bytes that the agent asked to be countersigned. */
  v.strictObject({ type: v.literal('countersigned'), signature: signature64 }),
  v.strictObject({ type: v.literal('stop') }),
]);

/** Lines from the agent. */
export const fromAgentSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('status'),
    state: v.picklist(['starting', 'running', 'pausing', 'stopping']),
    problem: v.nullable(v.strictObject({ code: v.string(), detail: v.pipe(v.string(), v.maxLength(500)) })),
    engine: v.nullable(v.string()),
    capacity: v.nullable(capacitySchema),
    startedMs: v.nullable(timeMs),
    workloads: v.pipe(
      v.array(
        v.strictObject({
          contract: idText,
          name: v.string(),
          state: v.string(),
          detail: v.nullable(v.pipe(v.string(), v.maxLength(500))),
        }),
      ),
      v.maxLength(1000),
    ),
  }),
  /** Asks for the farmer's signature over `countersignBytes` (core/bodies). */
  v.strictObject({ type: v.literal('countersign'), statement: v.pipe(v.instance(Uint8Array), v.maxLength(4096)) }),
]);

export type ToAgent = v.InferOutput<typeof toAgentSchema>;
export type FromAgent = v.InferOutput<typeof fromAgentSchema>;
