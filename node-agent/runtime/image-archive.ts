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

/** Manifest and config are small; larger entries are layers, which are not ours to check. All small ones together. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Throws `agent/image-mismatch` unless `path` is a docker archive of the one image with this config id (hex). */
export async function checkImageArchive(path: string, configHex: string): Promise<void> {
  const small = new Map<string, Buffer>();
  let roomBytes = MAX_BYTES;
  const tar = extract();
  tar.on('entry', (header, stream, next) => {
    const chunks: Buffer[] = [];
    const isSmall = (header.size ?? 0) <= Math.min(roomBytes, MAX_BYTES / 16);
    if (isSmall) roomBytes -= header.size ?? 0;
    stream.on('data', (chunk) => {
      if (isSmall) chunks.push(chunk as Buffer);
    });
    stream.on('error', next);
    stream.on('end', () => {
      if (isSmall) small.set(header.name, Buffer.concat(chunks));
      next();
    });
  });
  try {
    await pipeline(createReadStream(path), tar);
    const [image] = v.parse(manifestSchema, JSON.parse(small.get('manifest.json')?.toString('utf8') ?? ''));
    const config = small.get(image.Config);
    if (config !== undefined && createHash('sha256').update(config).digest('hex') === configHex) return;
  } catch (cause) {
    throw new AppError('agent/image-mismatch', `${configHex.slice(0, 16)}: not an archive of one unnamed image`, {
      cause,
    });
  }
  throw new AppError('agent/image-mismatch', `${configHex.slice(0, 16)}: the archive holds another image`);
}
