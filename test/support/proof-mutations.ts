// G28 fuzzing: proof files changed at random and by plan, and what both verifiers, core's and the independent one, say.

import { verifySodium } from '../../bcdb/verify.ts';
import { decode, encode } from '../../core/cbor.ts';
import { codeOf } from '../../core/errors.ts';
import { verifyConsistencyProof, verifyHeaderProof } from '../../core/proofs-history.ts';
import { verifyReceipt } from '../../core/receipt.ts';
import { proofGrid } from '../../scripts/vectors/proof-grid.ts';
import * as independent from '../../scripts/verifier/proofs.mjs';

export type ProofKind = 'receipt' | 'header-proof' | 'consistency';
export type Sample = { readonly kind: ProofKind; readonly bytes: Uint8Array; readonly grid: Uint8Array };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What a verifier makes of a file: everything that it proved in one line, or the code. */
export type Judgement = { readonly proved: string } | { readonly code: string };

const judged = (prove: () => readonly (Uint8Array | string)[]): Judgement => {
  try {
    return {
      proved: prove()
        .map((part) => (typeof part === 'string' ? part : hex(part)))
        .join(' '),
    };
  } catch (error) {
    const code = codeOf(error);
    // Anything but a code of ours is a defect of the verifier.
    if (code === undefined) throw error;
    return { code };
  }
};

/** By core, with the grid's own signature verifier. */
export function judgeByCore({ kind, bytes, grid }: Omit<Sample, 'grid'> & { readonly grid?: Uint8Array }): Judgement {
  return judged(() => {
    if (kind === 'receipt') {
      const proven = verifyReceipt(bytes, verifySodium, grid);
      return [proven.grid, proven.record.id, proven.verdict, ...proven.heads.map((head) => head.bytes)];
    }
    if (kind === 'header-proof') {
      const proven = verifyHeaderProof(bytes, verifySodium, grid);
      return [proven.grid, proven.header.bytes, proven.head.bytes];
    }
    const proven = verifyConsistencyProof(bytes, verifySodium, grid);
    return [proven.grid, proven.from.bytes, proven.to.bytes];
  });
}

/** By the independent verifier. */
export function judgeIndependently({
  kind,
  bytes,
  grid,
}: Omit<Sample, 'grid'> & { readonly grid?: Uint8Array }): Judgement {
  return judged(() => {
    if (kind === 'receipt') {
      const proven = independent.verifyReceipt(bytes, grid);
      return [proven.grid, proven.record.id, proven.verdict, ...proven.heads.map((head) => head.bytes)];
    }
    if (kind === 'header-proof') {
      const proven = independent.verifyHeaderProof(bytes, grid);
      return [proven.grid, proven.header.bytes, proven.head.bytes];
    }
    const proven = independent.verifyConsistency(bytes, grid);
    return [proven.grid, proven.from.bytes, proven.to.bytes];
  });
}

/** Good files of every kind, from grids of one, three and four guardians, with and without changes. */
export function samples(): readonly Sample[] {
  const solo = proofGrid({ name: 'solo', guardians: ['solo'], length: 9 });
  const changes = { 2: ['e', 'f', 'g'] };
  const four = proofGrid({ name: 'four', guardians: ['a', 'b', 'c', 'd'], changes, length: 7, epochs: { 5: 1 } });
  const { guardians: _none, head: _nor, ...first } = solo.parts(5, 1);
  return [
    { kind: 'receipt', bytes: encode({ say: '3bot/receipt', v: 1, ...first }), grid: solo.grid },
    { kind: 'receipt', bytes: solo.receipt(4, 2), grid: solo.grid },
    { kind: 'receipt', bytes: solo.receipt(3, 0, 8), grid: solo.grid },
    { kind: 'receipt', bytes: four.receipt(5, 1), grid: four.grid },
    { kind: 'receipt', bytes: four.receipt(1, 0, 6), grid: four.grid },
    { kind: 'header-proof', bytes: solo.headerProof(3, 8), grid: solo.grid },
    { kind: 'header-proof', bytes: four.headerProof(1, 6), grid: four.grid },
    { kind: 'consistency', bytes: solo.consistency(5, 8), grid: solo.grid },
    { kind: 'consistency', bytes: four.consistency(2, 5), grid: four.grid },
  ];
}

/** A small, seeded source of numbers (mulberry32), so that a failure can be run again. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Pick = (below: number) => number;

/** `count` bytes at `at` replaced. */
const splice = (bytes: Uint8Array, at: number, count: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat([bytes.subarray(0, at), ...parts, bytes.subarray(at + count)]));

/** Changes of bytes, without knowing what they mean. */
const byteChanges: readonly ((bytes: Uint8Array, pick: Pick, other: Uint8Array) => Uint8Array)[] = [
  (bytes, pick) => {
    const at = pick(bytes.length);
    return splice(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << pick(8))));
  },
  (bytes, pick) => splice(bytes, pick(bytes.length), 1, Uint8Array.of(pick(256))),
  (bytes, pick) => splice(bytes, pick(bytes.length + 1), 0, Uint8Array.of(pick(256))),
  (bytes, pick) => splice(bytes, pick(bytes.length), 1 + pick(40)),
  (bytes, pick) => bytes.subarray(0, pick(bytes.length)),
  (bytes, pick) => {
    const at = pick(bytes.length);
    return splice(bytes, pick(bytes.length), 0, bytes.subarray(at, at + 1 + pick(100)));
  },
  (bytes, pick) => {
    // 32 bytes from elsewhere: one hash or key in the place of another.
    const from = pick(bytes.length - 32);
    return splice(bytes, pick(bytes.length - 32), 32, bytes.subarray(from, from + 32));
  },
  (bytes, pick, other) => {
    const at = pick(Math.min(bytes.length, other.length));
    return splice(bytes, at, bytes.length, other.subarray(at));
  },
];

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Every container inside a decoded file. */
function containers(value: unknown): (Fields | unknown[])[] {
  if (Array.isArray(value)) return [value, ...value.flatMap(containers)];
  return isFields(value) ? [value, ...Object.values(value).flatMap(containers)] : [];
}

