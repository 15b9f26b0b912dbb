// Invitations in their three forms: what goes out comes back, a typo is told, and nothing else is let in.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../core/errors.ts';
import { decodeInvitation, encodeCode, encodeInvitation, encodeLink, gridStartOf } from '../../../core/invitation.ts';
import { person } from '../../support/people.ts';

const [alice, bob] = [person(1), person(2)];
const grid = new Uint8Array(32).map((_, index) => index * 7 + 1);
const gridStart = gridStartOf(grid);
const codeBy = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return codeOf(error);
  }
  return undefined;
};
const short = { gridStart, grid: undefined, feeds: [], peers: [], bootstrap: [] };

describe('a code', () => {
  test('is 29 letters and digits in groups of five, and leads to 16 bytes of the grid', () => {
    const code = encodeCode(grid);
    expect(code).toMatch(/^3bot:([a-z2-7]{5}-){5}[a-z2-7]{4}$/);
    expect(decodeInvitation(code)).toEqual(short);
    expect(encodeCode(gridStart)).toBe(code);
  });

  test('may come in capitals, with spaces or without any grouping', () => {
    const code = encodeCode(grid);
    for (const said of [code.toUpperCase(), code.replaceAll('-', ' '), code.replaceAll('-', ''), `  ${code}\n`]) {
      expect(decodeInvitation(said)).toEqual(short);
    }
  });

  test('with one character wrong, two neighbours swapped, or one missing is told before anything else', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz234567';
    const grids = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(grids, fc.nat(28), fc.nat(31), fc.nat(2), (start, at, letter, how) => {
        const bare = encodeCode(start).slice('3bot:'.length).replaceAll('-', '');
        const [before, here = '', next = ''] = [bare.slice(0, at), bare[at], bare[at + 1]];
        const rest = bare.slice(at + 1);
        const wrong = [before + letters[letter] + rest, before + next + here + rest.slice(1), before + rest][how];
        fc.pre(wrong !== bare);
        expect(codeBy(() => decodeInvitation(`3bot:${wrong}`))).toBe('grid/bad-invitation');
      }),
    );
  });
});

describe('a link', () => {
  test('carries the code and the nodes to start from', () => {
    const via = ['127.0.0.1:20123', 'boot.example.org:49737'];
    const link = encodeLink(grid, via);
    expect(link).toMatch(/^3bot:\/\/join\/[a-z2-7]{29}\?via=127\.0\.0\.1:20123&via=boot\.example\.org:49737$/);
    expect(decodeInvitation(link)).toEqual({ ...short, bootstrap: via });
    expect(decodeInvitation(encodeLink(grid, []))).toEqual(short);
    expect(decodeInvitation(`${encodeLink(grid, via)}&later=1`)).toEqual({ ...short, bootstrap: via });
  });

  test('to no node, to a command, to too many, or half encoded is refused', () => {
    const link = encodeLink(grid, []);
    const many = Array.from({ length: 17 }, (_, index) => `via=10.0.0.${index}:1`).join('&');
    for (const query of ['via=', 'via=host', 'via=host:0', 'via=host:65536', 'via=$(rm):1', 'via=%E0%A4%A', many]) {
      expect([query, codeBy(() => decodeInvitation(`${link}?${query}`))]).toEqual([query, 'grid/bad-invitation']);
    }
  });
});

describe('a long invitation', () => {
  const long = { grid, feeds: [alice.key], peers: [bob.key], bootstrap: ['127.0.0.1:49737'] };

  test('comes back as it was, pasted with spaces around it', () => {
    const text = encodeInvitation(long);
    expect(text).toMatch(/^3bot-grid:[a-z2-7]+$/);
    expect(decodeInvitation(` ${text}\n`)).toEqual({ ...long, gridStart });
  });

  test('with a character changed, cut, huge, or of another kind is refused', () => {
    const text = encodeInvitation(long);
    const bad = ['', '3bot', '3bot:', '3bot-grid:', '3bot://join/', text.slice(0, -3), text.slice(11)];
    bad.push(`${text}${'a'.repeat(5000)}`, `x${text}`, 'https://example.org');
    for (const each of bad) expect([each, codeBy(() => decodeInvitation(each))]).toEqual([each, 'grid/bad-invitation']);
    for (const node of ['$(rm -rf)', '127.0.0.1:0', '127.0.0.1:65536', '127.0.0.1:99999']) {
      const nowhere = encodeInvitation({ ...long, bootstrap: [node] });
      expect([node, codeBy(() => decodeInvitation(nowhere))]).toEqual([node, 'grid/bad-invitation']);
    }
  });
});
