/**
 * Co-sign packets: all that a fresh co-signer needs, in one piece of bytes that travels by network, file or QR.
 * Merging is a union: any order, twice, from anywhere, gives the same packet (G25). Pure.
 */
import * as v from 'valibot';
import { decodeHeader, type Header } from './block.ts';
import { compareBytes, concatBytes, equalBytes, sha256, toHex } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import {
  type Approval,
  type ApprovalSubject,
  approvalBytes,
  approvalSchema,
  type ContractDocument,
  decodeDocument,
  documentHash,
} from './contract.ts';
import { AppError } from './errors.ts';
import type { Verify } from './keys.ts';
import { type CertifiedHead, certifiedHeadSchema } from './proofs-history.ts';
import { signersOf } from './quorum.ts';
import { anyBytes, key32, parse } from './schema.ts';

const packetSchema = v.strictObject({
  say: v.literal('3bot/packet'),
  v: v.literal(1),
  purpose: v.picklist(['provision', 'delete']),
  document: anyBytes,
  /** Who sends it round and will record it. */
  coordinator: key32,
  approvals: v.pipe(v.array(approvalSchema), v.maxLength(20_000)),
  /** The latest head that one of those who held it knew: where two stories about the grid meet. */
  head: v.optional(certifiedHeadSchema),
});

export type Packet = Omit<v.InferOutput<typeof packetSchema>, 'say' | 'v'>;

/** Canonical bytes; approvals stand in the order of (signer, purpose), so equal packets are equal bytes. */
export const encodePacket = (packet: Packet): Uint8Array =>
  encode({ say: '3bot/packet', v: 1, ...packet, approvals: sortApprovals(packet.approvals) });

const sortApprovals = (approvals: readonly Approval[]): Approval[] =>
  [...approvals].sort((a, b) => compareBytes(a.signer, b.signer) || (a.purpose < b.purpose ? -1 : 1));

/** Id of a packet: the same document and purpose have the same id, whoever sends it. */
export const packetId = (packet: Pick<Packet, 'purpose' | 'document'>): Uint8Array =>
  sha256(concatBytes(encode(packet.purpose), documentHash(packet.document)));

/** What an approval in this packet stands for. A farmer's `accept` goes with `provision`. */
export const subjectOf = (
  document: ContractDocument,
  bytes: Uint8Array,
  purpose: Approval['purpose'],
): ApprovalSubject => ({
  grid: document.grid,
  purpose,
  document: documentHash(bytes),
  version: document.version,
});

/**
 * Parses a packet and keeps nothing in it that is not good: throws `desk/bad-packet` for a wrong shape, the
 * document's own codes, `approval/wrong-purpose`, `approval/bad-signature`, `approval/not-a-signer`, and
 * `approval/duplicate` when one person signed twice (G1).
 */
export function decodePacket(
  bytes: Uint8Array,
  verify: Verify,
): { readonly packet: Packet; readonly document: ContractDocument } {
  const { say: _say, v: _version, ...packet } = parse(packetSchema, decode(bytes), 'desk/bad-packet');
  const document = decodeDocument(packet.document);
  if (packet.head !== undefined && !equalBytes(headerIn(packet.head).grid, document.grid)) {
    throw new AppError('desk/bad-packet', 'a head of another grid');
  }
  const quorum = packet.purpose === 'provision' ? document.provision : document.delete;
  const people = new Set(signersOf(quorum).map(toHex));
  const seen = new Set<string>();
  for (const approval of packet.approvals) {
    const isFarmers = packet.purpose === 'provision' && approval.purpose === 'accept';
    const hex = toHex(approval.signer);
    if (approval.purpose !== packet.purpose && !isFarmers)
      throw new AppError('approval/wrong-purpose', approval.purpose);
    if (!isFarmers && !people.has(hex)) throw new AppError('approval/not-a-signer', hex.slice(0, 16));
    if (seen.has(hex + approval.purpose)) throw new AppError('approval/duplicate', hex.slice(0, 16));
    seen.add(hex + approval.purpose);
    const message = approvalBytes(subjectOf(document, packet.document, approval.purpose));
    if (!verify(approval.signature, message, approval.signer)) {
      throw new AppError('approval/bad-signature', hex.slice(0, 16));
    }
  }
  return { packet, document };
}

const headerIn = ({ header }: CertifiedHead): Header => decodeHeader(header, 'desk/bad-packet');

/** The later of two heads; of two at one height the greater bytes, so that every order gives the same. */
export function laterHead(
  ours: CertifiedHead | undefined,
  theirs: CertifiedHead | undefined,
): CertifiedHead | undefined {
  if (ours === undefined || theirs === undefined) return ours ?? theirs;
  const order = headerIn(ours).height - headerIn(theirs).height || compareBytes(encode(ours), encode(theirs));
  return order < 0 ? theirs : ours;
}

/** The union of two packets about the same thing, with the later head. Throws `desk/bad-packet` when they are not. */
export function mergePackets(ours: Packet, theirs: Packet): Packet {
  if (compareBytes(packetId(ours), packetId(theirs)) !== 0) throw new AppError('desk/bad-packet', 'another packet');
  const byKey = new Map(
    [...theirs.approvals, ...ours.approvals].map((approval) => [toHex(approval.signer) + approval.purpose, approval]),
  );
  const head = laterHead(ours.head, theirs.head);
  return { ...ours, approvals: sortApprovals([...byKey.values()]), ...(head !== undefined && { head }) };
}

/** Puts one person's approval into a packet. Throws `approval/duplicate` when it is there already (G1). */
export function addApproval(packet: Packet, approval: Approval): Packet {
  const isThere = packet.approvals.some(
    (other) => other.purpose === approval.purpose && compareBytes(other.signer, approval.signer) === 0,
  );
  if (isThere) throw new AppError('approval/duplicate', toHex(approval.signer).slice(0, 16));
  return { ...packet, approvals: sortApprovals([...packet.approvals, approval]) };
}
