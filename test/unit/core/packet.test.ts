/** Co-sign packets: what they refuse, and that they merge in any order (G1, G2, G23, G25). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../../../core/block.ts';
import { toHex, zero32 } from '../../../core/bytes.ts';
import { encodeDocument } from '../../../core/contract.ts';
import type { ErrorCode } from '../../../core/errors.ts';
import { verifyPortable } from '../../../core/keys.ts';
import {
  addApproval,
  decodePacket,
  encodePacket,
  laterHead,
  mergePackets,
  type Packet,
  packetId,
} from '../../../core/packet.ts';
import type { CertifiedHead } from '../../../core/proofs-history.ts';
import { quorumState } from '../../../core/quorum.ts';
import { approvalOf, documentOf, person } from '../../support/people.ts';

const [payer, anna, bert, node, stranger, farmer] = [1, 2, 3, 4, 5, 6].map(person) as [
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
];
const document = documentOf({ payer, signers: [payer, anna, bert], threshold: 2, node });
const packet: Packet = {
  purpose: 'provision',
  document: encodeDocument(document),
  coordinator: payer.key,
  approvals: [],
};
const provision = [payer, anna, bert].map((signer) => approvalOf(signer, document, 'provision'));
const code = (wanted: ErrorCode) => expect.objectContaining({ code: wanted });
const decoded = (approvals: Packet['approvals']) =>
  decodePacket(encodePacket({ ...packet, approvals }), verifyPortable);

describe('a packet', () => {
  it('G23 is all that a fresh co-signer needs: it carries the policy and can be verified alone', () => {
    const { packet: good, document: policy } = decoded(provision.slice(0, 1));
    expect(quorumState(policy.provision, new Set(good.approvals.map(({ signer }) => toHex(signer))))).toEqual({
      met: false,
      weight: 1,
      threshold: 2,
      missingRequired: [],
      missing: [anna.key, bert.key],
    });
  });

  it('G1 refuses one person twice', () => {
    const twice = { ...packet, approvals: [...provision.slice(0, 1), ...provision.slice(0, 1)] };
    expect(() => decodePacket(encodePacket(twice), verifyPortable)).toThrow(code('approval/duplicate'));
    expect(() => addApproval({ ...packet, approvals: provision.slice(0, 1) }, provision[0] as never)).toThrow(
      code('approval/duplicate'),
    );
  });

  it('G2 refuses an approval made for another purpose', () => {
    expect(() => decoded([approvalOf(anna, document, 'delete')])).toThrow(code('approval/wrong-purpose'));
  });

  it('G2 refuses an approval made for another contract or another grid', () => {
    const other = documentOf({
      payer,
      signers: [payer, anna, bert],
      threshold: 2,
      node,
      changes: { title: 'Another' },
    });
    const foreign = documentOf({
      payer,
      signers: [payer, anna, bert],
      threshold: 2,
      node,
      changes: { grid: new Uint8Array(32) },
    });
    expect(() => decoded([approvalOf(anna, other, 'provision')])).toThrow(code('approval/bad-signature'));
    expect(() => decoded([approvalOf(anna, foreign, 'provision')])).toThrow(code('approval/bad-signature'));
  });

  it('G2 refuses an approval relabelled with another purpose', () => {
    const relabelled = { ...approvalOf(anna, document, 'delete'), purpose: 'provision' as const };
    expect(() => decoded([relabelled])).toThrow(code('approval/bad-signature'));
  });

  it('refuses a stranger, but takes a farmer’s acceptance', () => {
    expect(() => decoded([approvalOf(stranger, document, 'provision')])).toThrow(code('approval/not-a-signer'));
    expect(decoded([approvalOf(farmer, document, 'accept')]).packet.approvals).toHaveLength(1);
  });

  it('refuses a farmer’s acceptance where contracts are ended', () => {
    const wrong: Packet = { ...packet, purpose: 'delete', approvals: [approvalOf(farmer, document, 'accept')] };
    expect(() => decodePacket(encodePacket(wrong), verifyPortable)).toThrow(code('approval/wrong-purpose'));
  });

  it('refuses bytes that are no packet', () => {
    expect(() => decodePacket(Uint8Array.of(0xa0), verifyPortable)).toThrow(code('desk/bad-packet'));
    expect(() => decodePacket(Uint8Array.of(1, 2, 3), verifyPortable)).toThrow(code('cbor/malformed'));
  });
});

const headerAt = (height: number, timeMs = 1, grid = document.grid): Uint8Array =>
  encodeHeader({
    grid,
    epoch: 0,
    height,
    prev: zero32,
    timeMs,
    recordCount: 0,
    recordsRoot: zero32,
    historyRoot: zero32,
    execHash: zero32,
  });

describe('merging', () => {
  const all = [...provision, approvalOf(farmer, document, 'accept')];

  it('G25 gives the same packet in any order, twice, in any grouping', () => {
    const whole = encodePacket({ ...packet, approvals: all });
    const pieces = fc.array(fc.subarray(all), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(pieces, fc.boolean(), (parts, isReversed) => {
        const packets = [...parts, all].map((approvals) => ({ ...packet, approvals }));
        const merged = (isReversed ? packets.toReversed() : packets).reduce((sum, part) => mergePackets(sum, part));
        expect(encodePacket(merged)).toEqual(whole);
        expect(encodePacket(mergePackets(merged, merged))).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps the later head in any order, and of two at one height always the same', () => {
    const headAt = (height: number, timeMs = 1): CertifiedHead => ({
      header: headerAt(height, timeMs),
      certificate: [],
    });
    const heads = [undefined, headAt(3), headAt(5), headAt(5, 2), headAt(4)];
    const packets = heads.map((head) => ({ ...packet, ...(head !== undefined && { head }) }));
    const merged = [packets, packets.toReversed()].map((each) => encodePacket(each.reduce(mergePackets)));
    expect(merged[0]).toEqual(merged[1]);
    expect(decodePacket(merged[0] ?? new Uint8Array(0), verifyPortable).packet.head).toEqual(headAt(5, 2));
    expect(packetId(packet)).toEqual(packetId({ ...packet, head: headAt(3) } as Packet));
    expect(laterHead(undefined, undefined)).toBeUndefined();
  });

  it('refuses a head of another grid, and one that is no header', () => {
    const wrong = [
      [headerAt(3, 1, new Uint8Array(32)), 'desk/bad-packet'],
      [Uint8Array.of(0xa0), 'desk/bad-packet'],
      [new Uint8Array(0), 'cbor/malformed'],
    ] as const;
    for (const [header, refusal] of wrong) {
      const bytes = encodePacket({ ...packet, head: { header, certificate: [] } });
      expect(() => decodePacket(bytes, verifyPortable)).toThrow(code(refusal));
    }
  });

  it('refuses two packets about different things', () => {
    expect(() => mergePackets(packet, { ...packet, purpose: 'delete' })).toThrow(code('desk/bad-packet'));
  });
});
