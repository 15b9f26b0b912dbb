// Figures for people: docs/PERFORMANCE.md, and the lines that a single bench prints. Pure.

import { type Bench, type Figure, type Outcome, ratioOf, rounded } from './figure.ts';
import type { MachineFacts } from './machine-facts.ts';

/** Four significant digits, thousands apart. */
const shown = (value: number): string =>
  rounded(value).toLocaleString('en-US', { maximumSignificantDigits: 4, useGrouping: true });

const spreadOf = ({ spread }: Figure): string =>
  spread === undefined ? '' : `${shown(spread.low)} – ${shown(spread.high)}`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function tableOf(figures: readonly Figure[]): readonly string[] {
  return [
    row(['Figure', 'Value', 'Spread', 'Baseline', 'Ratio', 'Against']),
    row(['---', '--:', '--:', '--:', '--:', '---']),
    ...figures.map((figure) =>
      row([
        `\`${figure.name}\``,
        `${shown(figure.value)} ${figure.unit}`,
        spreadOf(figure),
        shown(figure.baseline),
        shown(ratioOf(figure)),
        figure.against,
      ]),
    ),
  ];
}

/** A bench that was run: what came of it, when, on what, and with how many records, if somebody chose. */
export type Run = {
  readonly bench: Bench;
  readonly outcome: Outcome;
  readonly date: string;
  readonly facts: MachineFacts;
  readonly records: number | undefined;
};

function sectionOf({ bench: { name, title, how }, outcome, date, facts, records }: Run): string {
  const command = `npm run bench -- ${name}${records === undefined ? '' : ` --records=${records}`}`;
  const { cores, cpu, memoryGb, kernel, node, disk, load } = facts;
  const lines = [
    `## ${title}`,
    '',
    `\`${command}\``,
    '',
    `${date}, ${cores} x ${cpu}, ${memoryGb} GB, ${kernel}, Node ${node}, ${disk}; load before: ${load}`,
    '',
    how,
    '',
    ...(outcome.kind === 'measured'
      ? tableOf(outcome.figures)
      : [outcome.kind === 'skipped' ? `Not measured here: ${outcome.why}.` : `Failed: ${outcome.why}.`]),
  ];
  return lines.join('\n');
}

const head = `# Performance

Written by \`npm run bench\`; change the benches in \`scripts/bench/\`, not this file. A value is the median of several
runs and its spread the lowest and the highest of them; p50 and p95 are percentiles over all calls. The baseline was
measured in the same run; ratio = value / baseline. Read them as proportions: the machine had other work.`;

/** docs/PERFORMANCE.md with this run in it, and what stood there of the other benches. `titles`: of all benches, in order. */
export function documentWith(before: string, titles: readonly string[], run: Run): string {
  const sections = new Map(
    before
      .split(/^(?=## )/m)
      .slice(1)
      .map((text) => [text.slice('## '.length, text.indexOf('\n')), text.trimEnd()]),
  );
  sections.set(run.bench.title, sectionOf(run));
  return `${[head, ...titles.flatMap((title) => sections.get(title) ?? [])].join('\n\n')}\n`;
}

/** A figure as one line of text. */
export function lineOf(figure: Figure): string {
  const spread = figure.spread === undefined ? '' : `  (${spreadOf(figure)})`;
  const beside = `${shown(ratioOf(figure))} of ${shown(figure.baseline)}: ${figure.against}`;
  return `${figure.name.padEnd(28)} ${`${shown(figure.value)} ${figure.unit}`.padStart(20)}  ${beside}${spread}`;
}
