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

const sectionOf = ({ name, title, how }: Bench, outcome: Outcome): readonly string[] => [
  '',
  `## ${title}`,
  '',
  `\`npm run bench -- ${name}\``,
  '',
  how,
  '',
  ...(outcome.kind === 'measured'
    ? tableOf(outcome.figures)
    : [outcome.kind === 'skipped' ? `Not measured here: ${outcome.why}.` : `Failed: ${outcome.why}.`]),
];

/** All of docs/PERFORMANCE.md. */
export function documentOf(
  facts: MachineFacts,
  date: string,
  outcomes: readonly (readonly [bench: Bench, outcome: Outcome])[],
): string {
  const lines = [
    '# Performance',
    '',
    'Written by `npm run bench`; change the benches in `scripts/bench/`, not this file. A value is the median of several',
    'runs and its spread the lowest and the highest of them; p50 and p95 are percentiles over all calls. The baseline was',
    'measured in the same run; ratio = value / baseline. Read them as proportions: the machine had other work.',
    '',
    row(['Date', 'Processor', 'Memory', 'Kernel', 'Node', 'Disk', 'Load before']),
    row(['---', '---', '---', '---', '---', '---', '---']),
    row([
      date,
      `${facts.cores} x ${facts.cpu}`,
      `${facts.memoryGb} GB`,
      facts.kernel,
      facts.node,
      facts.disk,
      `${facts.load}`,
    ]),
    ...outcomes.flatMap(([bench, outcome]) => sectionOf(bench, outcome)),
  ];
  return `${lines.join('\n')}\n`;
}

/** A figure as one line of text. */
export function lineOf(figure: Figure): string {
  const spread = figure.spread === undefined ? '' : `  (${spreadOf(figure)})`;
  const beside = `${shown(ratioOf(figure))} of ${shown(figure.baseline)}: ${figure.against}`;
  return `${figure.name.padEnd(28)} ${`${shown(figure.value)} ${figure.unit}`.padStart(20)}  ${beside}${spread}`;
}
