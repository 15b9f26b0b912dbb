// The guardians' protocol, explored exhaustively: four guardians, one of them a liar, a stream that shows everybody
// something else, two blocks for one height. Variants that are known to be unsafe prove that the explorer can find fault.
import { expect, test } from 'vitest';
import { explore } from '../../../support/epoch-model.ts';

const four = { honest: 3, liars: 1 } as const;
const protocol = { hasLockStep: true, isEpochSigned: true } as const;

test('no two headers of one height are ever certified, over four epoch changes', () => {
  const { states, violation } = explore({ ...four, epochs: 5 }, protocol);
  console.info(`guardians' protocol: ${states} states, four epoch changes, no two certified headers`);
  expect(violation).toBeNull();
  expect(states).toBeGreaterThan(10_000);
});

test('without the lock step two headers are certified, after one epoch change', () => {
  const { violation } = explore({ ...four, epochs: 2 }, { ...protocol, hasLockStep: false });
  expect(violation).not.toBeNull();
});

test('with signatures of several epochs in one certificate two headers are certified, after three epoch changes', () => {
  const variant = { ...protocol, isEpochSigned: false };
  expect(explore({ ...four, epochs: 3 }, variant).violation).toBeNull();
  expect(explore({ ...four, epochs: 4 }, variant).violation).not.toBeNull();
});

test('with more liars than can be borne two headers are certified: the explorer sees what is there', () => {
  expect(explore({ honest: 2, liars: 2, epochs: 1 }, protocol).violation).not.toBeNull();
});

test('three guardians bear no liar, and need none: no two headers are certified', () => {
  expect(explore({ honest: 3, liars: 0, epochs: 4 }, protocol).violation).toBeNull();
});
