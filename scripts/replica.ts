// `npm run replica -- rebuild | scrub | backup | sizes --profile=DIR [--json]`: looks after a 3bot's database.
//   scrub [--deep]          checks everything that is stored; --deep also rebuilds beside it and compares every row
//   rebuild [--from=DIR]    builds the database anew from its blocks (damaged ones from another replica's folder) and replaces it
//   backup FILE             a verified copy, while the app runs; to restore it, copy it to replica/replica.db
//   sizes                   bytes of each table, and for each record
// What goes wrong is `{code, detail}` and exit code 1.

import { mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backUp, openToRead, sizesOf } from '../bcdb/store/backup.ts';
import { Chain } from '../bcdb/store/chain.ts';
import { gridRules } from '../bcdb/store/grid-rules.ts';
import { openMeta } from '../bcdb/store/meta.ts';
import { compareRows, rebuildInto, replaceByRebuilt } from '../bcdb/store/rebuild.ts';
import { scrub } from '../bcdb/store/scrub.ts';
import { verifySodium } from '../bcdb/verify.ts';
import { AppError, toErrorData } from '../core/errors.ts';
import { defaultProfile } from '../main/options.ts';

const usage =
  'usage: npm run replica -- scrub [--deep] | rebuild [--from=DIR] | backup FILE | sizes [--profile=DIR] [--json]';
const parts = { rules: gridRules, verify: verifySodium };

type Answer = { readonly text: string; readonly json: object; readonly isGood: boolean };

function scrubFolder(folder: string, isDeep: boolean): Answer {
  const db = openToRead(join(folder, 'replica.db'));
  try {
    const report = scrub(db, verifySodium);
    const rows = isDeep && report.isWhole ? compareWithRebuilt(folder) : [];
    const findings = [...report.findings, ...rows.map((what) => ({ where: 'rows', what, height: null }))];
    const lines = findings.map(({ where, what }) => `${where}: ${what}`);
    const text = `${report.blocks} blocks, ${report.records} records: ${findings.length} findings`;
    return { text: [...lines, text].join('\n'), json: { ...report, findings }, isGood: findings.length === 0 };
  } finally {
    db.close();
  }
}

function compareWithRebuilt(folder: string): readonly string[] {
  const target = mkdtempSync(join(folder, 'rebuild-'));
  const source = openToRead(join(folder, 'replica.db'));
  try {
    rebuildInto(target, source, parts);
    const rebuilt = openToRead(join(target, 'replica.db'));
    try {
      return compareRows(source, rebuilt);
    } finally {
      rebuilt.close();
    }
  } finally {
    source.close();
    rmSync(target, { recursive: true, force: true });
  }
}

function rebuildFolder(folder: string, from: string | undefined): Answer {
  const other = from === undefined ? undefined : openToRead(join(from, 'replica.db'));
  try {
    const chain = other === undefined ? undefined : new Chain(other, openMeta(other));
    const fetch = (height: number): Uint8Array | undefined => chain?.blockBytes(height);
    const done = replaceByRebuilt(folder, { ...parts, fetch }, new Date());
    const text = `built anew up to height ${done.height}, ${done.fetched.length} blocks from elsewhere; before: ${done.aside}`;
    return { text, json: done, isGood: true };
  } finally {
    other?.close();
  }
}

function sizesIn(folder: string): Answer {
  const db = openToRead(join(folder, 'replica.db'));
  try {
    const sizes = sizesOf(db);
    const rows = sizes.tables.map(
      ({ table, bytes, bytesPerRecord }) =>
        `${table.padEnd(24)} ${String(bytes).padStart(14)} ${String(bytesPerRecord).padStart(8)}`,
    );
    const head = `${'table, with indexes'.padEnd(24)} ${'bytes'.padStart(14)} ${'a record'.padStart(8)}`;
    const sum = `${'all'.padEnd(24)} ${String(sizes.fileBytes).padStart(14)} ${String(sizes.bytesPerRecord).padStart(8)}`;
    return { text: [head, ...rows, sum].join('\n'), json: sizes, isGood: true };
  } finally {
    db.close();
  }
}

async function run(args: readonly string[]): Promise<Answer & { readonly isJson: boolean }> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      profile: { type: 'string' },
      from: { type: 'string' },
      deep: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const profile = values.profile ?? defaultProfile(process.platform, process.env, homedir());
  const folder = join(profile, 'replica');
  const [command, file, ...others] = positionals;
  const isJson = values.json === true;
  if (others.length > 0 || (file !== undefined) !== (command === 'backup')) throw new AppError('ipc/bad-input', usage);
  switch (command) {
    case 'scrub':
      return { ...scrubFolder(folder, values.deep === true), isJson };
    case 'rebuild':
      return { ...rebuildFolder(folder, values.from), isJson };
    case 'sizes':
      return { ...sizesIn(folder), isJson };
    case 'backup': {
      const report = await backUp(folder, file ?? '', verifySodium);
      const text = `${file}: ${report.blocks} blocks, ${report.records} records, verified`;
      return { text, json: { file, ...report }, isGood: true, isJson };
    }
    default:
      throw new AppError('ipc/bad-input', usage);
  }
}

try {
  const { text, json, isGood, isJson } = await run(process.argv.slice(2));
  console.log(isJson ? JSON.stringify(json) : text);
  if (!isGood) process.exitCode = 1;
} catch (error) {
  const { code, detail } = toErrorData(error, error instanceof TypeError ? 'ipc/bad-input' : 'ipc/internal');
  console.log(JSON.stringify({ code, detail }));
  process.exitCode = 1;
}
