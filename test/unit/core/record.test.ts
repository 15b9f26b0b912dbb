// Records, blocks, wire text and errors: what goes out comes back, and nothing else is let in.

import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { decodeBlock, decodeHeader, encodeBlock, encodeHeader } from '../../../core/block.ts';
import { bodySchemas, quickTransfer, recordKinds } from '../../../core/bodies.ts';
import { sha256, toHex, zero32 } from '../../../core/bytes.ts';
import { decode, encode } from '../../../core/cbor.ts';
import { AppError, codeOf, errorCodes, fromErrorData, toErrorData } from '../../../core/errors.ts';
import { maxStroops } from '../../../core/money.ts';
import {
  checkEnvelope,
  decodeRecord,
  decodeSigned,
  draftBytes,
  envelopeSchema,
  parseBody,
  recordId,
  sealRecord,
} from '../../../core/record.ts';
import { fromWire, toWire } from '../../../core/wire.ts';
import { person, signBy, verifyFast } from '../../support/fast-keys.ts';

const [alice, bob] = [person('alice'), person('bob')];
const grid = sha256(Uint8Array.of(1));
const codeBy = (action: () => unknown): string | undefined => {
  try {
    action();
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
};

const draft = {
  grid,
  kind: 'transfer',
  author: alice.key,
  seq: 1,
  prev: zero32,
  body: { to: bob.key, amountStroops: 5n, memo: 'hi' },
} as const;
const signed = draftBytes(draft);
const bytes = sealRecord(signed, signBy(alice, signed));

describe('a record', () => {
  test('comes back as it was drafted, its id is the hash of the signed bytes', () => {
    const record = decodeRecord(bytes);
    expect(record).toMatchObject({ kind: 'transfer', seq: 1, author: alice.key, prev: zero32 });
    expect(toHex(record.id)).toBe(toHex(recordId(signed)));
    expect(parseBody(record)).toEqual({ kind: 'transfer', body: draft.body });
    expect(codeBy(() => checkEnvelope(record, grid, verifyFast))).toBe('ok');
  });

  test('with any one byte changed is refused', () => {
    for (let position = 0; position < bytes.length; position++) {
      const changed = bytes.slice();
      changed[position] = (changed[position] ?? 0) ^ (1 << (position % 8));
      const code = codeBy(() => checkEnvelope(decodeRecord(changed), grid, verifyFast));
      expect([
        'cbor/malformed',
        'cbor/not-canonical',
        'record/malformed',
        'record/wrong-grid',
        'record/bad-signature',
        'record/future-version',
      ]).toContain(code);
    }
  });

  test('of another grid, or by another key, is refused', () => {
    const record = decodeRecord(bytes);
    expect(codeBy(() => checkEnvelope(record, sha256(grid), verifyFast))).toBe('record/wrong-grid');
    expect(codeBy(() => checkEnvelope({ ...record, author: bob.key }, grid, verifyFast))).toBe('record/bad-signature');
    expect(codeBy(() => checkEnvelope({ ...record, kind: 'genesis' }, grid, verifyFast))).toBe('record/wrong-grid');
  });

  test('of a later version says that the app is old; of an unknown kind too, by its own code', () => {
    const fields = decode(signed) as object;
    const later = sealRecord(encode({ ...fields, v: 2 }), new Uint8Array(64));
    expect(codeBy(() => decodeRecord(later))).toBe('record/future-version');
    const karma = decodeRecord(sealRecord(encode({ ...fields, kind: 'karma' }), new Uint8Array(64)));
    expect(codeBy(() => parseBody(karma))).toBe('record/unknown-kind');
  });

  test('is taken by the quick reading of an envelope exactly when the schema takes it, and is the same then', () => {
    const fields = decode(signed) as Record<string, unknown>;
    const odd = fc.oneof(
      fc.integer(),
      fc.string({ maxLength: 3 }),
      fc.uint8Array({ minLength: 31, maxLength: 33 }),
      fc.constantFrom(
        null,
        true,
        [],
        {},
        { constructor: 1 },
        { prototype: 1, to: 2 },
        { a: {} },
        2n ** 60n,
        'transfer',
      ),
    );
    const name = fc.constantFrom(...Object.keys(fields), 'extra', 'constructor');
    const changed = fc.tuple(name, odd, fc.boolean()).map(([at, by, isGone]) => {
      const { [at]: _gone, ...others } = fields;
      return isGone ? others : { ...others, [at]: by };
    });
    fc.assert(
      fc.property(changed, (value) => {
        const slow = v.safeParse(envelopeSchema, decode(encode(value)));
        const expected = !slow.success ? 'record/malformed' : slow.output.v > 1 ? 'record/future-version' : 'ok';
        const code = codeBy(() => decodeSigned(encode(value)));
        expect(code).toBe(expected);
        const read = code === 'ok' ? decodeSigned(encode(value)) : slow.output;
        expect(read).toMatchObject(slow.output as object);
      }),
      { numRuns: 2000 },
    );
  });

  test('of a transfer is read quickly only when its schema reads the same', () => {
    const memo = fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom('a\u200bb', 'x'.repeat(1024), 'x'.repeat(1025), 7),
    );
    const amount = fc.oneof(fc.integer(), fc.bigInt(), fc.constantFrom(1, 0, maxStroops, maxStroops + 1n, '1', null));
    const to = fc.oneof(fc.uint8Array({ minLength: 31, maxLength: 33 }), fc.constant('key'));
    const body = fc.record({ to, amountStroops: amount, memo, extra: fc.constant(1) }, { requiredKeys: [] });
    fc.assert(
      fc.property(body, (each) => {
        const slow = v.safeParse(bodySchemas.transfer, each);
        const quick = quickTransfer(each);
        expect(slow).toMatchObject(quick === undefined ? {} : { success: true, output: quick });
        expect(codeBy(() => parseBody({ kind: 'transfer', body: each }))).toBe(
          slow.success ? 'ok' : 'record/malformed',
        );
      }),
      { numRuns: 2000 },
    );
    expect(quickTransfer({ to: bob.key, amountStroops: 5, memo: 'hi' })).toEqual(draft.body);
  });

  test('that is wrong is never drafted, so never signed', () => {
    const wrong = { ...draft, body: { ...draft.body, amountStroops: 0n } };
    expect(codeBy(() => draftBytes(wrong))).toBe('record/malformed');
    const hiding = { ...draft, body: { ...draft.body, memo: 'a\u200bb' } };
    expect(codeBy(() => draftBytes(hiding))).toBe('record/malformed');
  });

  test('garbage of any shape is refused with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        expect(codeBy(() => decodeRecord(garbage))).toMatch(/^(cbor|record)\//);
      }),
    );
    for (const value of [null, [], [signed], [signed, new Uint8Array(63)], [signed, new Uint8Array(64), 1], {}]) {
      expect(codeBy(() => decodeRecord(encode(value)))).toBe('record/malformed');
    }
  });

  test('no kind is known by a name that every object has', () => {
    for (const kind of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(codeBy(() => parseBody({ kind, body: {} }))).toBe('record/unknown-kind');
    }
    expect(recordKinds).toHaveLength(13);
  });
});

