// Cutting: the same blocks for everybody, whatever liars tick, however the stream arrives.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cut, Cutter, lowerMedian } from '../../../../bcdb/guardian/cutter.ts';
import { decodeMessage, encodeMessage, type Message } from '../../../../bcdb/guardian/messages.ts';
import { signSodium, verifySodium } from '../../../../bcdb/verify.ts';
import { certificateQuorum } from '../../../../core/block.ts';
import { encodeSigned, type Tick, tickBytes } from '../../../../core/guardian.ts';
import { Author } from '../../../support/bcdb-grid.ts';

const grid = new Uint8Array(32).fill(7);
const guardians = Array.from({ length: 7 }, (_, index) => new Author(`cutting guardian ${index}`));
const startMs = 1_700_000_000_000;

function tick(by: Author, timeMs: number, change: Partial<Tick> = {}): Message {
  const bytes = tickBytes({ grid, epoch: 0, height: 5, timeMs, ...change });
  return { kind: 'tick', signed: encodeSigned(bytes, { guardian: by.key, signature: signSodium(by.seed, bytes) }) };
}

const records = (count: number, bytes = 10): Message => ({
  kind: 'records',
  records: Array.from({ length: count }, (_, index) => new Uint8Array(bytes).fill(index)),
});

const cutterOf = (
  count: number,
  change: { lastTimeMs?: number; recordsPerBlock?: number; height?: number } = {},
): Cutter =>
  new Cutter({
    grid,
    epoch: 0,
    height: 5,
    guardians: guardians.slice(0, count).map(({ key }) => key),
    verify: verifySodium,
    lastTimeMs: startMs,
    recordsPerBlock: 100,
    ...change,
  });

function cutOf(cutter: Cutter, messages: readonly Message[], from = 1): Cut | undefined {
  for (const [index, message] of messages.entries()) cutter.take(from + index, message);
  return cutter.cut;
}
const at = (index: number): Author => guardians[index] ?? new Author('nobody');

describe('a block', () => {
  test('closes at the tick with which a quorum is ready, and takes what came before it', () => {
    const cut = cutOf(cutterOf(4), [
      records(3),
      tick(at(0), startMs + 10),
      tick(at(1), startMs + 30),
      records(2),
      tick(at(2), startMs + 20),
      records(9),
      tick(at(3), startMs + 99),
    ]);
    expect(cut).toMatchObject({ position: 5, timeMs: startMs + 20 });
    expect(cut?.records).toHaveLength(5);
  });

  test('does not close for f guardians, however often they tick', () => {
    for (const count of [3, 4, 5, 7]) {
      const few = certificateQuorum(count) - 1;
      const ticks = Array.from({ length: 40 }, (_, index) => tick(at(index % few), startMs + index));
      expect(cutOf(cutterOf(count), [records(3), ...ticks])).toBeUndefined();
    }
  });

  test('stops behind the message that fills it, and still closes at the tick', () => {
    const ticks = [0, 1, 2].map((index) => tick(at(index), startMs + index));
    const cut = cutOf(cutterOf(4), [records(60), records(60), records(60), ...ticks]);
    expect(cut).toMatchObject({ position: 2 });
    expect(cut?.records).toHaveLength(120);
    const large = cutOf(cutterOf(4), [...Array.from({ length: 9 }, () => records(7, 100_000)), ...ticks]);
    expect(large).toMatchObject({ position: 6 });
  });

  test('counts the latest tick of each guardian, and skips those for other heights, epochs, grids, by others', () => {
    const skipped = [
      tick(at(1), startMs + 5, { height: 6 }),
      tick(at(1), startMs + 5, { epoch: 1 }),
      tick(at(1), startMs + 5, { grid: new Uint8Array(32) }),
      tick(at(5), startMs + 5),
      { kind: 'tick', signed: new Uint8Array(20) } as const,
    ];
    const forged = tick(at(1), startMs + 5);
    const spoiled =
      forged.kind === 'tick' ? { ...forged, signed: forged.signed.with(forged.signed.length - 1, 1) } : forged;
    const cutter = cutterOf(4);
    expect(
      cutOf(cutter, [
        ...skipped,
        spoiled,
        tick(at(0), startMs + 900),
        tick(at(0), startMs + 1),
        tick(at(2), startMs + 2),
      ]),
    ).toBeUndefined();
    cutter.take(50, tick(at(3), startMs + 3));
    expect(cutter.cut).toEqual({ records: [], position: 50, timeMs: startMs + 2 });
  });

  test('never has a time before the block below', () => {
    const ticks = [0, 1, 2].map((index) => tick(at(index), startMs - 1000));
    expect(cutOf(cutterOf(4), ticks)?.timeMs).toBe(startMs);
  });
});

