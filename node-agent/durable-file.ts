// Writes the agent's own small files so that a crash leaves the old or the new one, never half of one.
import { open, rename } from 'node:fs/promises';

/** Writes beside and renames; on the disk when it resolves. Two writes to one path must not overlap. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
