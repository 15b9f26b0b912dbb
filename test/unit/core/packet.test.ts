/** Co-sign packets: what they refuse, and that they merge in any order (G1, G2, G23, G25). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../core/bytes.ts';
import { encodeDocument } from '../../../core/contract.ts';
import type { ErrorCode } from '../../../core/errors.ts';
import { verifyPortable } from '../../../core/keys.ts';
import { addApproval, decodePacket, encodePacket, mergePackets, type Packet } from '../../../core/packet.ts';
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

  it('refuses two packets about different things', () => {
    expect(() => mergePackets(packet, { ...packet, purpose: 'delete' })).toThrow(code('desk/bad-packet'));
  });
});
