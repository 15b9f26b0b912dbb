// A new contract while a person composes it: the fields as typed, and what they mean to main.

import type { Input } from '../../core/ipc/contract.ts';
import { bytesPerGb, type Capacity } from '../../core/units.ts';

/** One who signs, as composed. */
export interface DraftSigner {
  readonly address: string;
  readonly weight: number;
  readonly isRequired: boolean;
}

/** Units that a span can be typed in. */
export const spanUnits = { minutes: 60, hours: 3600, days: 86_400 } as const;
/** A span as typed: a number and a unit. */
export interface TypedSpan {
  readonly count: string;
  readonly unit: keyof typeof spanUnits;
}

/** Everything that the composer holds. */
export interface Draft {
  readonly title: string;
  readonly name: string;
  readonly node: string;
  readonly image: string;
  readonly command: string;
  readonly env: string;
  readonly cores: string;
  readonly memoryMb: string;
  readonly ssdGb: string;
  readonly term: TypedSpan;
  readonly signWithin: TypedSpan;
  readonly deployWithin: TypedSpan;
  readonly signers: readonly DraftSigner[];
  readonly threshold: number;
  readonly deleteThreshold: number;
}

/** A sensible start: me as the one required signer. */
export const firstDraft = (node: string | null, me: string | null): Draft => ({
  title: '',
  name: 'web',
  node: node ?? '',
  image: '',
  command: '',
  env: '',
  cores: '0.5',
  memoryMb: '256',
  ssdGb: '1',
  term: { count: '30', unit: 'days' },
  signWithin: { count: '1', unit: 'days' },
  deployWithin: { count: '10', unit: 'minutes' },
  signers: me === null ? [] : [{ address: me, weight: 1, isRequired: true }],
  threshold: 1,
  deleteThreshold: 1,
});

const numberOf = (typed: string): number => {
  const value = Number(typed.trim().replace(',', '.'));
  return typed.trim() !== '' && Number.isFinite(value) && value > 0 ? value : 0;
};

/** Seconds of a typed span; 0 when it cannot be read. */
export const spanSeconds = (span: TypedSpan): number => Math.round(numberOf(span.count) * spanUnits[span.unit]);

/** What the workload asks for. */
export const draftCapacity = (draft: Draft): Capacity => ({
  cruMilli: Math.round(numberOf(draft.cores) * 1000),
  mruBytes: Math.round(numberOf(draft.memoryMb) * 2 ** 20),
  sruBytes: Math.round(numberOf(draft.ssdGb) * bytesPerGb),
  hruBytes: 0,
});

/** "KEY=value" lines as a record; lines without "=" are refused by name. */
export const parseEnv = (
  typed: string,
): { readonly env: Readonly<Record<string, string>>; readonly problem?: string } => {
  const lines = typed.split('\n').filter((line) => line.trim() !== '');
  const bad = lines.find((line) => !/^\s*[A-Za-z_][A-Za-z0-9_]*=/.test(line));
  if (bad !== undefined) return { env: {}, problem: `Write NAME=value: “${bad.trim().slice(0, 24)}”` };
  return {
    env: Object.fromEntries(
      lines.map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at).trim(), line.slice(at + 1)] as const;
      }),
    ),
  };
};

/** What still keeps a draft from being composed, in the order of the form; null when nothing does. */
export const draftProblem = (draft: Draft): string | null => {
  if (draft.title.trim() === '') return 'Give it a title';
  if (!/^[0-9a-f]{64}$/.test(draft.node)) return 'Choose a node under Capacity';
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(draft.name)) return 'The workload’s name: small letters, digits, dashes';
  if (!/sha256:[0-9a-f]{64}$/.test(draft.image.trim())) return 'Name the image by its digest (sha256:…)';
  const { cruMilli, mruBytes } = draftCapacity(draft);
  if (cruMilli === 0 || mruBytes === 0) return 'It needs some cores and memory';
  const { problem } = parseEnv(draft.env);
  if (problem !== undefined) return problem;
  if (spanSeconds(draft.term) === 0) return 'Say for how long it shall run';
  if (spanSeconds(draft.signWithin) === 0 || spanSeconds(draft.deployWithin) === 0) return 'Give both deadlines';
  return draft.signers.length === 0 ? 'Name at least one person who signs' : null;
};

/** The draft as main takes it. */
export const composeInput = (draft: Draft): Input<'desk.compose'> => {
  const { env } = parseEnv(draft.env);
  const command = draft.command
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const signers = draft.signers.map((signer) => ({ ...signer }));
  return {
    title: draft.title.trim(),
    workloads: [
      {
        name: draft.name,
        node: draft.node,
        image: draft.image.trim(),
        capacity: draftCapacity(draft),
        ...(command.length === 0 ? {} : { command }),
        ...(Object.keys(env).length === 0 ? {} : { env }),
      },
    ],
    termSeconds: spanSeconds(draft.term),
    signWithinMs: spanSeconds(draft.signWithin) * 1000,
    deployWithinMs: spanSeconds(draft.deployWithin) * 1000,
    provision: { threshold: draft.threshold, signers },
    delete: { threshold: draft.deleteThreshold, signers },
  };
};
