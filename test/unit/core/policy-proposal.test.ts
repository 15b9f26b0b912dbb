// A change of policy goes round: signatures gather in any order, and what is not good never gets in.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodySchemas } from '../../../core/bodies.ts';
import { encode } from '../../../core/cbor.ts';
import { publicKeyOf, sign, verifyPortable } from '../../../core/keys.ts';
import { defaultPolicy } from '../../../core/policy.ts';
import {
  decodeProposal,
  encodeProposal,
  judgeProposal,
  mergeProposals,
  type PolicyProposal,
  policyBody,
  signProposal,
} from '../../../core/policy-proposal.ts';
import { parse } from '../../../core/schema.ts';

const seeds = [1, 2, 3, 4, 5].map((fill) => new Uint8Array(32).fill(fill));
const keys = seeds.map(publicKeyOf);
const seats = keys.map((_, index) => ({ name: `g${index}`, route: `host${index}:4222` }));
const grid = new Uint8Array(32).fill(9);
const inForce = { grid, policy: defaultPolicy, guardians: keys.slice(0, 4), seats: seats.slice(0, 4) };
/** Guardian 3 goes, 4 comes. */
const unsigned: PolicyProposal = {
  grid,
  policy: { ...defaultPolicy, version: 2 },
  guardians: [0, 1, 2, 4].flatMap((index) => keys[index] ?? []),
  seats: [0, 1, 2, 4].flatMap((index) => seats[index] ?? []),
  signatures: [],
};
const signedBy = (...places: readonly number[]): PolicyProposal =>
  places.reduce((proposal, place) => {
    const [seed, key] = [seeds[place], keys[place]];
    if (seed === undefined || key === undefined) throw new RangeError('no such guardian');
    return signProposal(proposal, key, (bytes) => sign(seed, bytes));
  }, unsigned);

describe('a change of policy', () => {
  test('comes back from its file as it went', () => {
    const proposal = signedBy(0, 4);
    expect(decodeProposal(encodeProposal(proposal), verifyPortable)).toEqual(proposal);
  });

  test('gathers signatures in any order, twice, with the same file', () => {
    const copies = [0, 1, 2, 4].map((place) => signedBy(place));
    const expected = encodeProposal(signedBy(0, 1, 2, 4));
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), fc.nat(3), (order, again) => {
        const merged = [...order, again].flatMap((at) => copies[at] ?? []).reduce(mergeProposals);
        expect(encodeProposal(merged)).toEqual(expected);
      }),
      { numRuns: 12 },
    );
  });

  test('of another content is not merged', () => {
    const other = { ...unsigned, policy: { ...unsigned.policy, uptimeGraceMs: 1000 } };
    expect(() => mergeProposals(signedBy(0), other)).toThrow('guardian/bad-statement');
  });

  test('with a forged signature, or the same guardian twice, is no file', () => {
    const [first] = signedBy(0).signatures;
    const [second] = signedBy(1).signatures;
    if (first === undefined || second === undefined) throw new Error('signed');
    const forged = { ...first, signature: second.signature };
    for (const signatures of [[forged], [first, first]]) {
      expect(() => decodeProposal(encodeProposal({ ...unsigned, signatures }), verifyPortable)).toThrow(
        'guardian/bad-statement',
      );
    }
  });

  test('needs a quorum of those in force and every newcomer', () => {
    expect(judgeProposal(signedBy(0, 1), inForce)).toMatchObject({ needed: 3, isComplete: false });
    expect(judgeProposal(signedBy(0, 1, 3), inForce)).toMatchObject({ unwilling: [keys[4]], isComplete: false });
    expect(judgeProposal(signedBy(0, 1, 4), inForce)).toMatchObject({ unwilling: [], isComplete: false });
    expect(judgeProposal(signedBy(0, 1, 3, 4), inForce)).toMatchObject({ unwilling: [], isComplete: true });
  });

  test('for another grid, another version or a number of guardians that cannot be is refused', () => {
    expect(() => judgeProposal({ ...unsigned, grid: new Uint8Array(32) }, inForce)).toThrow('record/wrong-grid');
    expect(() => judgeProposal({ ...unsigned, policy: defaultPolicy }, inForce)).toThrow('guardian/stale-policy');
    expect(() => judgeProposal({ ...unsigned, guardians: keys.slice(0, 2) }, inForce)).toThrow('guardian/bad-count');
  });

  test('becomes the body of a record, without signatures of strangers', () => {
    const stranger = new Uint8Array(32).fill(77);
    const proposal = signProposal(signedBy(0, 1, 2, 4), publicKeyOf(stranger), (bytes) => sign(stranger, bytes));
    const body = policyBody(proposal, inForce);
    expect(parse(bodySchemas.policy, body, 'record/malformed')).toEqual(body);
    expect(body.signatures).toHaveLength(4);
    expect(encode(body).length).toBeGreaterThan(0);
  });
});
