/** Sentences of `threebot guardian` for the codes that its user is likely to meet, in English for a terminal. */
import { codeOf, toErrorData } from '../../core/errors.ts';

const sentences: Readonly<Record<string, string>> = {
  'vault/passphrase-required':
    'A passphrase is needed: this machine has no working secret store, or the profile has one. Type it at a terminal, or give it by --passphrase-fd=N.',
  'vault/wrong-passphrase': 'That is not the passphrase of this profile.',
  'vault/weak-passphrase': 'The passphrase is too short: eight characters are the least.',
  'vault/empty': 'This profile has no identity yet: run `threebot guardian init` first.',
  'vault/other-machine': 'This profile was made on another machine or by another user. Restore it from its 24 words.',
  'grid/none':
    'This profile is on no grid yet: give --genesis=FILE (a new grid) or --join=INVITATION (one that is there).',
  'grid/exists': 'This profile belongs to another grid already.',
  'guardian/bad-count': 'A grid has one guardian, or three to seven.',
  'guardian/stale-policy': 'The policy was changed in the meantime: make this change again.',
  'guardian/second-policy': 'Another change stands in the same block: hand this one in again.',
  'guardian/quorum-not-met': 'Not enough guardians have signed yet.',
  'guardian/not-consented': 'A new guardian must sign the change too.',
};

/** The sentence with its detail; the plain message where there is none. */
export function sentenceOf(error: unknown): string {
  const code = codeOf(error);
  const { detail } = toErrorData(error);
  const sentence = code === undefined ? undefined : sentences[code];
  if (sentence === undefined) return error instanceof Error ? error.message : String(error);
  return detail === '' ? sentence : `${sentence} (${detail})`;
}
