// `npm run bench` measures everything and writes docs/PERFORMANCE.md; `-- NAME` measures one and prints it, and with `--write` also
// puts it in there. `--json`: one JSON object per figure on standard output and nothing else there. `--list`: what there is.
// `--records=N`: how many records, where a bench lets one choose.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type How, readArguments, usage } from './bench/command-line.ts';
import { type Bench, figureJson, type Outcome } from './bench/figure.ts';
import { machineFacts } from './bench/machine-facts.ts';
import { benchFolder, isApart, performApart, performHere } from './bench/perform.ts';
import { documentWith, lineOf } from './bench/report.ts';
import { benches } from './bench/table.ts';
import { root } from './lib/node.mjs';

const program = fileURLToPath(import.meta.url);

/** Prints what came of a bench: figures to standard output, everything else to standard error. */
function print({ name }: Bench, outcome: Outcome, isJson: boolean): void {
  if (outcome.kind !== 'measured') console.error(`${name}: ${outcome.kind}: ${outcome.why}`);
  else for (const figure of outcome.figures) console.log(isJson ? figureJson(figure) : lineOf(figure));
}

const performanceFile = join(root, 'docs/PERFORMANCE.md');

/** Performs a bench, prints what came of it, and puts it among the others if it is to be written. */
async function runOne(bench: Bench, { isJson, isWritten, records }: How): Promise<Outcome> {
  const facts = machineFacts(benchFolder);
  const outcome = await performApart(program, bench, records);
  print(bench, outcome, isJson);
  if (isWritten) {
    const date = new Date().toISOString().slice(0, 10);
    const titles = benches.map(({ title }) => title);
    const before = await readFile(performanceFile, 'utf8');
    await writeFile(performanceFile, documentWith(before, titles, { bench, outcome, date, facts, records }));
    console.error('written: docs/PERFORMANCE.md');
  }
  return outcome;
}

/** Each is written when it is done: whoever ends it early has what was measured by then. */
async function runAll(how: How): Promise<number> {
  let failed = 0;
  for (const bench of benches) {
    console.error(`${bench.name}: ${bench.title}`);
    if ((await runOne(bench, how)).kind === 'failed') failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

const asked = readArguments(
  process.argv.slice(2),
  benches.map(({ name }) => name),
);
switch (asked.do) {
  case 'list':
    for (const { name, title } of benches) console.log(`${name.padEnd(12)} ${title}`);
    break;
  case 'all':
    process.exitCode = await runAll(asked.how);
    break;
  case 'one': {
    const bench = benches.find(({ name }) => name === asked.name);
    if (bench === undefined) process.exitCode = 2;
    else if (isApart()) await performHere(bench, asked.how.records);
    else process.exitCode = (await runOne(bench, asked.how)).kind === 'failed' ? 1 : 0;
    break;
  }
  case 'refuse':
    console.error(`${asked.why}\n${usage}`);
    process.exitCode = 2;
}
