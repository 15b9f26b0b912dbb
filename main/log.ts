/**
 * The 3bot's log: one JSON object a line, in a file of the profile that rotates. For people who look for a fault.
 * Must never hold a secret: values are short and flat, and what looks like a key or ticket is cut out as a last net.
 * Must never throw: a line that a full disk does not take is counted, and the next one that fits says so.
 */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a line may say besides what happened. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type LogLevel = 'info' | 'warn' | 'error';

/** Writes one line: `area` is a room or module, `what` a short machine word. */
export type Log = (level: LogLevel, area: string, what: string, fields?: LogFields) => void;

const maxValueLength = 300;
const keptFiles = 3;

/** Stellar secrets and anything in a `ticket=` or `passphrase=` position. */
const secretLike = /\bS[A-Z2-7]{55}\b|\b(ticket|passphrase|cookie)=[^\s&]+/g;

const clean = (value: LogFields[string]): LogFields[string] =>
  typeof value === 'string' ? value.slice(0, maxValueLength).replace(secretLike, '[cut]') : value;

/** Opens `<folder>/3bot.log`; above `maxBytes` it becomes `3bot.1.log`, and so on up to two older files. */
export function openLog(options: {
  readonly folder: string;
  readonly now: () => number;
  readonly maxBytes?: number;
  /** Also told of each line, for a terminal. */
  readonly onLine?: (line: string) => void;
}): Log {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const maxBytes = options.maxBytes ?? 1_048_576;
  const pathOf = (index: number): string => join(options.folder, index === 0 ? '3bot.log' : `3bot.${index}.log`);
  let sizeBytes = statSync(pathOf(0), { throwIfNoEntry: false })?.size ?? 0;
  /** Lines that could not be written since the last one that could. */
  let lost = 0;

  const rotate = (): void => {
    for (let index = keptFiles - 2; index >= 0; index--) {
      if (statSync(pathOf(index), { throwIfNoEntry: false }) !== undefined)
        renameSync(pathOf(index), pathOf(index + 1));
    }
    sizeBytes = 0;
  };

  return (level, area, what, fields = {}) => {
    const cleaned = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, clean(value)]));
    const head = { at: new Date(options.now()).toISOString(), level, area, what, ...(lost === 0 ? {} : { lost }) };
    const line = `${JSON.stringify({ ...head, ...cleaned })}\n`;
    try {
      if (sizeBytes + line.length > maxBytes) rotate();
      appendFileSync(pathOf(0), line, { mode: 0o600 });
      sizeBytes += Buffer.byteLength(line);
      lost = 0;
    } catch {
      lost += 1; // said with the next line that can be written
    }
    options.onLine?.(line);
  };
}
