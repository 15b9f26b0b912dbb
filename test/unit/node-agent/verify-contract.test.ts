// The agent believes nobody: a contract that its replica shows as recorded is judged again from its bytes.
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../core/bytes.ts';
import {
  type Approval,
  type ContractDocument,
  documentHash,
  encodeDocument,
  type Purpose,
} from '../../../core/contract.ts';
import { addressOf, publicKeyOf, verifyPortable } from '../../../core/keys.ts';
import type { ContractView } from '../../../core/views.ts';
import { planWork } from '../../../node-agent/reconcile/plan.ts';
import { type Judge, verifyContract } from '../../../node-agent/reconcile/verify-contract.ts';
import { createScene, type Scene, seedOf } from '../../support/agent-scene.ts';

const node = publicKeyOf(seedOf('node'));
let scene: Scene;
let judge: Judge;

beforeAll(async () => {
  scene = await createScene();
  judge = { grid: scene.grid.id, node, farmer: addressOf(publicKeyOf(seedOf('farmer'))), verify: verifyPortable };
});

const agreed: readonly (readonly [string, Purpose])[] = [
  ['consumer', 'provision'],
  ['cosigner-a', 'provision'],
  ['farmer', 'accept'],
];

/** A contract as a replica would show it; `change` is what a lying replica would do to it. */
function view(
  document: ContractDocument = scene.documentFor(node),
  who: readonly (readonly [string, Purpose])[] = agreed,
  change: Partial<ContractView> = {},
): ContractView {
  const bytes = encodeDocument(document);
  const approvals: readonly Approval[] = who.map(([person, purpose]) => scene.approve(person, purpose, document));
  const consumer = addressOf(publicKeyOf(seedOf('consumer')));
  return {
    id: toHex(documentHash(bytes)),
    title: document.title,
    payer: consumer,
    coordinator: consumer,
    parties: [],
    state: 'deploying',
    reason: 'recorded',
    version: 1,
    workloads: document.workloads.map((each) => ({
      name: each.name,
      node: toHex(each.node),
      image: each.image,
      capacity: each.capacity,
      price: each.priceStroops,
      state: 'waiting',
      code: null,
      detail: null,
      earned: 0n,
      runningMs: 0,
    })),
    price: 360_000_000n,
    paidIn: 360_000_000n,
    locked: 360_000_000n,
    earned: 0n,
    refunded: 0n,
    termSeconds: document.termSeconds,
    recordedMs: 1000,
    deployByMs: 61_000,
    runsUntilMs: null,
    documentBytes: bytes,
    approvals: approvals.map((each) => ({ ...each, signer: addressOf(each.signer) })),
    ...change,
  };
}

