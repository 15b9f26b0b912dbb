// `npm run bench` measures everything and writes docs/PERFORMANCE.md; `-- NAME` measures one and prints it.
// `--json`: one JSON object per figure on standard output and nothing else there. `--list`: what there is. `--records=N`: how
// many records, where a bench lets one choose.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, usage } from './bench/command-line.ts';
import { type Bench, figureJson, type Outcome } from './bench/figure.ts';
import { machineFacts } from './bench/machine-facts.ts';
import { benchFolder, isApart, performApart, performHere } from './bench/perform.ts';
import { documentOf, lineOf } from './bench/report.ts';
import { benches } from './bench/table.ts';
import { root } from './lib/node.mjs';

const program = fileURLToPath(import.meta.url);

/** Prints what came of a bench: figures to standard output, everything else to standard error. */
function print({ name }: Bench, outcome: Outcome, isJson: boolean): void {
  if (outcome.kind !== 'measured') console.error(`${name}: ${outcome.kind}: ${outcome.why}`);
  else for (const figure of outcome.figures) console.log(isJson ? figureJson(figure) : lineOf(figure));
}

async function runAll(isJson: boolean, records: number | undefined): Promise<number> {
  const facts = machineFacts(benchFolder);
  const outcomes: (readonly [Bench, Outcome])[] = [];
  for (const bench of benches) {
    console.error(`${bench.name}: ${bench.title}`);
    const outcome = await performApart(program, bench, records);
    print(bench, outcome, isJson);
    outcomes.push([bench, outcome]);
    // After each: whoever ends it early has what was measured by then.
    const date = new Date().toISOString().slice(0, 10);
    await writeFile(join(root, 'docs/PERFORMANCE.md'), documentOf(facts, date, outcomes));
  }
  console.error('written: docs/PERFORMANCE.md');
  return outcomes.some(([, { kind }]) => kind === 'failed') ? 1 : 0;
}

async function runOne(bench: Bench, isJson: boolean, records: number | undefined): Promise<number> {
  if (isApart()) {
    await performHere(bench, records);
    return 0;
  }
  const outcome = await performApart(program, bench, records);
  print(bench, outcome, isJson);
  return outcome.kind === 'failed' ? 1 : 0;
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
    process.exitCode = await runAll(asked.isJson, asked.records);
    break;
  case 'one': {
    const bench = benches.find(({ name }) => name === asked.name);
    process.exitCode = bench === undefined ? 2 : await runOne(bench, asked.isJson, asked.records);
    break;
  }
  case 'refuse':
    console.error(`${asked.why}\n${usage}`);
    process.exitCode = 2;
}
