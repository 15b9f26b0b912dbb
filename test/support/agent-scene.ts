// A farmer with a farm, a consumer with money and two cosigners on a memory grid: what every test of the agent needs.

import { type Bodies, type Countersigned, countersignBytes, netProofBytes } from '../../core/bodies.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import type { Workload } from '../../core/contract.ts';
import {
  type Approval,
  approvalBytes,
  type ContractDocument,
  documentHash,
  encodeDocument,
  type Purpose,
} from '../../core/contract.ts';
import { publicKeyOf, sign } from '../../core/keys.ts';
import type { Policy } from '../../core/policy.ts';
import { createMemoryGrid } from './memory-grid.ts';

/** 32 bytes that tell people apart. */
export const seedOf = (person: string): Uint8Array => {
  const seed = new Uint8Array(32);
  seed.set(new TextEncoder().encode(person).subarray(0, 32));
  return seed;
};

/** The Noise key of a person's 3bot: any 32 bytes will do here. */
export const netOf = (person: string): Uint8Array => publicKeyOf(seedOf(`net of ${person}`));

/** The profile of a person whose transport key is `netOf` that person, or that of `netSeed`. */
export function profileBody(grid: Uint8Array, person: string, netSeed = seedOf(`net of ${person}`)): Bodies['profile'] {
  const statement = netProofBytes({ grid, account: publicKeyOf(seedOf(person)) });
  return { name: person, roles: [], net: publicKeyOf(netSeed), netProof: sign(netSeed, statement) };
}

const tft = 10_000_000n;
const mib = 2 ** 20;

const people = ['farmer', 'consumer', 'cosigner-a', 'cosigner-b'] as const;

/** What the people can sign on a grid with this id. */
export function createParties(grid: Uint8Array) {
  const approve = (person: string, purpose: Purpose, document: ContractDocument): Approval => {
    const subject = { grid, purpose, document: documentHash(encodeDocument(document)), version: 1 };
    const seed = seedOf(person);
    return { signer: publicKeyOf(seed), purpose, signature: sign(seed, approvalBytes(subject)) };
  };

  const documentFor = (node: Uint8Array, change: Partial<Workload> = {}, name = 'web'): ContractDocument => {
    const quorum = {
      threshold: 2,
      signers: [
        { key: publicKeyOf(seedOf('consumer')), weight: 1, required: true as const },
        { key: publicKeyOf(seedOf('cosigner-a')), weight: 1 },
        { key: publicKeyOf(seedOf('cosigner-b')), weight: 1 },
      ],
    };
    return {
      v: 1,
      grid,
      version: 1,
      title: 'A page',
      payer: publicKeyOf(seedOf('consumer')),
      workloads: [
        {
          name,
          node,
          kind: 'container',
          image: `sha256:${'1'.repeat(64)}`,
          capacity: { cruMilli: 500, mruBytes: 128 * mib, sruBytes: 0, hruBytes: 0 },
          priceStroops: 36n * tft,
          ...change,
        },
      ],
      termSeconds: 3600,
      signByMs: Date.now() + 60_000,
      deployWithinMs: 60_000,
      provision: quorum,
      delete: quorum,
      nonce: crypto.getRandomValues(new Uint8Array(16)),
    };
  };

  return {
    documentFor,
    approve,
    /** All approvals that a contract needs to be recorded. */
    agreed: (document: ContractDocument): Bodies['contract']['approvals'] => [
      approve('consumer', 'provision', document),
      approve('cosigner-a', 'provision', document),
      approve('farmer', 'accept', document),
    ],
    /** All approvals that end it. */
    ended: (document: ContractDocument): Bodies['cancel'] => ({
      contract: documentHash(encodeDocument(document)),
      version: 1,
      approvals: [approve('consumer', 'delete', document), approve('cosigner-b', 'delete', document)],
    }),
    /** What the farmer's 3bot does when asked. */
    countersign: (statement: Countersigned): Uint8Array => sign(seedOf('farmer'), countersignBytes(statement)),
  };
}

/** The farm's record. */
export const farmBody = (): Bodies['farm'] => ({
  name: 'Test farm',
  place: { country: 'BE', city: 'Ghent' },
  prices: { cuHourStroops: 1n, suHourStroops: 1n },
  payout: publicKeyOf(seedOf('farmer')),
  accept: { auto: true, minTermSeconds: 0, blocked: [] },
});

/** The consumer starts with 1000 TFT. */
export const allocations = (): Bodies['genesis']['allocations'] => [
  { to: publicKeyOf(seedOf('consumer')), amountStroops: 1000n * tft },
];

export type Scene = Awaited<ReturnType<typeof createScene>>;

/** The people on a grid in memory. */
export async function createScene(policy: Partial<Policy> = {}) {
  const grid = createMemoryGrid(allocations(), policy);
  for (const name of people) await grid.write(seedOf(name), 'profile', profileBody(grid.id, name));
  const { id } = await grid.write(seedOf('farmer'), 'farm', farmBody());
  const parties = createParties(grid.id);
  return {
    grid,
    farm: fromHex(id),
    ...parties,
    /** Records a contract that all have agreed to; its id. */
    record: async (document: ContractDocument): Promise<string> => {
      const bytes = encodeDocument(document);
      const body = { document: bytes, approvals: parties.agreed(document) };
      const { state, code } = await grid.write(seedOf('consumer'), 'contract', body);
      if (state !== 'final') throw new Error(`contract refused: ${code}`);
      return toHex(documentHash(bytes));
    },
    cancel: async (document: ContractDocument): Promise<void> => {
      const { state, code } = await grid.write(seedOf('consumer'), 'cancel', parties.ended(document));
      if (state !== 'final') throw new Error(`cancel refused: ${code}`);
    },
  };
}
