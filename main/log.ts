/**
 * The 3bot's log: one JSON object a line, in a file of the profile that rotates. For people who look for a fault.
 * Must never hold a secret: values are short and flat, and what looks like a key or ticket is cut out as a last net.
 * Must never throw, nor make its caller wait: lines are written behind it, in order; what a full disk or a flood loses is
 * counted, and the next line that is written says so.
 */
import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a line may say besides what happened. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type LogLevel = 'info' | 'warn' | 'error';

/** Writes one line: `area` is a room or module, `what` a short machine word. */
export type Log = (level: LogLevel, area: string, what: string, fields?: LogFields) => void;

/** A log and how to wait for it. */
export type LogFile = {
  readonly log: Log;
  /** Resolves when every line so far is written or counted as lost; for an orderly end. Never rejects. */
  flush(): Promise<void>;
};

const maxValueLength = 300;
const keptFiles = 3;
/** Lines that may wait for a slow disk; more are lost, so that a flood cannot fill the memory. */
const mostWaiting = 1000;

/** Stellar secrets and anything in a `ticket=` or `passphrase=` position. */
const secretLike = /\bS[A-Z2-7]{55}\b|\b(ticket|passphrase|cookie)=[^\s&]+/g;

const clean = (value: LogFields[string]): LogFields[string] =>
  typeof value === 'string' ? value.slice(0, maxValueLength).replace(secretLike, '[cut]') : value;

/** Opens `<folder>/3bot.log`; above `maxBytes` it becomes `3bot.1.log`, and so on up to two older files. */
export function openLog(options: {
  readonly folder: string;
  readonly now: () => number;
  readonly maxBytes?: number;
}): LogFile {
  const maxBytes = options.maxBytes ?? 1_048_576;
  const pathOf = (index: number): string => join(options.folder, index === 0 ? '3bot.log' : `3bot.${index}.log`);
  const waiting: LogFields[] = [];
  /** Bytes in the newest file; undefined before the folder is there. */
  let sizeBytes: number | undefined;
  /** Lines that could not be written since the last one that could. */
  let lost = 0;
  let writing: Promise<void> | undefined;

  const rotate = async (): Promise<void> => {
    for (let index = keptFiles - 2; index >= 0; index--) await unlessMissing(rename(pathOf(index), pathOf(index + 1)));
  };

  /** The next lines that fit into `roomBytes`, at least one, taken from those that wait. */
  const take = (roomBytes: number): { readonly text: string; readonly lines: number } => {
    let text = '';
    let lines = 0;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const line = `${JSON.stringify(lines === 0 && lost > 0 ? { ...next, lost } : next)}\n`;
      if (lines > 0 && Buffer.byteLength(text) + Buffer.byteLength(line) > roomBytes) break;
      text += line;
      lines += 1;
      waiting.shift();
    }
    return { text, lines };
  };

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const { text, lines } = take(maxBytes - (sizeBytes ?? 0));
      const counted = lost;
      try {
        if (sizeBytes === undefined) {
          await mkdir(options.folder, { recursive: true, mode: 0o700 });
          sizeBytes = (await unlessMissing(stat(pathOf(0))))?.size ?? 0;
        }
        if (sizeBytes > 0 && sizeBytes + Buffer.byteLength(text) > maxBytes) {
          await rotate();
          sizeBytes = 0;
        }
        await appendFile(pathOf(0), text, { mode: 0o600 });
        sizeBytes += Buffer.byteLength(text);
        lost -= counted; // what a flood lost meanwhile is still to be said
      } catch {
        lost += lines; // said with the next line that can be written
      }
    }
    writing = undefined;
  };

  return {
    log(level, area, what, fields = {}) {
      if (waiting.length >= mostWaiting) {
        lost += 1;
        return;
      }
      const cleaned = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, clean(value)]));
      waiting.push({ at: new Date(options.now()).toISOString(), level, area, what, ...cleaned });
      writing ??= writeAll();
    },
    async flush() {
      await writing;
    },
  };
}

/** What `work` comes to; undefined when the file is not there. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