/** Changes that keep the file canonical CBOR: entries and items exchanged, dropped, repeated, or taken from another file. */
function reshape(bytes: Uint8Array, other: Uint8Array, pick: Pick): Uint8Array {
  const file = decode(bytes);
  const [ours, theirs] = [containers(file), containers(decode(other))];
  const target = ours[pick(ours.length)];
  if (Array.isArray(target)) {
    const donor = theirs.filter(Array.isArray).flat();
    const change = pick(4);
    if (change === 0) target.reverse();
    if (change === 1 && target.length > 0) target.push(target[pick(target.length)]);
    if (change === 2) target.splice(pick(target.length + 1), 1);
    if (change === 3 && donor.length > 0) target.splice(pick(target.length + 1), pick(2), donor[pick(donor.length)]);
  } else if (target !== undefined) {
    const names = Object.keys(target);
    const name = names[pick(names.length)] ?? 'v';
    const values = [...ours, ...theirs].filter(isFields).filter((each) => name in each);
    const change = pick(5);
    if (change === 0) delete target[name];
    if (change === 1) target[name] = values[pick(values.length)]?.[name];
    if (change === 2) target[name] = Object.values(target)[pick(names.length)];
    if (change === 3) target[`x${pick(100)}`] = pick(2) === 0 ? null : new Uint8Array(32);
    if (change === 4) target[name] = typeof target[name] === 'number' ? pick(2 ** 31) : pick(3);
  }
  return encode(file);
}

/** A file changed somehow, one to three times. */
function mutate(bytes: Uint8Array, other: Uint8Array, pick: Pick): Uint8Array {
  if (pick(3) === 0) return reshape(bytes, other, pick);
  let changed = bytes;
  for (let left = 1 + pick(3); left > 0 && changed.length > 40; left--) {
    changed = byteChanges[pick(byteChanges.length)]?.(changed, pick, other) ?? changed;
  }
  return changed;
}

/** What a file says beside its certificates: those are sets, and any quorum of one makes the same header final. */
function withoutCertificates(bytes: Uint8Array): string {
  return hex(encode(stripped(decode(bytes))));
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (!isFields(value)) return value;
  const kept = Object.entries(value).filter(([name]) => name !== 'certificate');
  return Object.fromEntries(kept.map(([name, inner]) => [name, stripped(inner)]));
}

export type FuzzOutcome = {
  readonly tried: number;
  /** Files with other bytes that prove what a good file proves: other orders and subsets of a certificate. */
  readonly equivalent: number;
  /** How often each code came. */
  readonly codes: Readonly<Record<string, number>>;
};

/**
 * Throws at the first changed file that is believed, or that the two verifiers judge differently. Believed may be only a
 * file that differs in its certificates alone, or that leaves out the later head.
 */
export function fuzzProofs(rounds: number, seed: number): FuzzOutcome {
  const files = samples();
  const pick = numbersFrom(seed);
  const codes: Record<string, number> = {};
  const good = new Map(files.map(({ bytes }) => [withoutCertificates(bytes), true]));
  for (const { kind, bytes } of files) if (kind === 'receipt') good.set(withoutHead(bytes), true);
  const originals = new Set(files.map(({ bytes }) => hex(bytes)));
  let [tried, equivalent] = [0, 0];
  while (tried < rounds) {
    const index = pick(files.length);
    const [sample, other] = [files[index], files[pick(files.length)]];
    if (sample === undefined || other === undefined) throw new Error('no samples');
    const bytes = mutate(sample.bytes, other.bytes, pick);
    if (originals.has(hex(bytes))) continue;
    tried += 1;
    // A verifier without the grid's id may only be told of another grid, never of other things about this one.
    const changed = { kind: sample.kind, bytes, ...(pick(4) > 0 && { grid: sample.grid }) };
    const [ours, theirs] = [judgeByCore(changed), judgeIndependently(changed)];
    const where = `mutation ${tried} of seed ${seed}, file ${index}: ${hex(bytes)}`;
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      throw new Error(`the verifiers differ, ${JSON.stringify(ours)} and ${JSON.stringify(theirs)}, in ${where}`);
    }
    const code = 'code' in ours ? ours.code : 'proved';
    codes[code] = (codes[code] ?? 0) + 1;
    if ('code' in ours) continue;
    if (!good.has(withoutCertificates(bytes))) throw new Error(`a changed proof was believed in ${where}`);
    equivalent += 1;
  }
  return { tried, equivalent, codes };
}

function withoutHead(bytes: Uint8Array): string {
  const { head: _head, ...rest } = decode(bytes) as Fields;
  return hex(encode(stripped(rest)));
}
