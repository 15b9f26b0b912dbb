// `npm run query -- NAME '{json}' --profile=DIR`: asks a 3bot's replica one question and prints the answer as JSON; the app
// may be running. `--list` names the questions. What goes wrong is `{code, detail}` and exit code 1.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Queries, QueryName } from '../bcdb/replica-api.ts';
import { AppError, toErrorData } from '../core/errors.ts';
import { parse } from '../core/schema.ts';
import { fromWire, toWire } from '../core/wire.ts';
import { defaultProfile } from '../main/options.ts';
import { isQueryName, queryExamples, queryInputs, queryNames } from './lib/query-inputs.ts';
import { readReplica } from './lib/read-replica.ts';

const usage = "usage: npm run query -- NAME ['{json}'] [--profile=DIR] | --list";

/** Arguments are JSON as on IPC: an amount may be `{"$n":"123"}`. Throws `ipc/bad-input`. */
function inputOf<Q extends QueryName>(name: Q, text: string | undefined): Queries[Q][0] {
  let value: unknown = null;
  try {
    if (text !== undefined) value = fromWire(text);
  } catch (cause) {
    throw new AppError('ipc/bad-input', 'the arguments are no JSON', { cause });
  }
  const given = value === null && queryExamples[name] !== '' ? {} : value;
  return parse(queryInputs[name], given, 'ipc/bad-input') as Queries[Q][0];
}

function ask(args: readonly string[]): void {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { profile: { type: 'string' }, list: { type: 'boolean' } },
  });
  if (values.list === true) {
    for (const name of queryNames) console.log(`${name.padEnd(14)} ${queryExamples[name]}`);
    return;
  }
  const [name = '', input, ...others] = positionals;
  if (!isQueryName(name) || others.length > 0) throw new AppError('ipc/bad-input', usage);
  const profile = values.profile ?? defaultProfile(process.platform, process.env, homedir());
  const replica = readReplica(join(profile, 'replica'));
  try {
    console.log(toWire(replica.answer(name, inputOf(name, input))));
  } finally {
    replica.close();
  }
}

try {
  ask(process.argv.slice(2));
} catch (error) {
  const { code, detail } = toErrorData(error, error instanceof TypeError ? 'ipc/bad-input' : 'ipc/internal');
  console.log(toWire({ code, detail }));
  process.exitCode = 1;
}
