// Remembers which images this node fetched itself, over restarts: those it may remove again, and no others.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeDurably } from '../durable-file.ts';

const fileSchema = v.strictObject({ version: v.literal(1), state: v.array(v.string()) });

/** Image references as the contracts name them. Changes are durable when they resolve. */
export interface PulledList {
  all(): Promise<readonly string[]>;
  add(reference: string): Promise<void>;
  remove(reference: string): Promise<void>;
}

/** The list in `pulled-images.json` of `folder`. One that does not parse counts as empty: an image too many stays. */
export function createPulledList(folder: string): PulledList {
  const path = join(folder, 'pulled-images.json');
  let held: Promise<Set<string>> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const load = (): Promise<Set<string>> => {
    held ??= read(path).catch((error: unknown) => {
      held = undefined;
      throw error;
    });
    return held;
  };
  const change = (apply: (references: Set<string>) => void): Promise<void> => {
    const result = last.then(async () => {
      const references = await load();
      const changed = new Set(references);
      apply(changed);
      await writeDurably(
        path,
        JSON.stringify({ version: 1, state: [...changed] } satisfies v.InferOutput<typeof fileSchema>),
      );
      held = Promise.resolve(changed);
    });
    last = result.catch(() => undefined); // the caller has the error; the next write must still happen
    return result;
  };
  return {
    all: async () => [...(await load())],
    add: (reference) => change((references) => references.add(reference)),
    remove: (reference) => change((references) => references.delete(reference)),
  };
}

async function read(path: string): Promise<Set<string>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  try {
    return new Set(v.parse(fileSchema, JSON.parse(text)).state);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof v.ValiError) return new Set();
    throw error;
  }
}
