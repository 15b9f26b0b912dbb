// The workload image builder (small parts instead of a whole node), and the proof that an agent demands of an archive.
import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkImageArchive } from '../../../node-agent/runtime/image-archive.ts';
import { parseLdd } from '../../../scripts/workload-image.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('ldd’s words give libraries and linker, not the kernel’s own page', () => {
  const text = [
    '\tlinux-vdso.so.1 (0x00007fbe9fc47000)',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fbe9f71e000)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007fbe9fc49000)',
    '',
  ].join('\n');
  expect(parseLdd(text)).toEqual(['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
});

const config = '{"os":"linux"}';
const configHex = createHash('sha256').update(config).digest('hex');

async function archive(manifest: unknown, content: string = config): Promise<string> {
  const path = join(folder, `${Math.random()}.tar`);
  const tar = pack();
  const written = pipeline(tar, createWriteStream(path));
  tar.entry({ name: 'config.json' }, content);
  tar.entry({ name: 'manifest.json' }, typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  tar.finalize();
  await written;
  return path;
}

test('an archive of exactly the pinned image is taken', async () => {
  for (const RepoTags of [null, []]) {
    const path = await archive([{ Config: 'config.json', RepoTags, Layers: [] }]);
    await expect(checkImageArchive(path, configHex)).resolves.toBeUndefined();
  }
});

test.each([
  ['another config', [{ Config: 'config.json' }], '{"os":"other"}'],
  ['a name that would overwrite another image', [{ Config: 'config.json', RepoTags: ['busybox:latest'] }], config],
  ['two images', [{ Config: 'config.json' }, { Config: 'config.json' }], config],
  ['no config', [{ Config: 'missing.json' }], config],
  ['garbage', 'not json', config],
])('an archive with %s is refused before an engine sees it', async (_name, manifest, content) => {
  await expect(checkImageArchive(await archive(manifest, content), configHex)).rejects.toMatchObject({
    code: 'agent/image-mismatch',
  });
});

test('what is no tar at all, or not there, is refused too', async () => {
  const path = join(folder, 'missing.tar');
  await expect(checkImageArchive(path, configHex)).rejects.toMatchObject({ code: 'agent/image-mismatch' });
});
