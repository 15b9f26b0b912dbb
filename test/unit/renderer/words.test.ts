// Every code has a sentence that says something.
import { expect, test } from 'vitest';
import { errorCodes } from '../../../core/errors.ts';
import { sentenceFor } from '../../../renderer/words.ts';

test.each(errorCodes)('%s has a whole sentence without the code in it', (code) => {
  const sentence = sentenceFor(code);
  expect(sentence).toMatch(/^[A-Z].{10,}[.]$/);
  expect(sentence).not.toContain(code);
});

test('a code of a newer version gets an honest general sentence', () => {
  expect(sentenceFor('moon/too-far')).toBe('Something went wrong that this version of 3Bot has no words for.');
});
