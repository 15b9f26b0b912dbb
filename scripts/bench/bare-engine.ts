// The container engine by itself: the same image and the same limits as a workload gets, without records, replicas or
// agent. What no node-agent can be faster than.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchPage } from '../../node-agent/data-plane/fetch-page.ts';
import { containerOptions } from '../../node-agent/runtime/container-spec.ts';
import { connectEngine } from '../../node-agent/runtime/docker-client.ts';
import { openEngine } from '../../node-agent/runtime/engine.ts';
import { ensureImage } from '../../node-agent/runtime/images.ts';
import type { WorkloadLimits } from '../../node-agent/runtime/runtime.ts';
import { connectToWorkload, prepareSocketFolder, removeSocketFolder } from '../../node-agent/runtime/socket-folder.ts';
import { timedAsync } from './measure.ts';

export type BareEngine = {
  /** Milliseconds to load the image from its archive. */
  load(): Promise<number>;
  /** Milliseconds from the create call to the first byte of a page on the container's socket; removes it again. */
  serve(limits: WorkloadLimits): Promise<number>;
  stop(): Promise<void>;
};

/** Starts an engine of its own in `folder`. `imagesFolder` holds the archive of `imageId`. */
export async function openBareEngine(folder: string, imagesFolder: string, imageId: string): Promise<BareEngine> {
  await mkdir(folder, { recursive: true });
  const engine = await openEngine({ folder, ownOnly: true, env: process.env });
  const docker = connectEngine(engine.socketPath, 60_000);
  const socketFolder = join(folder, 'socket');
  const key = { contract: '0'.repeat(64), workload: 'web' };

  async function firstByte(): Promise<void> {
    for (;;) {
      try {
        const { status } = await fetchPage(await connectToWorkload(socketFolder), '/');
        if (status === 200) return;
      } catch {
        await sleep(2); // not listening yet
      }
    }
  }

  return {
    load: () => timedAsync(() => ensureImage(docker, imagesFolder, imageId)),
    async serve(limits) {
      await prepareSocketFolder(socketFolder);
      const request = { key, specHash: '', imageId, env: {}, limits };
      const options = containerOptions(request, { name: '3bot-bench', socketFolder, labels: {} });
      const start = performance.now();
      const container = await docker.createContainer(options);
      try {
        await container.start();
        await firstByte();
        return performance.now() - start;
      } finally {
        await container.remove({ force: true, v: true });
        await removeSocketFolder(socketFolder);
      }
    },
    stop: () => engine.stop(),
  };
}
