/**
 * Changes of policy that wait in the profile's folder for the running guardian: the command line puts a file there, the
 * guardian takes it up. A file stays until its record is final or refused; then it is renamed to say so.
 */
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toErrorData } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { decodeProposal, encodeProposal, type PolicyProposal } from '../../core/policy-proposal.ts';
import { writeDurably } from '../durable-file.ts';
import type { Guardianship } from './guardianship.ts';
import type { GuardianStatus } from './status-file.ts';

const folderIn = (profile: string): string => join(profile, 'policy-changes');
const ending = '.policy';

/** Puts a change there; answers its file name. */
export async function leaveProposal(profile: string, proposal: PolicyProposal): Promise<string> {
  const name = `version-${proposal.policy.version}${ending}`;
  await mkdir(folderIn(profile), { recursive: true, mode: 0o700 });
  await writeDurably(join(folderIn(profile), name), encodeProposal(proposal));
  return name;
}

export type HandIn = {
  /** Takes up what is there and looks after what was taken up. Never throws. */
  look(): Promise<void>;
  readonly outcomes: GuardianStatus['handedIn'];
};

export function createHandIn(options: {
  readonly profile: string;
  readonly guardianship: Pick<Guardianship, 'submitPolicy' | 'recordState'>;
  readonly verify: Verify;
  readonly say: (line: string) => void;
}): HandIn {
  const { profile, guardianship, verify, say } = options;
  const folder = folderIn(profile);
  const records = new Map<string, string>();
  const outcomes: Record<string, { state: string; code: string | null }> = {};

  function become(name: string, state: string, code: string | null): void {
    if (outcomes[name]?.state === state && outcomes[name].code === code) return;
    outcomes[name] = { state, code };
    say(`change of policy ${name}: ${state}${code === null ? '' : ` (${code})`}`);
  }

  async function end(name: string, state: 'final' | 'refused', code: string | null): Promise<void> {
    records.delete(name);
    await rename(join(folder, name), join(folder, `${name}.${state}`));
    become(name, state, code);
  }

  async function takeUp(name: string): Promise<void> {
    const bytes = new Uint8Array(await readFile(join(folder, name)));
    const { id } = await guardianship.submitPolicy(decodeProposal(bytes, verify));
    records.set(name, id);
    become(name, 'pending', null);
  }

  async function lookAt(name: string): Promise<void> {
    const id = records.get(name);
    if (id === undefined) return takeUp(name);
    const entry = await guardianship.recordState(id);
    if (entry?.state === 'final') await end(name, 'final', null);
    if (entry?.state === 'rejected') await end(name, 'refused', entry.code);
  }

  return {
    outcomes,
    async look() {
      const names = await readdir(folder).catch(() => []);
      for (const name of names.filter((each) => each.endsWith(ending))) {
        try {
          await lookAt(name);
        } catch (error) {
          const { code, retry } = toErrorData(error);
          // Locked, or without a block yet: it will pass. All else is for whoever made the file.
          const isPassing =
            retry || code === 'vault/locked' || code === 'replica/closed' || !(error instanceof AppError);
          if (isPassing) become(name, 'waits', code);
          else await end(name, 'refused', code);
        }
      }
    },
  };
}
