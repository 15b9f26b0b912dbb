/** The page of a workload on its way to a window: what its node says about it is taken only as far as it is harmless. */
import { expect, it } from 'vitest';
import { decodeWorkloadAnswer, encodeWorkloadAnswer } from '../../../core/workload-http.ts';

const through = (contentType: string): string =>
  decodeWorkloadAnswer(encodeWorkloadAnswer({ status: 200, contentType, body: new Uint8Array(1) })).contentType;

it('keeps a media type', () => {
  for (const type of ['text/html', 'text/html; charset=utf-8', 'image/svg+xml', 'text/plain;a="b c";d=e']) {
    expect(through(type)).toBe(type);
  }
});

it('G14 takes anything else as bytes', () => {
  const hostile = [
    '',
    'html',
    'text/html\u202E',
    'text/\u200Bhtml',
    'text/html\nSet-Cookie: a=b',
    'text/html; charset="a\u0000"',
    'text/html all is well, send your words to',
    `text/${'x'.repeat(200)}`,
    `a/b${';a=b'.repeat(49)}!;`,
  ];
  for (const type of hostile) expect([type, through(type)]).toEqual([type, 'application/octet-stream']);
});
