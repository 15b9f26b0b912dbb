// The farmer's limits between the form and main.
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { mostRegistries } from '../../../core/image-name.ts';
import { limitsSchema } from '../../../core/ipc/views.ts';
import { limitsOf, limitsProblems, typedLimits } from '../../../renderer/lib/limits-form.ts';

const gib = 2 ** 30;
const empty = { cores: '', memoryGb: '', storageGb: '', registries: '' };

test('empty fields are no limit and no registry', () => {
  expect(typedLimits({})).toEqual(empty);
  expect(limitsProblems({ ...empty, cores: '  ' })).toEqual({});
  expect(limitsOf({ ...empty, registries: ' \n' })).toEqual({});
});

test('what was typed is what main takes, and comes back as typed', () => {
  const typed = { cores: '1.5', memoryGb: '0,5', storageGb: '0', registries: 'Docker.io\n\nnas:5000, docker.io' };
  const limits = { maxCruMilli: 1500, maxMruBytes: gib / 2, maxSruBytes: 0, registries: ['docker.io', 'nas:5000'] };
  expect(limitsProblems(typed)).toEqual({});
  expect(limitsOf(typed)).toEqual(limits);
  expect(v.is(limitsSchema, limitsOf(typed))).toBe(true);
  expect(limitsOf(typedLimits(limits))).toEqual(limits);
});

test('each field says what is wrong with it', () => {
  const typed = { cores: '0', memoryGb: '-1', storageGb: 'much', registries: 'https://ghcr.io' };
  expect(Object.keys(limitsProblems(typed))).toEqual(['cores', 'memoryGb', 'storageGb', 'registries']);
  const many = (count: number) => Array.from({ length: count }, (_, index) => `r${index}.example`).join('\n');
  expect(limitsProblems({ ...empty, registries: many(mostRegistries) })).toEqual({});
  expect(limitsProblems({ ...empty, registries: many(mostRegistries + 1) })).toHaveProperty('registries');
});
