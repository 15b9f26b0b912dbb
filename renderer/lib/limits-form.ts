// The farmer's limits as typed: empty fields mean no limit, and no registry.

import { isRegistry, mostRegistries } from '../../core/image-name.ts';
import type { Limits } from '../../core/ipc/views.ts';
import { bytesPerGb } from '../../core/units.ts';

/** Every field as it stands in the form. */
export interface TypedLimits {
  readonly cores: string;
  readonly memoryGb: string;
  readonly storageGb: string;
  /** One a line. */
  readonly registries: string;
}

/** Sentences by field; none where a field is fine. */
export type LimitsProblems = { readonly [field in keyof TypedLimits]?: string };

const shown = (value: number | undefined, unit: number): string =>
  value === undefined ? '' : String(Math.round((value / unit) * 1000) / 1000);

/** What a form starts from. */
export const typedLimits = (limits: Limits): TypedLimits => ({
  cores: shown(limits.maxCruMilli, 1000),
  memoryGb: shown(limits.maxMruBytes, bytesPerGb),
  storageGb: shown(limits.maxSruBytes, bytesPerGb),
  registries: (limits.registries ?? []).join('\n'),
});

/** Undefined for an empty field, NaN for what is no plain number. */
const amountOf = (typed: string, unit: number): number | undefined => {
  const text = typed.trim().replace(',', '.');
  if (text === '') return undefined;
  return /^\d{1,9}(\.\d+)?$/.test(text) ? Math.round(Number(text) * unit) : Number.NaN;
};

const linesOf = (typed: string): readonly string[] => [
  ...new Set(
    typed
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((line) => line !== ''),
  ),
];

/** What is wrong with what was typed. */
export function limitsProblems(typed: TypedLimits): LimitsProblems {
  const isTooSmall = (text: string, unit: number, least: number): boolean =>
    !((amountOf(text, unit) ?? least) >= least);
  const registries = linesOf(typed.registries);
  const wrong = registries.find((line) => !isRegistry(line));
  return {
    ...(isTooSmall(typed.cores, 1000, 100) ? { cores: 'A number, at least 0.1, or nothing.' } : {}),
    ...(isTooSmall(typed.memoryGb, bytesPerGb, 1) ? { memoryGb: 'A number above 0, or nothing.' } : {}),
    ...(isTooSmall(typed.storageGb, bytesPerGb, 0) ? { storageGb: 'A number, or nothing.' } : {}),
    ...(wrong === undefined
      ? {}
      : { registries: `“${wrong.slice(0, 40)}” is no registry, such as ghcr.io or nas:5000.` }),
    ...(registries.length > mostRegistries ? { registries: `At most ${mostRegistries} registries.` } : {}),
  };
}

/** What main gets; only for what has no problems. */
export function limitsOf(typed: TypedLimits): Limits {
  const cores = amountOf(typed.cores, 1000);
  const memory = amountOf(typed.memoryGb, bytesPerGb);
  const storage = amountOf(typed.storageGb, bytesPerGb);
  const registries = linesOf(typed.registries);
  return {
    ...(cores === undefined ? {} : { maxCruMilli: cores }),
    ...(memory === undefined ? {} : { maxMruBytes: memory }),
    ...(storage === undefined ? {} : { maxSruBytes: storage }),
    ...(registries.length === 0 ? {} : { registries: [...registries] }),
  };
}
