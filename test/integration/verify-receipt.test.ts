// The offline verifier as people run it: exit codes, words and JSON, on files alone, in a folder without the app.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { encodeHeadFile } from '../../core/proofs-history.ts';
import { proofGrid } from '../../scripts/vectors/proof-grid.ts';

const options = { guardians: ['a', 'b', 'c', 'd'], changes: { 3: ['c', 'd', 'e', 'f'] }, length: 10 };
const grid = proofGrid(options);
const fork = proofGrid({ ...options, forkFrom: 6 });
const id = toHex(grid.grid);
const folder = mkdtempSync(join(tmpdir(), 'verify-'));
const scripts = join(import.meta.dirname, '../../scripts');

/** Files by name in the folder. */
const files: Readonly<Record<string, Uint8Array>> = {
  receipt: grid.receipt(5, 1),
  tied: grid.receipt(5, 1, 8),
  'header-proof': grid.headerProof(2, 8),
  consistency: grid.consistency(5, 9),
  'other-consistency': grid.consistency(4, 9),
  'head-5': encodeHeadFile(grid.head(5)),
  'head-8': encodeHeadFile(grid.head(8)),
  'head-9': encodeHeadFile(grid.head(9)),
  'forked-5': encodeHeadFile(fork.head(5)),
  'forked-8': encodeHeadFile(fork.head(8)),
  garbage: Uint8Array.of(1, 2, 3),
  tampered: grid.receipt(5, 1).map((byte, index, { length }) => (index === length - 40 ? byte ^ 1 : byte)),
};

beforeAll(() => {
  cpSync(join(scripts, 'verify-receipt.mjs'), join(folder, 'verify-receipt.mjs'));
  cpSync(join(scripts, 'verifier'), join(folder, 'verifier'), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
});

/** Runs the copy in its own folder, where nothing of the app and no package can be found. */
function verify(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['verify-receipt.mjs', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {},
  });
  return { status, stdout, stderr };
}

test('a receipt that holds says so, in words and in JSON, and asks for the grid when it was not told', () => {
  const words = verify('receipt');
  expect([words.status, words.stderr]).toEqual([0, '']);
  expect(words.stdout).toMatch(/^It holds\.\n {2}grid +[0-9a-f]{64}\n/);
  expect(words.stdout).toContain('Compare the grid id');
  const json = verify('receipt', `--grid=${id}`, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    holds: true,
    grid: id,
    height: '5',
    kind: 'transfer',
    amount: '0.0000052 TFT',
    verdict: 'money/insufficient',
  });
});

test('the other proofs are verified by the same command', () => {
  expect(JSON.parse(verify('header-proof', `--grid=${id}`, '--json').stdout)).toMatchObject({
    holds: true,
    height: '2',
  });
  expect(JSON.parse(verify('consistency', `--grid=${id}`, '--json').stdout)).toMatchObject({ holds: true, from: '5' });
});

test('what does not hold ends with 1 and its code', () => {
  for (const [args, code] of [
    [['tampered'], 'receipt/'],
    [['garbage'], 'receipt/malformed'],
    [['head-5'], 'receipt/malformed'],
    [['receipt', `--grid=${'00'.repeat(32)}`], 'receipt/wrong-grid'],
    [['receipt', `--grid=${id}`, '--head=garbage'], 'proof/malformed'],
  ] as const) {
    const { status, stdout } = verify(...args, '--json');
    expect([args, status]).toEqual([args, 1]);
    expect(JSON.parse(stdout)).toMatchObject({ holds: false, code: expect.stringContaining(code) });
  }
});

test('a pinned head is led to by the receipt itself, by its later head, or by a consistency proof', () => {
  const known = `--grid=${id}`;
  expect(verify('receipt', known, '--head=head-5').status).toBe(0);
  expect(verify('tied', known, '--head=head-8').status).toBe(0);
  expect(verify('receipt', known, '--head=head-9').status).toBe(3);
  expect(verify('receipt', known, '--head=head-9').stdout).toContain('does not lead to the head');
  expect(verify('receipt', known, '--head=head-9', '--consistency=consistency').status).toBe(0);
  expect(verify('receipt', known, '--head=head-9', '--consistency=other-consistency').status).toBe(3);
  expect(JSON.parse(verify('receipt', known, '--head=head-9', '--json').stdout)).toMatchObject({ tied: false });
});

test('a pinned head of another history at the same height is a contradiction', () => {
  const contradiction = verify('tied', `--grid=${id}`, '--head=forked-8', '--json');
  expect(contradiction.status).toBe(1);
  expect(JSON.parse(contradiction.stdout)).toMatchObject({ code: 'proof/inconsistent' });
  expect(verify('receipt', `--grid=${id}`, '--head=forked-5').status).toBe(0); // the histories part at height 6
});

test('a wrong call ends with 2 and says how to call it', () => {
  for (const args of [[], ['receipt', '--grid=abc'], ['receipt', '--gird=1'], ['receipt', 'tied']]) {
    const { status, stderr } = verify(...args);
    expect([args, status, stderr.startsWith('usage:')]).toEqual([args, 2, true]);
  }
  expect(verify('missing')).toMatchObject({ status: 2, stdout: '' });
});
