// A Node binary whose processes live on a host of the lab's network: for net processes, while their owner stays outside.

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../scripts/lab/network.ts';

/** Writes the wrapper into `folder` and answers its path. */
export async function nodeOn(host: Host, folder: string): Promise<string> {
  const path = join(folder, `node-on-${host.namespace}`);
  await writeFile(path, `#!/bin/sh\nexec nsenter --net=/run/netns/${host.namespace} ${process.execPath} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}