test('headers and blocks come back as they were; a block that counts wrongly is refused', () => {
  const header = {
    grid,
    epoch: 0,
    height: 3,
    prev: zero32,
    timeMs: 9,
    recordCount: 1,
    recordsRoot: grid,
    historyRoot: grid,
    execHash: grid,
  };
  const headerBytes = encodeHeader(header);
  expect(decodeHeader(headerBytes)).toEqual(header);
  const certificate = [{ guardian: alice.key, signature: signBy(alice, headerBytes) }];
  const block = encodeBlock({ headerBytes, certificate, records: [bytes], verdicts: ['ok'] });
  expect(decodeBlock(block)).toEqual({ headerBytes, header, certificate, records: [bytes], verdicts: ['ok'] });
  for (const [records, verdicts] of [
    [[], []],
    [[bytes], []],
  ] as const) {
    const lacking = encodeBlock({ headerBytes, certificate, records, verdicts });
    expect(codeBy(() => decodeBlock(lacking))).toBe('replica/bad-block');
  }
  expect(codeBy(() => decodeHeader(signed))).toBe('replica/bad-block');
});

describe('wire text', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n }),
      fc.uint8Array(),
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__' && !key.startsWith('$')),
        tie('value'),
        { noNullPrototype: true },
      ),
    ),
  }));

  test('carries amounts and bytes, however deep', () => {
    fc.assert(
      fc.property(value, (each) => {
        expect(fromWire(toWire(each))).toEqual(each);
      }),
    );
  });

  test('leaves alone what only looks like an amount or bytes, and refuses what is no JSON', () => {
    for (const text of [
      '{"$n":"x"}',
      '{"$n":1}',
      '{"$b":"abc"}',
      '{"$b":"zz"}',
      '{"$n":"1","a":1}',
      `{"$n":"${'9'.repeat(31)}"}`,
    ]) {
      expect(fromWire(text)).toEqual(JSON.parse(text));
    }
    expect(() => fromWire('{')).toThrow(SyntaxError);
  });
});

describe('errors', () => {
  test('codes are unique and of the form area/what', () => {
    expect(new Set(errorCodes).size).toBe(errorCodes.length);
    for (const code of errorCodes) expect(code).toMatch(/^[a-z]+\/[a-z-]+$/);
  });

  test('cross a process boundary by code, detail and retry', () => {
    const error = new AppError('net/timeout', 'after 5 s', { retry: true, cause: new Error('x') });
    const back = fromErrorData(JSON.parse(JSON.stringify(toErrorData(error))));
    expect([back.code, back.detail, back.retry, back.message]).toEqual([
      'net/timeout',
      'after 5 s',
      true,
      'net/timeout: after 5 s',
    ]);
  });

  test('what is not ours becomes the fallback, its text cut', () => {
    expect(toErrorData(new Error('y'.repeat(900)))).toEqual({
      code: 'ipc/internal',
      detail: 'y'.repeat(500),
      retry: false,
    });
    expect(toErrorData('odd', 'net/failed')).toEqual({ code: 'net/failed', detail: 'odd', retry: false });
    expect([codeOf({ code: 'ENOENT' }), codeOf(null), codeOf({ code: 'grid/none' })]).toEqual([
      undefined,
      undefined,
      'grid/none',
    ]);
  });
});
