// Makes the image that a contract pins available to the engine: already there, from an archive in the images folder, or
// pulled by digest from a registry that the farmer allows. An image that is not what its id says never runs, and one from a
// registry that nobody allowed is not even asked for: a contract's author could name any host, also of the farmer's network.
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { AppError } from '../../core/errors.ts';
import { parseImageName } from '../../core/image-name.ts';
import { engineCall, engineCallOrNothing, statusOf } from './engine-call.ts';
import { checkImageArchive } from './image-archive.ts';
import { createPulledList } from './pulled-list.ts';

/** See `WorkloadRuntime.ensureImage` and `keepImages`. */
export interface Images {
  ensure(reference: string): Promise<string>;
  keep(references: ReadonlySet<string>): Promise<void>;
}

/** What images need to know; `imagesFolder` holds `<config hex>.tar` archives, `folder` the list of what was pulled. */
export interface ImagesScope {
  readonly folder: string;
  readonly imagesFolder: string;
  readonly registries?: readonly string[] | undefined;
}

/** Nobody pays for the disk that an image takes: room for a large runtime with its libraries, not for a data set. */
export const MOST_IMAGE_BYTES = 2 * 2 ** 30;

/** The images of the engine behind `docker`. */
export function createImages(docker: Docker, scope: ImagesScope): Images {
  const pulled = createPulledList(scope.folder);
  /** Pulls under way, by reference: two workloads of one image pull once, and nothing is removed under them. */
  const pulls = new Map<string, Promise<void>>();

  const pullOnce = async (pinned: Pinned): Promise<void> => {
    const { reference } = pinned;
    const isRegistryAllowed = scope.registries?.includes(pinned.registry) === true;
    if (!isRegistryAllowed) {
      const detail = `the farmer does not allow images from ${pinned.registry.slice(0, 100)}`;
      throw new AppError('agent/image-unavailable', detail);
    }
    const underWay = pulls.get(reference);
    if (underWay !== undefined) return underWay;
    const work = (async () => {
      await pulled.add(reference); // first: a crash must not leave an image that nobody knows to remove
      await pull(docker, pinned.full);
      const bytes = (await heldImage(docker, pinned))?.Size ?? 0;
      if (bytes <= MOST_IMAGE_BYTES) return;
      await remove(docker, pinned);
      const most = `${MOST_IMAGE_BYTES / 2 ** 30} GiB`;
      throw new AppError('agent/image-unavailable', `the image has ${bytes} bytes; at most ${most} are fetched`);
    })().finally(() => pulls.delete(reference));
    pulls.set(reference, work);
    return work;
  };

  return {
    ensure: async (reference) => {
      const { name, digest } =
        /^(?:(?<name>[a-z0-9][a-z0-9./_:-]*)@)?(?<digest>sha256:[0-9a-f]{64})$/.exec(reference)?.groups ?? {};
      if (digest === undefined) throw new AppError('agent/image-unavailable', 'only images pinned by sha256 are run');
      if (name === undefined) return imageByConfig(docker, scope.imagesFolder, digest);
      const pinned = pinnedOf(reference, name, digest);
      if ((await heldImage(docker, pinned)) === undefined) await pullOnce(pinned);
      return imageByDigest(docker, pinned);
    },

    keep: async (references) => {
      for (const reference of await pulled.all()) {
        if (references.has(reference) || pulls.has(reference)) continue;
        const [name = '', digest = ''] = reference.split('@');
        if (await remove(docker, pinnedOf(reference, name, digest))) await pulled.remove(reference);
      }
    },
  };
}

/** `reference` as the contract has it; `full` leaves the engine no registry to choose. */
type Pinned = { readonly reference: string; readonly full: string; readonly registry: string; readonly digest: string };

function pinnedOf(reference: string, name: string, digest: string): Pinned {
  const { registry, path } = parseImageName(name);
  return { reference, full: `${registry}/${path}@${digest}`, registry, digest };
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

async function imageByDigest(docker: Docker, pinned: Pinned): Promise<string> {
  const image = await heldImage(docker, pinned);
  // The name may be spelled otherwise by the engine; the digest is what counts.
  const isPinned = image?.RepoDigests?.some((name) => name.endsWith(`@${pinned.digest}`)) === true;
  if (image === undefined || !isPinned)
    throw new AppError('agent/image-mismatch', `${pinned.reference.slice(0, 100)}: other digest`);
  return image.Id;
}

async function pull(docker: Docker, full: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      docker.pull(full, {}, (error, stream) => {
        if (error !== null || stream === undefined) reject(error ?? new Error('no answer'));
        else docker.modem.followProgress(stream, (failure) => (failure === null ? resolve() : reject(failure)));
      });
    });
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('agent/image-unavailable', words.slice(0, 400), { cause, retry: true });
  }
}

/** True when it is gone; false while a container, of this node or of others, still needs it. */
async function remove(docker: Docker, { full }: Pinned): Promise<boolean> {
  return engineCall('remove image', async () => {
    try {
      await docker.getImage(full).remove();
    } catch (cause) {
      if (statusOf(cause) === 409) return false;
      if (statusOf(cause) !== 404) throw cause;
    }
    return true;
  });
}

const heldImage = async (docker: Docker, { reference, full }: Pinned) =>
  (await engineImage(docker, reference)) ?? (reference === full ? undefined : await engineImage(docker, full));

const engineImage = (docker: Docker, reference: string) =>
  engineCallOrNothing('inspect image', () => docker.getImage(reference).inspect());
