// Finds podman's run folder a place with a path that is short enough for it, private to this user. Starts nothing.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { longestRunFolder } from './podman-arguments.ts';

/**
 * `run` inside the agent's folder. Where that path is too long, a folder named after it where short-lived things belong
 * (`runtimeFolder`, or the system's temporary folder): the same one at every start, so that running containers are found again.
 * Throws `agent/engine-failed` when somebody else holds that name.
 */
export function placeRunFolder(folder: string, runtimeFolder: string | undefined): string {
  const wanted = join(folder, 'run');
  if (wanted.length <= longestRunFolder) return wanted;
  const name = `3bot-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  const places = [runtimeFolder ?? tmpdir(), tmpdir(), '/tmp'].map((place) => join(place, name));
  const short = places.find((place) => place.length <= longestRunFolder) ?? join('/tmp', name);
  mkdirSync(short, { recursive: true, mode: 0o700 });
  const found = lstatSync(short);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new AppError('agent/engine-failed', `${short} is not a private folder of this user`);
  }
  return short;
}
