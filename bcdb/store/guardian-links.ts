/**
 * Who the guardians of each height are, and the links that prove it from the genesis on (core/proofs-guardians). A link is
 * written in the transaction of the block that changed them and kept for good, also where old blocks are not.
 */
import * as v from 'valibot';
import { decodeHeader } from '../../core/block.ts';
import { toHex } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { PublicKey } from '../../core/keys.ts';
import { type Foundation, type GuardianLink, guardianLinkSchema } from '../../core/proofs-guardians.ts';
import { decodeRecord, parseBody } from '../../core/record.ts';
import { parse } from '../../core/schema.ts';
import type { Meta } from './meta.ts';
import { type BlockReader, provenRecord } from './proven-record.ts';

export type GuardianLinks = {
  /** In the transaction of the block at `height`, which left these guardians (hex) in office. */
  extend(height: number, guardians: readonly string[]): void;
  /** The transaction was undone. */
  drop(): void;
  /** Who signs the header at `height`; empty before the genesis is here. */
  at(height: number): readonly PublicKey[];
  /** Genesis and all changes below `height`. Throws `replica/not-found` before the genesis is here. */
  foundation(height: number): Foundation;
};

/** One set of guardians, from the height on whose header they are the first to sign. */
type Term = { readonly from: number; readonly guardians: readonly PublicKey[] };
type Known = { readonly links: readonly GuardianLink[]; readonly terms: readonly Term[] };

const linksSchema = v.array(guardianLinkSchema);

const sameKeys = (keys: readonly PublicKey[], hex: readonly string[]): boolean =>
  keys.map(toHex).sort().join() === [...hex].sort().join();

export function openGuardianLinks(blocks: BlockReader, meta: Meta): GuardianLinks {
  let known: Known | undefined;

  const genesisOf = (): Uint8Array | undefined => blocks.records(0)[0];

  function read(): Known {
    if (known !== undefined) return known;
    const genesis = genesisOf();
    if (genesis === undefined) return { links: [], terms: [] };
    const bytes = meta.get('guardian-links');
    const links = bytes === undefined ? [] : parse(linksSchema, decode(bytes), 'replica/corrupt');
    known = { links, terms: [{ from: 0, guardians: namedIn(genesis) }, ...links.map(termAfter)] };
    return known;
  }

  const at = (height: number): readonly PublicKey[] =>
    read().terms.findLast(({ from }) => from <= height)?.guardians ?? [];

  return {
    extend(height, guardians) {
      if (height === 0 || sameKeys(at(height), guardians)) return;
      const index = blocks.records(height).findIndex((record, place) => {
        const isDone = blocks.verdicts(height)[place]?.verdict === 'ok';
        return isDone && decodeRecord(record).kind === 'policy';
      });
      const { verdict: _ok, ...link } = provenRecord(blocks, height, index);
      meta.set('guardian-links', encode([...read().links, link]));
      known = undefined;
    },
    drop() {
      known = undefined;
    },
    at,
    foundation(height) {
      const genesis = genesisOf();
      if (genesis === undefined) throw new AppError('replica/not-found', 'no genesis is kept here');
      const { links, terms } = read();
      // Term 0 is the genesis'; the link at `index` begins term `index + 1`.
      return { genesis, guardians: links.filter((_link, index) => (terms[index + 1]?.from ?? 0) <= height) };
    },
  };
}

const termAfter = (link: GuardianLink): Term => ({
  from: decodeHeader(link.header).height + 1,
  guardians: namedIn(link.record),
});

function namedIn(record: Uint8Array): readonly PublicKey[] {
  const { kind, body } = parseBody(decodeRecord(record));
  if (kind !== 'genesis' && kind !== 'policy') throw new AppError('replica/corrupt', `${kind} names no guardians`);
  return body.guardians;
}
