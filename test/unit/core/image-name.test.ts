/** Which registry an image's name means, and which registries a farmer can allow. */
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { isRegistry, mostRegistries, parseImageName } from '../../../core/image-name.ts';
import { limitsSchema } from '../../../core/ipc/views.ts';

it.each([
  ['web', 'docker.io', 'library/web'],
  ['web:1.2', 'docker.io', 'library/web:1.2'],
  ['team/web', 'docker.io', 'team/web'],
  ['docker.io/web', 'docker.io', 'web'],
  ['ghcr.io/team/web', 'ghcr.io', 'team/web'],
  ['localhost/web', 'localhost', 'web'],
  ['nas:5000/web', 'nas:5000', 'web'],
  ['192.168.1.1/web', '192.168.1.1', 'web'],
])('%s comes from %s', (name, registry, path) => {
  expect(parseImageName(name)).toEqual({ registry, path });
});

it('a registry is a lower-case host, with a port or without', () => {
  for (const good of ['docker.io', 'ghcr.io', 'nas:5000', 'localhost', '10.0.0.1:443'])
    expect(isRegistry(good)).toBe(true);
  const bad = [
    '',
    'Docker.io',
    'nas',
    'https://ghcr.io',
    'ghcr.io/team',
    'a.b:0',
    'a.b:',
    '-a.b',
    'a.b ',
    '*.io',
    '.',
    'a.b\n',
  ];
  expect(bad.filter(isRegistry)).toEqual([]);
});

it('limits take a bounded list of them, and none at all', () => {
  const takes = (registries: unknown): boolean => v.is(limitsSchema, { registries });
  expect(v.is(limitsSchema, {})).toBe(true);
  expect(takes([])).toBe(true);
  expect(takes(Array.from({ length: mostRegistries }, (_, index) => `r${index}.example`))).toBe(true);
  expect(takes(Array.from({ length: mostRegistries + 1 }, (_, index) => `r${index}.example`))).toBe(false);
  expect(takes(['ghcr.io/team'])).toBe(false);
});
