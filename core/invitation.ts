/**
 * Invitations: how another 3bot finds a grid and knows it by its genesis. Short: a code of 16 bytes of the grid's id that
 * can be read aloud, or a link with the code and the nodes to start from. Long: all that is known. Pure.
 */
import { base32nopad } from '@scure/base';
import * as v from 'valibot';
import { equalBytes } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import { checksum } from './keys.ts';
import { hash32, key32, parse } from './schema.ts';

/** `host:port` of a DHT node. A port that does not exist would end the net process at every start. */
export const hostAndPort = v.pipe(
  v.string(),
  v.regex(/^[\w.:-]{1,253}:[1-9]\d{0,4}$/),
  v.check((address) => Number(address.slice(address.lastIndexOf(':') + 1)) <= 65_535),
);

/** As many feeds, peers and nodes as an invitation or an answer to `hello` may name. */
export const mostNamed = 16;
const named = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.maxLength(mostNamed));

const longSchema = v.strictObject({
  v: v.literal(1),
  /** Grid id: the genesis record, fetched as block 0, must hash to it. */
  grid: hash32,
  /** Hypercore keys of feeds that hold certified blocks. */
  feeds: named(key32),
  /** Noise keys of guardians and helpers. */
  peers: named(key32),
  /** `host:port` of DHT nodes to start from; empty: the public ones. */
  bootstrap: named(hostAndPort),
});

/** What leads to a grid. `grid` is undefined in the short forms: peers tell it, and it must begin with `gridStart`. */
export type Invitation = {
  readonly gridStart: Uint8Array;
  readonly grid: Uint8Array | undefined;
  readonly feeds: readonly Uint8Array[];
  readonly peers: readonly Uint8Array[];
  readonly bootstrap: readonly string[];
};

/** So much of a grid's id stands in a code: as hard to meet by chance or by search as a 128-bit hash. */
const gridStartBytes = 16;
export const gridStartOf = (grid: Uint8Array): Uint8Array => grid.slice(0, gridStartBytes);

const longPrefix = '3bot-grid:';
const codePrefix = '3bot:';
const linkPrefix = '3bot://join/';
const checkBytes = 2;
/** 18 bytes in base32. */
const codeLength = 29;
const groupLength = 5;
const longestText = 4096;

const bad = (detail: string): AppError => new AppError('grid/bad-invitation', detail);

/** The code without prefix and grouping: base32, lower case, of `gridStart` and two bytes of checksum (CRC16, as in strkeys). */
function bareCode(grid: Uint8Array): string {
  const start = gridStartOf(grid);
  return base32nopad.encode(Uint8Array.of(...start, ...checksum(start))).toLowerCase();
}

/** `3bot:abcde-fghij-…`, in groups for reading aloud. Takes the whole grid id or its start. */
export const encodeCode = (grid: Uint8Array): string =>
  codePrefix + (bareCode(grid).match(new RegExp(`.{1,${groupLength}}`, 'g')) ?? []).join('-');

/** `3bot://join/<code>?via=host:port&via=…`; `via`: DHT nodes to start from, where the public ones will not do. */
export function encodeLink(grid: Uint8Array, via: readonly string[]): string {
  const query = via.map((node) => `via=${encodeURIComponent(node).replaceAll('%3A', ':')}`).join('&');
  return linkPrefix + bareCode(grid) + (query === '' ? '' : `?${query}`);
}

/** Everything that is known, for programs: longer, but needs nobody's answer to begin. */
export const encodeInvitation = ({
  grid,
  feeds,
  peers,
  bootstrap,
}: Omit<Invitation, 'gridStart'> & { readonly grid: Uint8Array }): string =>
  longPrefix + base32nopad.encode(encode({ v: 1, grid, feeds, peers, bootstrap })).toLowerCase();

/** Throws `grid/bad-invitation`: not one of the three forms, or a character of the code is wrong. */
export function decodeInvitation(text: string): Invitation {
  const trimmed = text.trim();
  if (trimmed.length > longestText) throw bad('too long');
  const lower = trimmed.toLowerCase();
  if (lower.startsWith(longPrefix)) return decodeLong(trimmed.slice(longPrefix.length));
  if (lower.startsWith(linkPrefix)) return decodeLink(trimmed.slice(linkPrefix.length));
  if (lower.startsWith(codePrefix)) return shortOf(decodeCode(trimmed.slice(codePrefix.length)), []);
  throw bad('begins with none of 3bot: and 3bot-grid:');
}

const shortOf = (gridStart: Uint8Array, bootstrap: readonly string[]): Invitation => ({
  gridStart,
  grid: undefined,
  feeds: [],
  peers: [],
  bootstrap,
});

function decodeLong(text: string): Invitation {
  try {
    const bytes = base32nopad.decode(text.toUpperCase());
    const { v: _version, ...known } = parse(longSchema, decode(bytes), 'grid/bad-invitation');
    return { ...known, gridStart: gridStartOf(known.grid) };
  } catch (cause) {
    throw new AppError('grid/bad-invitation', 'not one of this version', { cause });
  }
}

/** Grouping and case are for people: they do not count. */
function decodeCode(text: string): Uint8Array {
  const bare = text.replace(/[\s-]/g, '').toUpperCase();
  if (!/^[A-Z2-7]*$/.test(bare)) throw bad('a code has letters and the digits 2 to 7');
  if (bare.length !== codeLength) throw bad(`a code has ${codeLength} characters, this one ${bare.length}`);
  let bytes: Uint8Array;
  try {
    bytes = base32nopad.decode(bare);
  } catch (cause) {
    throw new AppError('grid/bad-invitation', 'the last character is wrong', { cause });
  }
  const start = bytes.slice(0, gridStartBytes);
  if (!equalBytes(bytes.slice(gridStartBytes, gridStartBytes + checkBytes), checksum(start))) {
    throw bad('the checksum does not match: a character is wrong');
  }
  return start;
}

function decodeLink(text: string): Invitation {
  const [code = '', query = ''] = text.split('?', 2);
  const start = decodeCode(code.replace(/\/$/, ''));
  return shortOf(start, parse(named(hostAndPort), viaOf(query), 'grid/bad-invitation'));
}

/** Every `via` of a query; other names are of a later version, and are passed over. */
function viaOf(query: string): readonly string[] {
  try {
    const pairs = query.split('&').map((pair) => pair.split('=', 2));
    return pairs.flatMap(([name, value = '']) => (name === 'via' ? [decodeURIComponent(value)] : []));
  } catch (cause) {
    throw new AppError('grid/bad-invitation', 'not a link', { cause });
  }
}
