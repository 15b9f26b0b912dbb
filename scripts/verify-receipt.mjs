// Verifies a receipt with no app, no network and no database: node scripts/verify-receipt.mjs FILE [--grid=ID] [--json]
// Exit code 0 when the receipt holds, 1 when it does not, 2 for a wrong call. Uses `core` alone.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { findNode } from './lib/node.mjs';

const usage = 'usage: node scripts/verify-receipt.mjs FILE [--grid=GRID-ID] [--json]';

/** Runs this file again under a Node that reads TypeScript. */
const rerun = () => {
  const node = findNode();
  if (node.path === undefined) {
    console.error(node.why);
    return 2;
  }
  return spawnSync(node.path, process.argv.slice(1), { stdio: 'inherit' }).status ?? 2;
};

/** @param {string[]} args */
const verify = async (args) => {
  const file = args.find((argument) => !argument.startsWith('--'));
  const grid = args.find((argument) => argument.startsWith('--grid='))?.slice('--grid='.length);
  if (file === undefined || (grid !== undefined && !/^[0-9a-f]{64}$/.test(grid))) {
    console.error(usage);
    return 2;
  }
  const [{ verifyReceipt }, { describeProof }, { verifyPortable }, { fromHex }, { toWire }, { toErrorData }] =
    await Promise.all([
      import('../core/receipt.ts'),
      import('./lib/describe-proof.ts'),
      import('../core/keys.ts'),
      import('../core/bytes.ts'),
      import('../core/wire.ts'),
      import('../core/errors.ts'),
    ]);
  const isJson = args.includes('--json');
  try {
    const proven = verifyReceipt(await readFile(file), verifyPortable, grid === undefined ? undefined : fromHex(grid));
    const facts = describeProof(proven);
    console.log(isJson ? toWire({ holds: true, ...facts }) : ['The receipt holds.', ...lines(facts)].join('\n'));
    if (grid === undefined && !isJson)
      console.log('\nCompare the grid id with one that you trust, or pass it: --grid=ID');
    return 0;
  } catch (error) {
    const { code, detail } = toErrorData(error, 'receipt/malformed');
    console.log(isJson ? toWire({ holds: false, code, detail }) : `The receipt does not hold: ${code} ${detail}`);
    return 1;
  }
};

/** @param {Readonly<Record<string, unknown>>} facts */
const lines = (facts) =>
  Object.entries(facts).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((item) => `  ${name.padEnd(10)} ${item}`) : [`  ${name.padEnd(10)} ${value}`],
  );

process.exitCode = Number(process.versions.node.split('.')[0]) >= 24 ? await verify(process.argv.slice(2)) : rerun();