const messageOf = fc.oneof(
  fc.record({ kind: fc.constant('records' as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('tick' as const),
    by: fc.nat(6),
    timeMs: fc.integer({ min: -50, max: 50 }),
    height: fc.constantFrom(5, 6, 7),
  }),
);
const streamOf = fc.array(messageOf, { minLength: 5, maxLength: 60 });
type Told = typeof streamOf extends fc.Arbitrary<infer T> ? T : never;
const said = (told: Told): readonly Message[] =>
  told.map((one) =>
    one.kind === 'records' ? records(one.count) : tick(at(one.by), startMs + one.timeMs, { height: one.height }),
  );

/** All blocks of a stream from a height on, each cut from behind the one before. */
function cutAll(
  messages: readonly Message[],
  guardianCount: number,
  from = { height: 5, position: 0, timeMs: startMs },
): readonly Cut[] {
  const cuts: Cut[] = [];
  let { height, position, timeMs } = from;
  for (;;) {
    const cutter = cutterOf(guardianCount, { height, lastTimeMs: timeMs, recordsPerBlock: 60 });
    const cut = cutOf(cutter, messages.slice(position), position + 1);
    if (cut === undefined) return cuts;
    cuts.push(cut);
    ({ position, timeMs } = cut);
    height += 1;
  }
}

describe('of any stream', () => {
  test('everybody cuts the same blocks, also who begins at any block, and from what was encoded and decoded', () => {
    fc.assert(
      fc.property(streamOf, fc.constantFrom(3, 4, 7), (told, count) => {
        const messages = said(told);
        const cuts = cutAll(messages, count);
        const travelled = messages.map((message) => decodeMessage(encodeMessage(message)) ?? message);
        expect(cutAll(travelled, count)).toEqual(cuts);
        for (const [index, { position, timeMs }] of cuts.entries()) {
          expect(cutAll(messages, count, { height: 6 + index, position, timeMs })).toEqual(cuts.slice(index + 1));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('positions rise, time does not go back, and every record stands in one block at most', () => {
    fc.assert(
      fc.property(streamOf, fc.constantFrom(3, 4, 7), (told, count) => {
        const messages = said(told);
        const cuts = cutAll(messages, count);
        const places = cuts.map(({ position }) => position);
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        const times = cuts.map(({ timeMs }) => timeMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        const all = messages.slice(0, places.at(-1) ?? 0).flatMap((one) => (one.kind === 'records' ? one.records : []));
        expect(cuts.flatMap((cut) => cut.records)).toEqual(all);
      }),
      { numRuns: 30 },
    );
  });
});

test('liars cannot move the middle out of the honest times', () => {
  const timesOf = (count: number) =>
    fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: count, maxLength: count });
  for (const count of [4, 5, 6, 7]) {
    const faulty = Math.floor((count - 1) / 3);
    const honestCount = certificateQuorum(count) - faulty;
    fc.assert(
      fc.property(timesOf(honestCount), fc.array(fc.integer(), { maxLength: faulty }), (honest, lies) => {
        const middle = lowerMedian([...honest, ...lies]);
        expect(middle).toBeGreaterThanOrEqual(Math.min(...honest));
        expect(middle).toBeLessThanOrEqual(Math.max(...honest));
      }),
    );
  }
});
