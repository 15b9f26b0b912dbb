// Text that a peer wrote, made harmless to look at: no direction tricks, no invisible characters, no endless marks, cut to a length.
// It says what was taken out, so that the reader can be told. Never used for text that is signed or compared.

/** Cleaned peer text. `removed` counts characters taken out; `isCut` says that more was there. */
export interface CleanText {
  readonly text: string;
  readonly removed: number;
  readonly isCut: boolean;
}

// Everything that shows nothing or moves other text: bidi controls (UAX #9), zero-width characters, soft hyphen, variation selectors,
// tags, annotation marks, private use, lone surrogates.
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{Co}|\p{Cs}|[\ufff9-\uffff]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses.
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;
const ODD_SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2028\u2029]/g;
/** More combining marks than any living script needs: the rest would climb over its neighbours. */
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu;

/** Cleans `raw` and keeps `longest` characters of it. Looks at no more than eight times that many, whatever its size. */
export const cleanPeerText = (raw: string, longest: number): CleanText => {
  const looked = raw.slice(0, longest * 8);
  const clean = looked.replace(INVISIBLE, '').replace(CONTROLS, '').replace(STACKED_MARKS, '$1');
  const removed = looked.length - clean.length;
  const characters = [
    ...clean
      .replace(ODD_SPACES, ' ')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
  ];
  const isCut = characters.length > longest || raw.length > looked.length;
  return { text: characters.slice(0, longest).join(''), removed, isCut };
};

/** A peer's text on one line: the same cleaning, line ends as spaces, an ellipsis where it was cut. */
export const peerLine = (raw: string, longest = 64): string => {
  const clean = cleanPeerText(raw.slice(0, longest * 8).replace(/\s+/g, ' '), longest);
  return clean.isCut || raw.length > longest * 8 ? `${clean.text}…` : clean.text;
};
