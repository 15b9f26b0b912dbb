// What people and machines get to read of a bench.

import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../scripts/bench/command-line.ts';
import { type Bench, type Figure, figureJson, type Outcome } from '../../../scripts/bench/figure.ts';
import { documentWith, lineOf } from '../../../scripts/bench/report.ts';
import { benches } from '../../../scripts/bench/table.ts';

const figure: Figure = {
  name: 'ledger/accepted',
  value: 12_345.678,
  unit: 'records/s',
  baseline: 24_691.356,
  against: 'raw verifications',
  spread: { low: 12_000, high: 12_800 },
};

const facts = { cpu: 'Some CPU', cores: 2, memoryGb: 8, kernel: 'Linux 6.1', node: 'v24.0.0', disk: 'ext4', load: 0.1 };

const bench = (name: string): Bench => ({
  name,
  title: `About ${name}`,
  how: 'So and so.',
  lacks: () => undefined,
  run: async () => [],
});

describe('a figure', () => {
  it('leaves as one line of JSON with exactly name, value, unit, baseline, ratio', () => {
    expect(figureJson(figure)).toBe(
      '{"name":"ledger/accepted","value":12350,"unit":"records/s","baseline":24690,"ratio":0.5}',
    );
  });

  it('has no ratio to a baseline of nothing', () => {
    expect(JSON.parse(figureJson({ ...figure, baseline: 0 })).ratio).toBe(0);
  });

  it('reads as one line with its spread', () => {
    expect(lineOf(figure)).toMatch(
      /^ledger\/accepted +12,350 records\/s +0\.5 of 24,690: raw verifications {2}\(12,000 – 12,800\)$/,
    );
  });
});

describe('docs/PERFORMANCE.md', () => {
  const titles = ['ledger', 'workload', 'ui'].map((name) => bench(name).title);
  const on = { date: '2030-01-02', facts, records: undefined };
  const write = (before: string, name: string, outcome: Outcome, records?: number): string =>
    documentWith(before, titles, { bench: bench(name), outcome, ...on, records });

  it('says machine, date, command, figures, and why something was not measured', () => {
    const ui = write('', 'ui', { kind: 'failed', why: 'no window' });
    const two = write(ui, 'workload', { kind: 'skipped', why: 'podman not installed' });
    const text = write(two, 'ledger', { kind: 'measured', figures: [figure] }, 5000);
    expect(text).toContain(
      '## About ledger\n\n`npm run bench -- ledger --records=5000`\n\n' +
        '2030-01-02, 2 x Some CPU, 8 GB, Linux 6.1, Node v24.0.0, ext4; load before: 0.1\n\nSo and so.',
    );
    expect(text).toContain(
      '| `ledger/accepted` | 12,350 records/s | 12,000 – 12,800 | 24,690 | 0.5 | raw verifications |',
    );
    expect(text).toContain('`npm run bench -- workload`');
    expect(text).toContain('Not measured here: podman not installed.');
    expect(text).toContain('Failed: no window.');
    expect(text.match(/^## .*/gm)).toEqual(titles.map((title) => `## ${title}`));
  });

  it('keeps what stands there of others, byte by byte, puts a run in its place, and forgets benches that are gone', () => {
    const failed = { kind: 'failed', why: 'no window' } as const;
    const first = write(write('', 'ui', failed), 'ledger', { kind: 'measured', figures: [figure] });
    const gone = documentWith(first, [...titles, 'About gone'], { bench: bench('gone'), outcome: failed, ...on });
    expect(gone).toContain('## About gone');
    expect(write(gone, 'ui', failed)).toBe(first);
    const again = write(first, 'ui', { kind: 'skipped', why: 'no screen' });
    expect(again).toBe(first.replace('Failed: no window.', 'Not measured here: no screen.'));
  });
});

describe('the command line', () => {
  const read = (...args: string[]) => readArguments(args, ['ledger', 'open']);

  it('asks for all, one, or the list', () => {
    expect(read()).toEqual({ do: 'all', how: { isJson: false, isWritten: true } });
    expect(read('--json')).toMatchObject({ do: 'all', how: { isJson: true } });
    expect(read('--records=5000')).toMatchObject({ do: 'all', how: { records: 5000 } });
    expect(read('open', '--json')).toEqual({ do: 'one', name: 'open', how: { isJson: true, isWritten: false } });
    expect(read('open', '--write')).toMatchObject({ do: 'one', name: 'open', how: { isWritten: true } });
    expect(read('open', '--records=5000')).toMatchObject({ do: 'one', name: 'open', how: { records: 5000 } });
    expect(read('--list')).toEqual({ do: 'list' });
  });

  it('refuses what it does not know, naming what there is', () => {
    expect(read('speed')).toEqual({ do: 'refuse', why: 'no bench speed; there is ledger, open' });
    expect(read('open', 'ledger')).toMatchObject({ do: 'refuse' });
    for (const records of ['', '0', '-1', 'many', '1e9', '123456789']) {
      expect(read('open', `--records=${records}`)).toMatchObject({ do: 'refuse' });
    }
    expect(read('--quick')).toMatchObject({ do: 'refuse', why: 'unknown option --quick' });
  });
});

describe('the table', () => {
  it('names every bench once', () => {
    const names = benches.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});
