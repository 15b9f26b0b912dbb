// Builds the image of the demo's workload from parts of this machine: the pinned node binary, its shared libraries, busybox
// where there is one, and workload-server.mjs. No registry, no engine. The same parts give the same bytes and the same image
// id. One tar serves every engine: an OCI layout with a docker `manifest.json` beside it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';

/** A built image: pin `imageId` (sha256 of the config) in a contract; `<hex>.tar` is what an agent's images folder takes. */
export interface WorkloadImage {
  readonly imageId: string;
  readonly archivePath: string;
  readonly bytes: number;
}

interface Part {
  readonly path: string;
  readonly mode: number;
  readonly source: { readonly file: string } | { readonly bytes: Buffer } | 'directory';
}

/** The user that the image asks for; an agent forces an unprivileged one anyhow. */
const USER = '65532:65532';

/** Builds the image, or returns the one that the same parts made before. Linux only. */
export async function buildWorkloadImage(
  cacheFolder: string,
  nodeBinary: string = process.execPath,
): Promise<WorkloadImage> {
  mkdirSync(cacheFolder, { recursive: true });
  const layerPath = join(cacheFolder, `.layer-${process.pid}.tar`);
  try {
    const diffId = await writeTar(layerPath, listParts(nodeBinary));
    const config = imageConfig(diffId);
    const configHex = sha256(config);
    const archivePath = join(cacheFolder, `${configHex}.tar`);
    if (!existsSync(archivePath)) {
      await writeTar(`${layerPath}.image`, archiveParts(layerPath, diffId, config));
      renameSync(`${layerPath}.image`, archivePath);
    }
    return { imageId: `sha256:${configHex}`, archivePath, bytes: statSync(archivePath).size };
  } finally {
    rmSync(layerPath, { force: true });
    rmSync(`${layerPath}.image`, { force: true });
  }
}

/** The paths of `ldd`'s answer: what the dynamic linker would load, and the linker itself. */
export function parseLdd(text: string): readonly string[] {
  return [...text.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map((match) => match[1] ?? '');
}

function listParts(nodeBinary: string): readonly Part[] {
  const libraries = parseLdd(execFileSync('ldd', [nodeBinary], { encoding: 'utf8' }));
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  const files: Part[] = [
    { path: 'usr/bin/node', mode: 0o755, source: { file: nodeBinary } },
    {
      path: 'app/server.mjs',
      mode: 0o644,
      source: { file: fileURLToPath(new URL('workload-server.mjs', import.meta.url)) },
    },
    {
      path: 'etc/passwd',
      mode: 0o644,
      source: { bytes: Buffer.from('workload:x:65532:65532:workload:/:/sbin/nologin\n') },
    },
    { path: 'etc/group', mode: 0o644, source: { bytes: Buffer.from('workload:x:65532:\n') } },
    ...libraries.map((path): Part => ({ path: path.slice(1), mode: 0o755, source: { file: realpathSync(path) } })),
    ...(busybox === undefined
      ? []
      : [{ path: 'bin/busybox', mode: 0o755, source: { file: realpathSync(busybox) } } satisfies Part]),
  ];
  const folders = new Set(['tmp', 'run', 'run/workload', 'proc', 'sys', 'dev']);
  for (const { path } of files)
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  const directories = [...folders].map(
    (path): Part => ({ path, mode: path === 'tmp' ? 0o1777 : 0o755, source: 'directory' }),
  );
  return [...directories, ...files].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function imageConfig(diffId: string): Buffer {
  return json({
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      User: USER,
      Env: ['PATH=/usr/bin:/bin'],
      Entrypoint: ['/usr/bin/node', '/app/server.mjs'],
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: '3bot workload image' }],
  });
}

function archiveParts(layerPath: string, diffId: string, config: Buffer): readonly Part[] {
  const blob = (hex: string) => `blobs/sha256/${hex}`;
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${sha256(config)}`,
      size: config.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: `sha256:${diffId}`,
        size: statSync(layerPath).size,
      },
    ],
  });
  const index = json({
    schemaVersion: 2,
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: `sha256:${sha256(manifest)}`,
        size: manifest.length,
      },
    ],
  });
  const file = (path: string, bytes: Buffer): Part => ({ path, mode: 0o644, source: { bytes } });
  return [
    { path: 'blobs', mode: 0o755, source: 'directory' },
    { path: 'blobs/sha256', mode: 0o755, source: 'directory' },
    file(blob(sha256(config)), config),
    file(blob(sha256(manifest)), manifest),
    { path: blob(diffId), mode: 0o644, source: { file: layerPath } },
    file('index.json', index),
    file('manifest.json', json([{ Config: blob(sha256(config)), RepoTags: [], Layers: [blob(diffId)] }])),
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
  ];
}

/** Writes the parts in the given order, owner root, time zero; resolves with the SHA-256 of the tar. */
async function writeTar(path: string, parts: readonly Part[]): Promise<string> {
  const tar = pack();
  const hash = createHash('sha256');
  tar.on('data', (chunk) => hash.update(chunk as Uint8Array));
  const written = pipeline(tar, createWriteStream(path));
  for (const part of parts) {
    const header = { name: part.path, mode: part.mode, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
    if (part.source === 'directory') tar.entry({ ...header, type: 'directory' });
    else if ('bytes' in part.source) tar.entry(header, part.source.bytes);
    else
      await pipeline(
        createReadStream(part.source.file),
        tar.entry({ ...header, size: statSync(part.source.file).size }),
      );
  }
  tar.finalize();
  await written;
  return hash.digest('hex');
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

if (import.meta.main) {
  const cacheFolder = process.argv[2];
  if (cacheFolder === undefined) throw new Error('usage: workload-image.ts CACHE_FOLDER');
  console.log(JSON.stringify(await buildWorkloadImage(cacheFolder)));
}
