// What the agent must remember over a crash: how often a workload failed, when to try again, and what it has given up.
// Everything else is in the records and in the engine. One small file, written beside and renamed.
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { errorCodes } from '../../core/errors.ts';
import { integer } from '../../core/schema.ts';
import { writeDurably } from '../durable-file.ts';

const entrySchema = v.strictObject({
  /** Failures in a row. */
  failures: integer(0),
  /** Wall-clock time before which it is not tried again. */
  notBeforeMs: integer(0),
  /** Set for good: it is not tried again. */
  givenUp: v.optional(v.strictObject({ code: v.picklist(errorCodes), detail: v.string() })),
});
const fileSchema = v.strictObject({ version: v.literal(1), state: v.record(v.string(), entrySchema) });

export type JournalEntry = v.InferOutput<typeof entrySchema>;

/** Entries by `keyText`. */
export interface Journal {
  get(key: string): JournalEntry | undefined;
  /** Durable when this resolves. Undefined forgets the entry. */
  set(key: string, entry: JournalEntry | undefined): Promise<void>;
  keys(): readonly string[];
}

/** Opens `journal.json` in `folder`. One that does not parse is set aside; nothing in it is worth stopping for. */
export async function openJournal(folder: string, nowMs: number): Promise<Journal> {
  const path = join(folder, 'journal.json');
  const entries = new Map(Object.entries(await read(path, nowMs)));
  const content = () => ({ version: 1, state: Object.fromEntries(entries) }) satisfies v.InferOutput<typeof fileSchema>;
  let last: Promise<unknown> = Promise.resolve();
  const save = (): Promise<void> => {
    const result = last.then(() => writeDurably(path, JSON.stringify(content())));
    last = result.catch(() => undefined); // the caller has the error; the next write must still happen
    return result;
  };
  return {
    get: (key) => entries.get(key),
    keys: () => [...entries.keys()],
    set: async (key, entry) => {
      if (entry === undefined && !entries.delete(key)) return;
      if (entry !== undefined) entries.set(key, entry);
      await save();
    },
  };
}

async function read(path: string, nowMs: number): Promise<Record<string, JournalEntry>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return {};
  try {
    return v.parse(fileSchema, JSON.parse(text)).state;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof v.ValiError)) throw error;
    await rename(path, `${path}.damaged-${nowMs}`);
    return {};
  }
}
