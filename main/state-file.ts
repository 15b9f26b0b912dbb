/**
 * One small state of the app on disk: `{version, state}` with a schema, written as a whole. A file that does not parse
 * is set aside with a date and the owner is told; what the app then starts from is the initial state.
 */
import * as v from 'valibot';
import { readTextIfThere, setAside, writeDurably } from './durable-file.ts';
import { createTurns } from './in-turn.ts';

/** A state with its file. */
export type StateFile<T> = {
  readonly value: T;
  /** Durable when it resolves. */
  save(value: T): Promise<void>;
};

/** Opens a state. `onDamaged` gets the path of a file that had to be set aside. */
export async function openStateFile<S extends v.GenericSchema>(options: {
  readonly path: string;
  readonly version: number;
  readonly schema: S;
  readonly initial: v.InferOutput<S>;
  readonly now: () => number;
  readonly onDamaged: (path: string) => void;
}): Promise<StateFile<v.InferOutput<S>>> {
  const { path, version, schema, initial, now, onDamaged } = options;
  const text = await readTextIfThere(path);
  const stored = text === undefined ? undefined : parseState(text, version, schema);
  if (text !== undefined && stored === undefined) onDamaged(await setAside(path, now()));
  let value = stored === undefined ? initial : stored.state;
  // Two writes at once would share the file beside, and one of them would lose it.
  const inTurn = createTurns();
  return {
    get value() {
      return value;
    },
    save: (next) =>
      inTurn(async () => {
        await writeDurably(path, `${JSON.stringify({ version, state: next }, null, 2)}\n`);
        value = next;
      }),
  };
}

function parseState<S extends v.GenericSchema>(
  text: string,
  version: number,
  schema: S,
): { readonly state: v.InferOutput<S> } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined; // the caller sets the file aside
  }
  const result = v.safeParse(v.strictObject({ version: v.literal(version), state: schema }), json);
  return result.success ? { state: result.output.state } : undefined;
}
