// Verifies a receipt, or another proof, with no app, no network and no database; `scripts/verifier` is all that it uses.
// Exit code 0: it holds; 1: it does not; 2: a wrong call; 3: it holds, but was not tied to the head given by --head.

import { readFileSync } from 'node:fs';
import { readCbor } from './verifier/cbor.mjs';
import { readHead, verifyConsistency, verifyHeaderProof, verifyReceipt } from './verifier/proofs.mjs';
import { NotProven } from './verifier/shapes.mjs';
import { verifyTwoStatements } from './verifier/statements.mjs';
import { addressOf, bodyFacts, timeOf, toHex } from './verifier/words.mjs';

const usage = `usage: node scripts/verify-receipt.mjs FILE [--grid=ID] [--head=FILE] [--consistency=FILE] [--json]
  FILE           a receipt, a header proof, a consistency proof, or the proof that a guardian signed two statements
  --grid         the id of the grid that you trust (64 hexadecimal digits)
  --head         a head of it that you know; the proof must lead to it
  --consistency  a consistency proof between that head and one of the proof`;

/** @typedef {import('./verifier/proofs.mjs').Proven} Proven */
/** @typedef {{ facts: import('./verifier/words.mjs').Facts, heads: readonly Proven[] }} Outcome */

/** @param {Uint8Array} bytes @param {Uint8Array | undefined} grid @returns {Outcome} */
function prove(bytes, grid) {
  const say = sayOf(bytes);
  if (say === '3bot/header-proof') {
    const { grid: id, header, head } = verifyHeaderProof(bytes, grid);
    return { facts: { grid: toHex(id), height: String(header.header.height), ...below(head) }, heads: [header, head] };
  }
  if (say === '3bot/consistency') {
    const { grid: id, from, to } = verifyConsistency(bytes, grid);
    return { facts: { grid: toHex(id), from: String(from.header.height), ...below(to) }, heads: [from, to] };
  }
  if (say === '3bot/two-statements') {
    const { grid: id, guardian, height, kinds } = verifyTwoStatements(bytes, grid);
    const facts = { grid: toHex(id), height: String(height), guardian: addressOf(guardian), signed: kinds.join(', ') };
    return { facts, heads: [] };
  }
  const { grid: id, record, verdict, heads } = verifyReceipt(bytes, grid);
  const [block, later] = heads;
  const facts = {
    grid: toHex(id),
    height: String(block?.header.height),
    time: block === undefined ? '' : timeOf(block.header),
    record: toHex(record.id),
    kind: record.kind,
    author: addressOf(record.author),
    verdict,
    ...bodyFacts(record),
    ...(later === undefined ? {} : below(later)),
  };
  return { facts, heads };
}

/** @param {Proven} head */
const below = ({ header }) => ({ head: `height ${header.height} of ${timeOf(header)}` });

/** @param {Uint8Array} bytes */
function sayOf(bytes) {
  try {
    const file = readCbor(bytes);
    return file instanceof Map ? file.get('say') : undefined;
  } catch {
    return undefined; // the verifier says what is wrong with it
  }
}

/**
 * Whether the proof leads to the pinned head. Throws when it contradicts it.
 * @param {readonly Proven[]} heads @param {Proven} pinned @param {Uint8Array | undefined} consistency @param {Uint8Array} grid
 */
function isTied(heads, pinned, consistency, grid) {
  const isOne = (/** @type {Proven} */ a, /** @type {Proven} */ b) => Buffer.compare(a.bytes, b.bytes) === 0;
  const fork = heads.find((head) => head.header.height === pinned.header.height && !isOne(head, pinned));
  if (fork !== undefined) throw new NotProven('proof/inconsistent', `another header at height ${pinned.header.height}`);
  if (heads.some((head) => isOne(head, pinned))) return true;
  if (consistency === undefined) return false;
  const { from, to } = verifyConsistency(consistency, grid);
  return heads.some((head) => (isOne(head, from) && isOne(pinned, to)) || (isOne(pinned, from) && isOne(head, to)));
}

/** @param {import('./verifier/words.mjs').Facts} facts */
const lines = (facts) =>
  Object.entries(facts).flatMap(([name, value]) => [value].flat().map((each) => `  ${name.padEnd(10)} ${each}`));

/** @param {readonly string[]} args @returns {number} the exit code */
function run(args) {
  const [file, ...more] = args.filter((argument) => !argument.startsWith('--'));
  const option = (/** @type {string} */ name) =>
    args.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  const known = /^--(json$|(grid|head|consistency)=.)/;
  const grid = option('grid');
  const isWrong = args.some((argument) => argument.startsWith('--') && !known.test(argument));
  if (file === undefined || more.length > 0 || isWrong || (grid !== undefined && !/^[0-9a-f]{64}$/.test(grid))) {
    console.error(usage);
    return 2;
  }
  const read = (/** @type {string | undefined} */ path) => (path === undefined ? undefined : readFileSync(path));
  const isJson = args.includes('--json');
  const [bytes, headFile, consistency] = [readFileSync(file), read(option('head')), read(option('consistency'))];
  try {
    const { facts, heads } = prove(bytes, grid === undefined ? undefined : Buffer.from(grid, 'hex'));
    const pinned = headFile === undefined ? undefined : readHead(headFile);
    const tied = pinned === undefined || isTied(heads, pinned, consistency, Buffer.from(String(facts.grid), 'hex'));
    const isPinned = pinned === undefined ? {} : { tied };
    console.log(
      isJson ? JSON.stringify({ holds: true, ...isPinned, ...facts }) : ['It holds.', ...lines(facts)].join('\n'),
    );
    if (!isJson && grid === undefined)
      console.log('\nCompare the grid id with one that you trust, or pass it: --grid=ID');
    if (!isJson && !tied) console.log('\nIt does not lead to the head that you gave: ask for a consistency proof.');
    return tied ? 0 : 3;
  } catch (error) {
    if (!(error instanceof NotProven)) throw error;
    const { code, detail } = error;
    console.log(isJson ? JSON.stringify({ holds: false, code, detail }) : `It does not hold: ${code} ${detail}`);
    return 1;
  }
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
