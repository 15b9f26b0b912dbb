// Units, prices and money: the field's own examples, and amounts that survive being shown and typed.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../core/errors.ts';
import { formatTft, maxStroops, parseTft, stroopsPerTft } from '../../../core/money.ts';
import {
  addCapacity,
  askingPrice,
  bytesPerGb,
  type Capacity,
  computeUnitsMilli,
  fitsCapacity,
  noCapacity,
  storageUnitsMilli,
} from '../../../core/units.ts';

const gb = (count: number): number => count * bytesPerGb;
const machine = (cores: number, memoryGb: number, ssdGb = 0, hddGb = 0): Capacity => ({
  cruMilli: cores * 1000,
  mruBytes: gb(memoryGb),
  sruBytes: gb(ssdGb),
  hruBytes: gb(hddGb),
});

describe('capacity units', () => {
  test('8 GB and 4 cores are 2 CU; 100 GB of SSD are 0.5 SU', () => {
    expect(computeUnitsMilli(machine(4, 8))).toBe(2000n);
    expect(storageUnitsMilli(machine(0, 0, 100))).toBe(500n);
  });

  test('1200 GB of disk are 1 SU, 200 GB of SSD too, and both add up before rounding', () => {
    expect(storageUnitsMilli(machine(0, 0, 0, 1200))).toBe(1000n);
    expect(storageUnitsMilli(machine(0, 0, 200))).toBe(1000n);
    expect(storageUnitsMilli(machine(0, 0, 200, 1200))).toBe(2000n);
    expect(storageUnitsMilli(machine(0, 0, 0.125, 0.5))).toBe(1n); // 0.000625 + 0.000416
  });

  test('the formula of compute units, in floating point, to a thousandth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 512 }), fc.integer({ min: 0, max: 4096 }), (cores, memory) => {
        const exact = Math.min(
          Math.max(memory / 4, cores / 2),
          Math.max(memory / 8, cores),
          Math.max(memory / 2, cores / 4),
        );
        expect(computeUnitsMilli(machine(cores, memory))).toBe(BigInt(Math.floor(exact * 1000)));
      }),
    );
  });

  test('more of anything is never worth less', () => {
    const size = fc.nat(10_000);
    fc.assert(
      fc.property(size, size, size, size, size, (cores, memory, ssd, hdd, more) => {
        const before = machine(cores, memory, ssd, hdd);
        for (const grown of [machine(cores + more, memory, ssd, hdd), machine(cores, memory + more, ssd, hdd)]) {
          expect(computeUnitsMilli(grown)).toBeGreaterThanOrEqual(computeUnitsMilli(before));
        }
        expect(storageUnitsMilli(machine(cores, memory, ssd + more, hdd))).toBeGreaterThanOrEqual(
          storageUnitsMilli(before),
        );
      }),
    );
  });

  test('nothing is worth nothing', () => {
    expect([computeUnitsMilli(noCapacity), storageUnitsMilli(noCapacity)]).toEqual([0n, 0n]);
  });

  test('what was added can be taken away, and fits exactly when no part is over', () => {
    const [a, b] = [machine(4, 8, 100, 7), machine(1, 2, 3, 4)];
    expect(addCapacity(addCapacity(a, b), b, -1)).toEqual(a);
    expect(fitsCapacity(a, a)).toBe(true);
    for (const over of [machine(5, 8, 100, 7), machine(4, 9, 100, 7), machine(4, 8, 101, 7), machine(4, 8, 100, 8)]) {
      expect(fitsCapacity(over, a)).toBe(false);
    }
  });
});

describe('asking price', () => {
  test('is units x price x hours', () => {
    const prices = { cuHourStroops: 1_000_000n, suHourStroops: 500_000n };
    expect(askingPrice(machine(4, 8, 100), prices, 3600)).toBe(2_000_000n + 250_000n);
    expect(askingPrice(machine(4, 8, 100), prices, 720 * 3600)).toBe(720n * 2_250_000n);
  });

  test('is rounded up, so a farmer never gets less than asked', () => {
    const prices = { cuHourStroops: 1n, suHourStroops: 0n };
    expect(askingPrice(machine(4, 8), prices, 1)).toBe(1n);
    expect(askingPrice(machine(4, 8), prices, 1801)).toBe(2n);
    expect(askingPrice(noCapacity, prices, 3600)).toBe(0n);
  });
});

describe('amounts of TFT', () => {
  const codeBy = (text: string): string | undefined => {
    try {
      parseTft(text);
      return 'ok';
    } catch (error) {
      return codeOf(error);
    }
  };

  test('what is shown, typed again, is the same amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: maxStroops }), fc.boolean(), (amount, isExact) => {
        expect(parseTft(formatTft(amount, isExact))).toBe(amount);
      }),
    );
  });

  test('are shown short or exact, and below zero with a minus', () => {
    expect([12_5000000n, 0n, 1n, stroopsPerTft, -5n].map((amount) => formatTft(amount))).toEqual([
      '12.5',
      '0',
      '0.0000001',
      '1',
      '-0.0000005',
    ]);
    expect(formatTft(12_5000000n, true)).toBe('12.5000000');
    expect(formatTft(maxStroops)).toBe('922337203685.4775807');
  });

  test('typed as anything but a plain number of up to 7 decimals are refused', () => {
    const bad = ['', ' ', '-1', '+1', '1,5', '1.', '.5', '1e3', '0x10', 'Infinity', '1.00000001', '١', '1 000'];
    for (const text of [...bad, '922337203685.4775808', '9999999999999']) {
      expect([text, codeBy(text)]).toEqual([text, 'money/bad-amount']);
    }
    expect(parseTft(' 12.5 ')).toBe(125_000_000n);
  });
});
