/**
 * What main and its node-agent say to each other over the agent's own stdin and stdout: one message a line, in the JSON
 * of core/wire. The only way to the agent but the records themselves: start, countersign, stop. Pure.
 */
import * as v from 'valibot';
import { AppError } from './errors.ts';
import { agentStatusView, limitsSchema } from './ipc/views.ts';
import { bytesOf, capacitySchema, hash32, key32, parse, signature64, text } from './schema.ts';
import { idText } from './views.ts';
import { fromWire, toWire } from './wire.ts';

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

const toAgentSchema = v.variant('type', [
  /** The first line, and only that. */
  v.strictObject({
    type: v.literal('start'),
    /** The agent's own folder: replica, engine, workloads. Made when missing. */
    folder: path,
    imagesFolder: path,
    /** `open`: the replica in the folder, `join` when there is none yet. */
    invitation: v.pipe(v.string(), v.maxLength(4096)),
    nodeSeed: bytesOf(32),
    farm: hash32,
    limits: limitsSchema,
    /** Absent: found, or a podman service of the agent's own. */
    engineSocket: v.optional(path),
    /** Never use an engine that others started. */
    ownEngineOnly: v.optional(v.boolean()),
  }),
  /** The farmer's answer to `countersign`: a signature over `countersignBytes`. */
  v.strictObject({ type: v.literal('countersigned'), signature: signature64 }),
  /**
   * End. With `drain` every workload is reported as paused and stopped first; without, containers go on running and
   * the next start adopts them. The end of stdin is a stop without drain.
   */
  v.strictObject({ type: v.literal('stop'), drain: v.boolean() }),
]);

/** What the farmer is asked to sign (`Countersigned` of core/bodies). */
const countersignedSchema = v.strictObject({
  farm: hash32,
  capacity: capacitySchema,
  features: v.pipe(v.array(text(32, 1)), v.maxLength(64)),
  net: key32,
  grid: hash32,
  node: key32,
});

const fromAgentSchema = v.variant('type', [
  /** After each change. `state` is one of starting, running, stopping; the supervisor knows the others. */
  v.strictObject({ type: v.literal('status'), node: idText, status: agentStatusView }),
  /** The node waits for this signature; said again after each start until it has it. */
  v.strictObject({ type: v.literal('countersign'), statement: countersignedSchema }),
]);

export type ToAgent = v.InferOutput<typeof toAgentSchema>;
export type FromAgent = v.InferOutput<typeof fromAgentSchema>;
export type AgentStart = Extract<ToAgent, { readonly type: 'start' }>;

/** One line with its end. */
export const encodeAgentLine = (message: ToAgent | FromAgent): string => `${toWire(message)}\n`;

/** Throws `ipc/bad-input`; never repeats what the line said. */
export const decodeToAgent = (line: string): ToAgent => parse(toAgentSchema, fromLine(line), 'ipc/bad-input');

/** Throws `ipc/bad-output`. */
export const decodeFromAgent = (line: string): FromAgent => parse(fromAgentSchema, fromLine(line), 'ipc/bad-output');

function fromLine(line: string): unknown {
  try {
    return fromWire(line);
  } catch {
    throw new AppError('ipc/bad-input', 'not one line of JSON'); // without the cause: it would quote the line
  }
}