const codeFor = (contract: ContractView): unknown => {
  try {
    return verifyContract(contract, judge).map((job) => job.workload.name);
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

test('a contract that all agreed to and paid for gives this node its jobs', () => {
  expect(codeFor(view())).toEqual(['web']);
});

test('G1 the same cosigner twice is one person', () => {
  const twice = agreed.filter(([who]) => who !== 'consumer').concat([['cosigner-a', 'provision']]);
  expect(codeFor(view(undefined, twice))).toBe('contract/quorum-not-met');
});

test('G2 an approval for another purpose, document or grid is no approval', () => {
  const others = agreed.map(([who, purpose]) => [who, purpose === 'provision' ? 'delete' : purpose] as const);
  expect(codeFor(view(undefined, others))).toBe('contract/quorum-not-met');
  const [mine, another] = [view(), view(scene.documentFor(node))];
  expect(codeFor({ ...mine, approvals: another.approvals })).toBe('approval/bad-signature');
  const relabelled = view(undefined, others).approvals.map((each) => ({ ...each, purpose: 'provision' as const }));
  expect(codeFor({ ...view(), approvals: relabelled })).toBe('approval/bad-signature');
});

test('without the payer, or the farmer, or enough people it is refused', () => {
  expect(codeFor(view(undefined, agreed.slice(1)))).toBe('contract/quorum-not-met');
  expect(codeFor(view(undefined, agreed.slice(0, 2)))).toBe('contract/farmer-not-accepted');
  const document = scene.documentFor(node);
  const anyTwo = {
    ...document.provision,
    signers: document.provision.signers.map((each) => ({ ...each, required: undefined })),
  };
  const cosigners = [
    ['cosigner-a', 'provision'],
    ['cosigner-b', 'provision'],
    ['farmer', 'accept'],
  ] as const;
  expect(codeFor(view({ ...document, provision: anyTwo }, cosigners))).toBe('contract/payer-not-signed');
});

test('a farmer of another farm cannot accept for this node', () => {
  const stranger = { ...judge, farmer: addressOf(publicKeyOf(seedOf('cosigner-b'))) };
  expect(() => verifyContract(view(), stranger)).toThrow(
    expect.objectContaining({ code: 'contract/farmer-not-accepted' }),
  );
});

test('unfunded, half funded or emptied: nothing runs', () => {
  expect(codeFor(view(undefined, agreed, { paidIn: 0n, locked: 0n }))).toBe('contract/unfunded');
  expect(codeFor(view(undefined, agreed, { paidIn: 359_999_999n, locked: 359_999_999n }))).toBe('contract/unfunded');
  expect(codeFor(view(undefined, agreed, { locked: 0n }))).toBe('contract/unfunded');
});

test('for another node, grid, id or version: not mine', () => {
  expect(codeFor(view(scene.documentFor(publicKeyOf(seedOf('other')))))).toBe('agent/not-for-me');
  expect(codeFor(view({ ...scene.documentFor(node), grid: new Uint8Array(32) }))).toBe('record/wrong-grid');
  expect(codeFor(view(undefined, agreed, { id: '0'.repeat(64) }))).toBe('contract/malformed');
  expect(codeFor(view(undefined, agreed, { version: 2 }))).toBe('contract/wrong-version');
});

test('a document that hides a secret, or is no document, is refused', () => {
  const leaking = scene.documentFor(node, { env: { DB_PASSWORD: 'hunter2' } });
  expect(codeFor(view(leaking))).toBe('contract/secret-in-plain');
  expect(codeFor(view(undefined, agreed, { documentBytes: Uint8Array.of(1, 2, 3) }))).toMatch(/^(cbor|contract)\//);
});

const roomy = { cruMilli: 1200, mruBytes: 2 ** 31, sruBytes: 0, hruBytes: 0 };

test('capacity goes to the oldest contracts; the rest is refused by name', () => {
  const contracts = [3000, 1000, 2000].map((recordedMs) => view(scene.documentFor(node), agreed, { recordedMs }));
  const { jobs, refusals } = planWork(contracts, judge, roomy, 5000);
  expect(jobs.map((job) => job.contract)).toEqual([contracts[1]?.id, contracts[2]?.id]);
  expect(refusals).toMatchObject([{ key: { contract: contracts[0]?.id }, cause: { code: 'node/no-capacity' } }]);
});

test('G21 deadlines are judged by block time: too late is too late, whatever the clock says', () => {
  expect(planWork([view()], judge, roomy, 61_000).jobs).toHaveLength(1);
  expect(planWork([view()], judge, roomy, 61_001).jobs).toEqual([]);
});

test('what is over, given up or deleted is no job; what is bad is refused and stops nothing else', () => {
  const ended = view(scene.documentFor(node), agreed, { state: 'ended' });
  const bad = view(scene.documentFor(node), agreed.slice(1));
  const good = view();
  const { jobs, refusals } = planWork([ended, bad, good], judge, roomy, 2000);
  expect(jobs.map((job) => job.contract)).toEqual([good.id]);
  expect(refusals).toMatchObject([
    { key: { contract: bad.id, workload: 'web' }, cause: { code: 'contract/quorum-not-met' } },
  ]);
});
