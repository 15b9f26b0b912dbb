// A contract while it is composed: what is still missing, and what main gets in the end.
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { ipc } from '../../../core/ipc/contract.ts';
import { composeInput, draftProblem, firstDraft, parseEnv, spanSeconds } from '../../../renderer/lib/draft.ts';

const me = `G${'A'.repeat(55)}`;
const node = 'a'.repeat(64);
const whole = { ...firstDraft(node, me), title: ' Wiki ', image: `sha256:${'b'.repeat(64)}` };

describe('composeInput', () => {
  test('a whole draft is what main takes', () => {
    const input = composeInput({ ...whole, env: 'PORT=80\n\nMODE=a=b', command: 'serve\n --fast ' });
    expect(draftProblem(whole)).toBeNull();
    expect(input).toEqual({
      title: 'Wiki',
      workloads: [
        {
          name: 'web',
          node,
          image: whole.image,
          capacity: { cruMilli: 500, mruBytes: 2 ** 28, sruBytes: 2 ** 30, hruBytes: 0 },
          command: ['serve', '--fast'],
          env: { PORT: '80', MODE: 'a=b' },
        },
      ],
      termSeconds: 30 * 86_400,
      signWithinMs: 86_400_000,
      deployWithinMs: 600_000,
      provision: { threshold: 1, signers: [{ address: me, weight: 1, isRequired: true }] },
      delete: { threshold: 1, signers: [{ address: me, weight: 1, isRequired: true }] },
    });
    expect(v.is(ipc.desk.compose.input, input)).toBe(true);
  });
});

test.each([
  [{ title: ' ' }, 'Give it a title'],
  [{ node: '' }, 'Choose a node under Capacity'],
  [{ name: 'Web' }, 'The workload’s name: small letters, digits, dashes'],
  [{ image: 'nginx:latest' }, 'Name the image by its digest (sha256:…)'],
  [{ cores: '0' }, 'It needs some cores and memory'],
  [{ env: 'just words' }, 'Write NAME=value: “just words”'],
  [{ term: { count: 'x', unit: 'days' } }, 'Say for how long it shall run'],
  [{ deployWithin: { count: '0', unit: 'days' } }, 'Give both deadlines'],
  [{ signers: [] }, 'Name at least one person who signs'],
] as const)('%o is named', (part, problem) => {
  expect(draftProblem({ ...whole, ...part })).toBe(problem);
});

test('spans and environment as typed', () => {
  expect([spanSeconds({ count: '1.5', unit: 'hours' }), spanSeconds({ count: '-1', unit: 'days' })]).toEqual([5400, 0]);
  expect(parseEnv('A=1\n__proto__=2').env).toEqual({ A: '1', ['__proto__']: '2' });
});
