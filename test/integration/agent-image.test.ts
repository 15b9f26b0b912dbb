// The demo's workload image, built twice from this machine's own parts: the same bytes, the same id, accepted by the agent's
// own check of archives.
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkImageArchive } from '../../node-agent/runtime/image-archive.ts';
import { buildWorkloadImage } from '../../scripts/workload-image.ts';
import { needs } from '../support/needs.ts';

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

needs('busybox')('the workload image', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'workload-image-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the same parts give the same bytes and the same image id', async () => {
    const [first, second] = [await buildWorkloadImage(join(folder, 'a')), await buildWorkloadImage(join(folder, 'b'))];
    expect(second.imageId).toBe(first.imageId);
    expect(await hashOf(second.archivePath)).toBe(await hashOf(first.archivePath));
    expect(readdirSync(join(folder, 'a'))).toEqual([`${first.imageId.slice('sha256:'.length)}.tar`]);
    await expect(checkImageArchive(first.archivePath, first.imageId.slice('sha256:'.length))).resolves.toBeUndefined();
  });
});
