// A feed is given up for what it brought, never for trouble of our own.

import { expect, test } from 'vitest';
import { blockVerdict } from '../../../../bcdb/replica/block-verdict.ts';
import { AppError, type ErrorCode } from '../../../../core/errors.ts';

test('trouble of our own brings the block again, a bad block drops its feed, a proof of another history stops', () => {
  const verdicts = (...codes: ErrorCode[]) => new Set(codes.map((code) => blockVerdict(new AppError(code))));
  const own = ['replica/disk-full', 'replica/closed', 'replica/in-use', 'replica/corrupt', 'ipc/internal'] as const;
  expect(verdicts(...own)).toEqual(new Set(['later']));
  expect(verdicts('cbor/malformed', 'replica/bad-block', 'replica/bad-certificate')).toEqual(new Set(['refused']));
  expect(verdicts('replica/diverged', 'replica/forked-head', 'replica/outdated')).toEqual(new Set(['stop']));
  expect(blockVerdict(new Error('out of memory'))).toBe('later');
});
