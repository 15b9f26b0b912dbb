// Makes the image that a contract pins available to the engine: already there, from an archive in the images folder, or
// pulled by digest. An image that is not what its id says never runs.
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { AppError } from '../../core/errors.ts';
import { engineCall, engineCallOrNothing } from './engine-call.ts';
import { checkImageArchive } from './image-archive.ts';

/** See `WorkloadRuntime.ensureImage`. `imagesFolder` holds `<config hex>.tar` archives. */
export async function ensureImage(docker: Docker, imagesFolder: string, reference: string): Promise<string> {
  const pinned = /^(?:(?<name>[a-z0-9][a-z0-9./_:-]*)@)?(?<digest>sha256:[0-9a-f]{64})$/.exec(reference)?.groups;
  const digest = pinned?.digest;
  if (digest === undefined) throw new AppError('agent/image-unavailable', 'only images pinned by sha256 are run');
  return pinned?.name === undefined
    ? await imageByConfig(docker, imagesFolder, digest)
    : await imageByDigest(docker, reference, digest);
}

async function imageByConfig(docker: Docker, imagesFolder: string, id: string): Promise<string> {
  if ((await engineImage(docker, id))?.Id === id) return id;
  const hex = id.slice('sha256:'.length);
  const archive = join(imagesFolder, `${hex}.tar`);
  if (!existsSync(archive))
    throw new AppError('agent/image-unavailable', `${hex.slice(0, 16)} is not in the images folder`);
  await checkImageArchive(archive, hex);
  await engineCall('load image', async () => {
    const answer = await docker.loadImage(createReadStream(archive));
    for await (const chunk of answer) void chunk;
  });
  if ((await engineImage(docker, id))?.Id !== id) {
    throw new AppError('agent/image-mismatch', `${hex.slice(0, 16)}: the engine loaded something else`);
  }
  return id;
}

async function imageByDigest(docker: Docker, reference: string, digest: string): Promise<string> {
  const held = await engineImage(docker, reference);
  if (held === undefined) {
    try {
      await new Promise<void>((resolve, reject) => {
        docker.pull(reference, {}, (error, stream) => {
          if (error !== null || stream === undefined) reject(error ?? new Error('no answer'));
          else docker.modem.followProgress(stream, (failure) => (failure === null ? resolve() : reject(failure)));
        });
      });
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('agent/image-unavailable', words.slice(0, 400), { cause, retry: true });
    }
  }
  const image = held ?? (await engineImage(docker, reference));
  // The name may be spelled longer by the engine (docker.io/library/…); the digest is what counts.
  const isPinned = image?.RepoDigests?.some((name) => name.endsWith(`@${digest}`)) === true;
  if (image === undefined || !isPinned)
    throw new AppError('agent/image-mismatch', `${reference.slice(0, 100)}: other digest`);
  return image.Id;
}

const engineImage = (docker: Docker, reference: string) =>
  engineCallOrNothing('inspect image', () => docker.getImage(reference).inspect());
