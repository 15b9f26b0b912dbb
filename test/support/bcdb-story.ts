// A small story for tests of the store: a farm with two nodes, payments, a contract that runs and is cancelled, a topup.

import { signSodium } from '../../bcdb/verify.ts';
import { type Bodies, countersignBytes, netProofBytes } from '../../core/bodies.ts';
import {
  type Approval,
  approvalBytes,
  type ContractDocument,
  documentHash,
  encodeDocument,
  type Purpose,
} from '../../core/contract.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { Capacity } from '../../core/units.ts';
import { Author, type Founding, foundGrid, seedOf } from './bcdb-grid.ts';

const gb = 2 ** 30;
export const tft = 10_000_000n;

const storyPolicy: Policy = {
  ...defaultPolicy,
  rewards: { ...defaultPolicy.rewards, periodMs: 1_000_000 },
  uptimeGraceMs: 100_000,
  contracts: { settleMs: 10_000, maxTermSeconds: 100_000, burnPermille: 0 },
};

const bigNode: Capacity = { cruMilli: 8000, mruBytes: 16 * gb, sruBytes: 400 * gb, hruBytes: 0 };

export const farmBody = (owner: Author, change: Partial<Bodies['farm']> = {}): Bodies['farm'] => ({
  name: 'Zonnebloem',
  place: { country: 'BE', city: 'Ghent' },
  prices: { cuHourStroops: 1000n, suHourStroops: 500n },
  payout: owner.key,
  accept: { auto: true, minTermSeconds: 0, blocked: [] },
  ...change,
});

function nodeBody(
  grid: Uint8Array,
  node: Author,
  farm: Uint8Array,
  farmer: Author,
  capacity: Capacity = bigNode,
): Bodies['node'] {
  const said = { farm, capacity, features: ['container'], net: node.key };
  const countersignature = signSodium(farmer.seed, countersignBytes({ grid, node: node.key, ...said }));
  return { ...said, agentVersion: '0.1.0', countersignature };
}

const approve = (
  grid: Uint8Array,
  document: Uint8Array,
  version: number,
  purpose: Purpose,
  signers: readonly Author[],
): Approval[] => {
  const message = approvalBytes({ grid, purpose, document: documentHash(document), version });
  return signers.map((signer) => ({ signer: signer.key, purpose, signature: signSodium(signer.seed, message) }));
};

/** Everyone in it, and the blocks that tell it: at each time, these records. */
export type Story = {
  readonly founding: Founding;
  readonly consumer: Author;
  readonly cosigner: Author;
  readonly farmer: Author;
  readonly nodes: readonly [Author, Author];
  readonly farm: Uint8Array;
  readonly contract: Uint8Array;
  readonly blocks: readonly { readonly timeMs: number; readonly records: readonly Uint8Array[] }[];
};

export const storyStartMs = 1_700_000_000_000;

export function tellStory(): Story {
  const [consumer, cosigner, farmer] = ['consumer', 'cosigner', 'farmer'].map((name) => new Author(name)) as [
    Author,
    Author,
    Author,
  ];
  const nodes = [new Author('node'), new Author('node-2')] as const;
  const founding = foundGrid([[consumer, 1000n * tft]], { policy: storyPolicy, createdMs: storyStartMs });
  const { grid } = founding;
  const profile = (author: Author, name: string): Uint8Array =>
    author.write(grid, 'profile', {
      name,
      roles: ['consumer'],
      net: author.key,
      netProof: signSodium(author.seed, netProofBytes({ grid, account: author.key })),
    });
  const profiles = [profile(consumer, 'Ada Byron'), profile(farmer, 'Émile')];
  const farmRecord = farmer.write(grid, 'farm', farmBody(farmer));
  const farm = farmer.last;
  const signers = [consumer, cosigner].map(({ key }) => ({ key, weight: 1 }));
  const document: ContractDocument = {
    v: 1,
    grid,
    version: 1,
    title: 'a page',
    payer: consumer.key,
    workloads: [
      {
        name: 'web',
        node: nodes[0].key,
        kind: 'container',
        image: `sha256:${'ab'.repeat(32)}`,
        capacity: { cruMilli: 1000, mruBytes: gb, sruBytes: 10 * gb, hruBytes: 0 },
        priceStroops: 100n * tft,
      },
    ],
    termSeconds: 1000,
    signByMs: storyStartMs + 1_000_000,
    deployWithinMs: 60_000,
    provision: { threshold: 2, signers },
    delete: { threshold: 2, signers },
    nonce: seedOf('nonce').slice(0, 16),
  };
  const documentBytes = encodeDocument(document);
  const contract = documentHash(documentBytes);
  const approvals = [
    ...approve(grid, documentBytes, 1, 'provision', [consumer, cosigner]),
    ...approve(grid, documentBytes, 1, 'accept', [farmer]),
  ];
  const idle = { cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 };
  const alive = (node: Author): Uint8Array => node.write(grid, 'uptime', { sessionMs: 1, used: idle });
  const result = (state: Bodies['result']['state']): Uint8Array =>
    nodes[0].write(grid, 'result', { contract, version: 1, workload: 'web', state });
  const seconds = (count: number): number => storyStartMs + count * 1000;
  const blocks = [
    { timeMs: seconds(1), records: [...profiles, farmRecord] },
    {
      timeMs: seconds(2),
      records: nodes.map((node) => node.write(grid, 'node', nodeBody(grid, node, farm, farmer))),
    },
    { timeMs: seconds(3), records: [consumer.transfer(grid, cosigner.key, 50n * tft, 'for you')] },
    { timeMs: seconds(10), records: [consumer.write(grid, 'contract', { document: documentBytes, approvals })] },
    { timeMs: seconds(12), records: [result('ok')] },
    { timeMs: seconds(33), records: [] },
    { timeMs: seconds(50), records: [...nodes.map(alive), cosigner.transfer(grid, consumer.key, 5000n * tft)] },
    { timeMs: seconds(60), records: [cosigner.write(grid, 'topup', { contract, amountStroops: 10n * tft })] },
    {
      timeMs: seconds(90),
      records: [
        cosigner.write(grid, 'cancel', {
          contract,
          version: 1,
          approvals: approve(grid, documentBytes, 1, 'delete', [consumer, cosigner]),
        }),
      ],
    },
    { timeMs: seconds(91), records: [result('deleted')] },
    {
      timeMs: seconds(400),
      records: [
        farmer.write(grid, 'farm', {
          ...farmBody(farmer),
          farm,
          name: 'Roos',
          accept: { auto: false, minTermSeconds: 60, blocked: [consumer.key] },
        }),
      ],
    },
  ];
  return { founding, consumer, cosigner, farmer, nodes, farm, contract, blocks };
}
