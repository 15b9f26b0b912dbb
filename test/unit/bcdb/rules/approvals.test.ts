// Who must have agreed to a contract, and what an approval is good for.

import { describe, expect, test } from 'vitest';
import { encode } from '../../../../core/cbor.ts';
import type { Approval, Purpose } from '../../../../core/contract.ts';
import { approvedBy, refusal, smallGrid } from './scenes.ts';
import { person, signBy, testPolicy } from './world.ts';

const [consumer, a, b, farmer, node] = [
  person('consumer'),
  person('cosigner-a'),
  person('cosigner-b'),
  person('farmer'),
  person('node'),
];

describe('people', () => {
  test('1 of 2 is not enough; the refusal says how far it is', () => {
    const world = smallGrid();
    const document = world.document();
    expect(refusal(world, document, approvedBy(world, document, consumer))).toBe('contract/quorum-not-met');
    const body = world.contractBody(document, approvedBy(world, document, consumer));
    expect(world.submit(world.record('contract', consumer, body)).detail).toBe('1 of 2');
  });

  test('G1 one signer’s approval twice, or signed twice, counts as one person', () => {
    const world = smallGrid();
    const document = world.document();
    expect(refusal(world, document, approvedBy(world, document, consumer, consumer))).toBe('contract/quorum-not-met');
    const once = approvedBy(world, document, consumer);
    expect(refusal(world, document, [...once, ...once, ...once])).toBe('contract/quorum-not-met');
  });

  test('the required signer cannot be outvoted', () => {
    const world = smallGrid();
    const document = world.document();
    expect(refusal(world, document, approvedBy(world, document, a, b))).toBe('contract/quorum-not-met');
  });

  test('the payer must have signed, whatever the quorum says', () => {
    const world = smallGrid();
    const signers = [consumer, a, b].map(({ key }) => ({ key, weight: 1 }));
    const document = world.document({ provision: { threshold: 2, signers } });
    expect(refusal(world, document, approvedBy(world, document, a, b))).toBe('contract/payer-not-signed');
  });

  test('an approval by a stranger, or the farmer’s as a signer’s, is refused', () => {
    const world = smallGrid();
    const document = world.document();
    const good = world.contractBody(document).approvals;
    const stranger = world.approve(document, 'provision', person('stranger'));
    expect(refusal(world, document, [...good, ...stranger])).toBe('approval/not-a-signer');
    expect(refusal(world, document, [...good, ...world.approve(document, 'provision', farmer)])).toBe(
      'approval/not-a-signer',
    );
    expect(refusal(world, document, [...good, ...world.approve(document, 'accept', a)])).toBe('approval/not-a-signer');
  });

  test('a forged approval is refused even when enough others are good', () => {
    const world = smallGrid();
    const document = world.document();
    const [forged] = world.approve(document, 'provision', a);
    if (forged === undefined) throw new Error('none');
    const good = world.contractBody(document).approvals;
    expect(refusal(world, document, [...good, { ...forged, signer: b.key }])).toBe('approval/bad-signature');
    const bytes = Uint8Array.from(forged.signature);
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    expect(refusal(world, document, [...good, { ...forged, signature: bytes }])).toBe('approval/bad-signature');
  });

  test('without the word of each node’s farmer it is refused', () => {
    const world = smallGrid();
    const document = world.document();
    expect(refusal(world, document, world.approve(document, 'provision', consumer, a))).toBe(
      'contract/farmer-not-accepted',
    );
    const other = person('farmer-2');
    world.node(person('node-of-2'), world.farm(other), other);
    const workloads = [world.workload('one', node), world.workload('two', person('node-of-2'))];
    const two = world.document({ workloads });
    expect(refusal(world, two, approvedBy(world, two, consumer, a))).toBe('contract/farmer-not-accepted');
    const all = [...approvedBy(world, two, consumer, a), ...world.approve(two, 'accept', other)];
    expect(world.contract(two, all)).toBe('ok');
  });
});

describe('G2 an approval is good for one purpose, document, version and grid', () => {
  const offered = (purpose: Purpose) => {
    const world = smallGrid();
    const document = world.document();
    const wrong = world.approve(document, purpose, consumer, a);
    const accept = world.approve(document, 'accept', farmer);
    const relabelled = wrong.map((approval) => ({ ...approval, purpose: 'provision' as const }));
    return [refusal(world, document, [...wrong, ...accept]), refusal(world, document, [...relabelled, ...accept])];
  };

  test('made to delete, amend or replace a signer: refused as a provision, relabelled or not', () => {
    for (const purpose of ['delete', 'amend', 'replace-signer'] as const) {
      expect(offered(purpose)).toEqual(['approval/wrong-purpose', 'approval/bad-signature']);
    }
  });

  test('made for another contract, or another version: refused', () => {
    const world = smallGrid();
    const document = world.document();
    const other = approvedBy(world, world.document(), consumer, a);
    expect(refusal(world, document, other)).toBe('approval/bad-signature');
    const later = approvedBy(world, { ...document, version: 2 }, consumer, a);
    expect(refusal(world, document, later)).toBe('approval/bad-signature');
  });

  test('made on another grid: refused, and so is the whole document of another grid', () => {
    const world = smallGrid();
    const elsewhere = smallGrid({ ...testPolicy, version: 2 });
    const document = elsewhere.document();
    expect(refusal(world, document, approvedBy(elsewhere, document, consumer, a))).toBe('record/wrong-grid');
    const moved = { ...document, grid: world.grid };
    expect(refusal(world, moved, approvedBy(elsewhere, document, consumer, a))).toBe('approval/bad-signature');
  });

  test('a provision approval cancels nothing, relabelled or not', () => {
    const world = smallGrid();
    const document = world.document();
    world.contract(document);
    const contract = Uint8Array.from(Buffer.from(world.contractOf(document).id, 'hex'));
    const provision = world.approve(document, 'provision', consumer, a);
    const cancel = (approvals: readonly Approval[]) =>
      world.say('cancel', consumer, { contract, version: 1, approvals: [...approvals] });
    expect(cancel(provision)).toBe('approval/wrong-purpose');
    expect(cancel(provision.map((one) => ({ ...one, purpose: 'delete' })))).toBe('approval/bad-signature');
  });
});

test('a signature over the bare document is no approval', () => {
  const world = smallGrid();
  const document = world.document();
  const signature = signBy(consumer, encode(document));
  expect(refusal(world, document, [{ signer: consumer.key, purpose: 'provision', signature }])).toBe(
    'approval/bad-signature',
  );
});
