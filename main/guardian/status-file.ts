/**
 * How a running guardian stands, in a file of its profile that it writes every few seconds: whoever asks reads the file, so
 * that no door is needed. It holds no secret; only the profile's owner can read it.
 */
import { join } from 'node:path';
import * as v from 'valibot';
import { encodeProposal, type PolicyProposal } from '../../core/policy-proposal.ts';
import { integer, timeMs } from '../../core/schema.ts';
import { replicaView } from '../../core/views.ts';
import { readTextIfThere, writeDurably } from '../durable-file.ts';

const statusSchema = v.strictObject({
  version: v.literal(1),
  pid: integer(1),
  writtenMs: timeMs,
  view: v.nullable(replicaView),
  guardians: v.array(v.strictObject({ key: v.string(), name: v.string(), route: v.string() })),
  invitation: v.nullable(v.string()),
  /** What is in force, as an unsigned proposal of itself in base64: what a change begins from. */
  standing: v.nullable(v.pipe(v.string(), v.base64())),
  /** Changes of policy that were handed in here, by file name, and what became of them. */
  handedIn: v.record(v.string(), v.strictObject({ state: v.string(), code: v.nullable(v.string()) })),
});

export type GuardianStatus = Omit<v.InferOutput<typeof statusSchema>, 'version'>;

/** Written every `statusEveryMs`; one that is older than a few of these is of a guardian that does not run. */
export const statusEveryMs = 3000;
const staleMs = 5 * statusEveryMs;

const pathIn = (profile: string): string => join(profile, 'guardian-status.json');

export const writeStatus = (profile: string, status: GuardianStatus): Promise<void> =>
  writeDurably(pathIn(profile), `${JSON.stringify({ version: 1, ...status }, null, 2)}\n`);

/** The last status, and whether its guardian runs; undefined when there never was one, or the file is damaged. */
export async function readStatus(
  profile: string,
  nowMs: number,
): Promise<{ readonly status: GuardianStatus; readonly isRunning: boolean } | undefined> {
  const text = await readTextIfThere(pathIn(profile));
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), statusSchema), text);
  if (!parsed.success) return undefined;
  const { version: _version, ...status } = parsed.output;
  return { status, isRunning: nowMs - status.writtenMs < staleMs && isAlive(status.pid) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What is in force, for the status. */
export const standingText = (standing: Omit<PolicyProposal, 'signatures'>): string =>
  Buffer.from(encodeProposal({ ...standing, signatures: [] })).toString('base64');
