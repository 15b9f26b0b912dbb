// How much history is kept, in words: each choice, and what a change does to what is here.
import { expect, test } from 'vitest';
import type { StorageView } from '../../../core/views.ts';
import { changeWords, diskText, heldWords, keepsChoices, keepsWords } from '../../../renderer/lib/storage-words.ts';

const gb = 2 ** 30;
const archive: StorageView = {
  holds: 'archive',
  mustBeArchive: false,
  bytes: 3 * gb,
  freeBytes: 100 * gb,
  recordCount: 1_204_000,
  archiveBytes: 4 * gb,
  automatic: 'archive',
};
const light: StorageView = { ...archive, holds: 'light' };

test('every choice has words of its own', () => {
  expect(new Set(keepsChoices.map(({ value }) => keepsWords(value))).size).toBe(3);
});

test('sizes on a disk', () => {
  expect([diskText(0), diskText(2 ** 20 - 1), diskText(2 ** 20), diskText(3.25 * gb)]).toEqual([
    'less than 1 MB',
    'less than 1 MB',
    '1 MB',
    '3.2 GB',
  ]);
});

test('what is here', () => {
  expect([heldWords(archive), heldWords(light)]).toEqual([
    'The whole history: 1,204,000 records',
    'Only what is current',
  ]);
});

test('what a choice does, and when', () => {
  expect(changeWords('light', null, false)).toBe('It counts from the moment this computer joins a grid.');
  expect(changeWords('light', { ...archive, mustBeArchive: true }, false)).toMatch(/^This computer is a guardian/);
  expect(changeWords('archive', archive, false)).toBe('Nothing changes: that is what is here.');
  expect(changeWords('automatic', { ...light, automatic: 'light' }, false)).toBe(
    'Nothing changes: that is what is here.',
  );
  expect(changeWords('light', archive, false)).toBe(
    'The whole history is here already and stays: nothing is thrown away.',
  );
  expect(changeWords('automatic', light, false)).toBe(
    'When 3Bot starts next, the whole history is fetched and verified in the background: about 4 GB, with 100 GB free. You can go on working meanwhile.',
  );
  expect(changeWords('archive', { ...light, freeBytes: gb }, false)).toBe(
    'There is too little room for it: the whole history takes about 4 GB, with 1 GB free.',
  );
  expect(changeWords('archive', light, true)).toMatch(/^The history is being fetched and verified right now/);
});
