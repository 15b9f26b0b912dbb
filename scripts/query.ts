// `npm run query -- NAME '{json}' --profile=DIR`: asks a 3bot's replica one question and prints the answer as JSON; the app
// may be running. `--list` names the questions. `--follow`: a JSON line with the answer, then one for each step to a new one,
// until it is interrupted. What goes wrong is `{code, detail}` and exit code 1.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Queries, QueryName } from '../bcdb/replica-api.ts';
import { isLiveName } from '../bcdb/store/live-queries.ts';
import { AppError, toErrorData } from '../core/errors.ts';
import { parse } from '../core/schema.ts';
import { fromWire, toWire } from '../core/wire.ts';
import { defaultProfile } from '../main/options.ts';
import { followQuery } from './lib/follow-query.ts';
import { isQueryName, queryExamples, queryInputs, queryNames } from './lib/query-inputs.ts';
import { readReplica } from './lib/read-replica.ts';

const usage = "usage: npm run query -- NAME ['{json}'] [--follow] [--profile=DIR] | --list";

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

async function ask(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { profile: { type: 'string' }, list: { type: 'boolean' }, follow: { type: 'boolean' } },
  });
  if (values.list === true) {
    for (const name of queryNames) console.log(`${name.padEnd(14)} ${queryExamples[name]}`);
    return;
  }
  const [name = '', input, ...others] = positionals;
  if (!isQueryName(name) || others.length > 0) throw new AppError('ipc/bad-input', usage);
  const profile = values.profile ?? defaultProfile(process.platform, process.env, homedir());
  const folder = join(profile, 'replica');
  if (values.follow === true) {
    if (!isLiveName(name)) throw new AppError('ipc/bad-input', `blocks do not change the answer to ${name}`);
    const stopping = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
    const asked = { name, input: inputOf(name, input) };
    await followQuery(folder, asked, stopping.signal, (line) => console.log(toWire(line)));
    return;
  }
  const replica = readReplica(folder);
  try {
    console.log(toWire(replica.answer(name, inputOf(name, input))));
  } finally {
    replica.close();
  }
}

try {
  await ask(process.argv.slice(2));
} catch (error) {
  const { code, detail } = toErrorData(error, error instanceof TypeError ? 'ipc/bad-input' : 'ipc/internal');
  console.log(toWire({ code, detail }));
  process.exitCode = 1;
}
