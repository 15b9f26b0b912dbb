// Proves an image archive before any engine sees it: exactly one image, no name to overwrite another, and a config whose
// SHA-256 is the id that the contract pins. The engine checks the layers against that config when it loads them.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import * as v from 'valibot';
import { AppError } from '../../core/errors.ts';

const manifestSchema = v.strictTuple([
  v.object({ Config: v.string(), RepoTags: v.nullish(v.pipe(v.array(v.string()), v.maxLength(0))) }),
]);

const MAX_MANIFEST_BYTES = 64 * 1024;

/** Throws `agent/image-mismatch` unless `path` is a docker archive of the one image with this config id (hex). */
export async function checkImageArchive(path: string, configHex: string): Promise<void> {
  const hashes = new Map<string, string>();
  let manifest = '';
  const tar = extract();
  tar.on('entry', (header, stream, next) => {
    const hash = createHash('sha256');
    const isManifest = header.name === 'manifest.json' && (header.size ?? 0) <= MAX_MANIFEST_BYTES;
    stream.on('data', (data) => {
      const chunk = data as Buffer;
      hash.update(chunk);
      if (isManifest) manifest += chunk.toString('utf8');
    });
    stream.on('error', next);
    stream.on('end', () => {
      hashes.set(header.name, hash.digest('hex'));
      next();
    });
  });
  try {
    await pipeline(createReadStream(path), tar);
    const [image] = v.parse(manifestSchema, JSON.parse(manifest));
    if (hashes.get(image.Config) === configHex) return;
  } catch (cause) {
    throw new AppError('agent/image-mismatch', `${configHex.slice(0, 16)}: not an archive of one unnamed image`, {
      cause,
    });
  }
  throw new AppError('agent/image-mismatch', `${configHex.slice(0, 16)}: the archive holds another image`);
}
