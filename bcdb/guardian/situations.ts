/** What an office asks of how the chain stands. Pure. */
import { decodeHeader, type Header } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { Situation } from './office-parts.ts';

export const headOf = ({ headerBytes }: Situation): Header | undefined =>
  headerBytes === null ? undefined : decodeHeader(headerBytes);

/** Whoever is alone orders alone, without a stream, and is no guardian among several. */
export const isSeated = ({ guardians }: Situation, key: PublicKey): boolean =>
  guardians.length > 1 && guardians.some((one) => equalBytes(one, key));

export const isSameHead = (a: Situation, b: Situation): boolean =>
  a.headerBytes === null || b.headerBytes === null
    ? a.headerBytes === b.headerBytes
    : equalBytes(a.headerBytes, b.headerBytes);

/** The same guardians in the same seats. */
export const areSamePeers = (a: Situation, b: Situation): boolean =>
  a.guardians.length === b.guardians.length &&
  a.guardians.every((key, index) => equalBytes(key, b.guardians[index] ?? new Uint8Array(0))) &&
  a.seats.every(({ name, route }, index) => name === b.seats[index]?.name && route === b.seats[index]?.route);
