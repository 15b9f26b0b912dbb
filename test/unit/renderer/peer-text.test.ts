// G14: what peers write is inert, cut, and marked as theirs.
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { cleanPeerText, peerLine } from '../../../renderer/lib/peer-text.ts';
import { PeerText } from '../../../renderer/ui/peer-text.tsx';

const author = `G${'A'.repeat(55)}`;
const render = (text: string): string => renderToStaticMarkup(createElement(PeerText, { text, author, longest: 100 }));

describe('G14 peer text', () => {
  test('HTML and links stay letters', () => {
    const page = render('<img src=x onerror=alert(1)> <a href="https://evil.example">update now</a>');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).not.toMatch(/<(img|a|script)\b/);
  });

  test('bidi controls, zero-width and other invisible characters are taken out and counted', () => {
    const hidden = '\u202e\u2066\u2069\u200f\u061c\u200b\u200d\u2060\ufeff\u00ad\u{e0041}\u3164\ufe0f\ue000';
    expect(cleanPeerText(`a${hidden}b`, 10)).toEqual({ text: 'ab', removed: [...hidden].length + 1, isCut: false });
    expect(render(`pay${'\u202e'}exe`)).toContain('1 invisible characters taken out');
  });

  test('control characters go, line ends stay', () => {
    expect(cleanPeerText('a\u0000b\u001b[31mc\nd\u0085', 20).text).toBe('ab[31mc\nd');
  });

  test('stacked marks are cut down', () => {
    expect(cleanPeerText(`e${'\u0301'.repeat(50)}`, 100).text).toBe(`e${'\u0301'.repeat(3)}`);
  });

  test('1 MB is cut without being read to its end, and says so', () => {
    const clean = cleanPeerText('x'.repeat(1_000_000), 40);
    expect(clean).toEqual({ text: 'x'.repeat(40), removed: 0, isCut: true });
    expect(peerLine('y'.repeat(1_000_000), 40)).toBe(`${'y'.repeat(40)}…`);
    expect(render('x'.repeat(1_000_000))).toContain('Cut at 100 characters.');
  });

  test('it is fenced, with its author’s mark and address', () => {
    const page = render('hello');
    expect(page).toContain('aria-label="Text by a peer"');
    expect(page).toContain('GAAAAA…AAAAAA');
  });

  test('a name is one line, whatever is in it', () => {
    expect(peerLine(' Ann\r\n\u2028 \t Smith ')).toBe('Ann Smith');
  });

  test('ordinary text of any script is left alone', () => {
    const text = 'Zoë, 王小明, Δέλτα, नमस्ते, שלום, 👋';
    expect(cleanPeerText(text, 100)).toEqual({ text, removed: 0, isCut: false });
  });
});
