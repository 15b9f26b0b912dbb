// Grids with several guardians for tests: real stores that are driven as their office would, without a sequencer.

import type { Proposal } from '../../bcdb/guardian/guardian-store-api.ts';
import type { GuardianActs } from '../../bcdb/store/guardian-acts.ts';
import type { Store } from '../../bcdb/store/store.ts';
import type { StoreOptions } from '../../bcdb/store/store-options.ts';
import { signSodium } from '../../bcdb/verify.ts';
import { certificateQuorum, type HeaderSignature } from '../../core/block.ts';
import type { Bodies } from '../../core/bodies.ts';
import { zero32 } from '../../core/bytes.ts';
import { decode } from '../../core/cbor.ts';
import { policyChangeBytes, type Seat } from '../../core/guardian.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { Author, type Founding } from './bcdb-grid.ts';
import { type Clock, openTestStore, type TestStore } from './bcdb-store.ts';

export const sharedStartMs = 1_700_000_000_000;

/** Guardian `index` of the grid `name`; always the same key for the same name. */
const guardianOf = (index: number, name = 'shared grid'): Author => new Author(`guardian ${index} of ${name}`);

const seatsOf = (guardians: readonly Author[]): Seat[] =>
  guardians.map((_, index) => ({ name: `guardian ${index}`, route: `127.0.0.1:${4000 + index}` }));

/** A founding that names several guardians. `guardian` of the founding is the first of them. */
export type SharedFounding = Founding & { readonly guardians: readonly Author[] };

export function foundSharedGrid(
  count: number,
  allocations: readonly (readonly [Author, bigint])[] = [],
  options: {
    readonly name?: string;
    readonly policy?: Policy;
    readonly createdMs?: number;
    /** Where each guardian is. */
    readonly seats?: readonly Seat[];
  } = {},
): SharedFounding {
  const { name = 'shared grid', policy = defaultPolicy, createdMs = sharedStartMs } = options;
  const guardians = Array.from({ length: count }, (_, index) => guardianOf(index, name));
  const creator = new Author(`creator of ${name}`);
  const genesis = creator.write(zero32, 'genesis', {
    name,
    createdMs,
    guardians: guardians.map(({ key }) => key),
    seats: [...(options.seats ?? seatsOf(guardians))],
    policy,
    allocations: allocations.map(([author, amountStroops]) => ({ to: author.key, amountStroops })),
  });
  const [guardian = creator] = guardians;
  return { guardians, guardian, genesis, grid: creator.last };
}

/** One store for each guardian; none has block 0 yet. */
export function openGuardianStores(
  { guardians, genesis }: SharedFounding,
  options: Partial<StoreOptions> & { readonly time?: Clock } = {},
): readonly TestStore[] {
  return guardians.map(({ seed }) => openTestStore({ how: 'create', genesis }, { guardianSeed: seed, ...options }));
}

/** What a signed statement says of its signer. */
export function signerOf(statement: Uint8Array): HeaderSignature {
  const [, guardian, signature] = decode(statement) as [Uint8Array, Uint8Array, Uint8Array];
  return { guardian, signature };
}

/** What a quorum of stores says to a proposal, up to their shares of the certificate; nothing is committed. */
export function agree(
  stores: readonly Store[],
  proposal: Proposal,
  header?: Uint8Array,
): { readonly headerBytes: Uint8Array; readonly certificate: readonly HeaderSignature[] } {
  const prepared = stores.map((store) => store.act((acts) => acts.propose(proposal, header)));
  const prepares = stores.map((store) => signerOf(store.act((acts) => acts.prepare())));
  const certificate = stores.map((store) => store.act((acts) => acts.lock(proposal.epoch, prepares)));
  return { headerBytes: prepared[0]?.headerBytes ?? new Uint8Array(0), certificate };
}

/** A block through all its steps on these stores. */
export function commitBlock(stores: readonly Store[], proposal: Proposal, header?: Uint8Array): void {
  const { certificate } = agree(stores, proposal, header);
  for (const store of stores) store.act((acts) => acts.certify(certificate));
}

export const firstProposal = ({ genesis }: Pick<Founding, 'genesis'>): Proposal => ({
  epoch: 0,
  timeMs: sharedStartMs,
  position: 0,
  records: [genesis],
});

/** The next block of these records on top of a store's head: a second later, one message further. */
export function nextProposal(store: Store, records: readonly Uint8Array[], change: Partial<Proposal> = {}): Proposal {
  const { head, epoch } = store.situation();
  return {
    epoch,
    timeMs: (head?.timeMs ?? sharedStartMs) + 1000,
    position: (head?.position ?? 0) + 1,
    records,
    ...change,
  };
}

/** A running grid of `count` guardians with block 0. */
export function sharedGrid(
  count: number,
  allocations: readonly (readonly [Author, bigint])[] = [],
  options: Partial<StoreOptions> & { readonly time?: Clock; readonly policy?: Policy; readonly name?: string } = {},
) {
  const { policy, name, ...others } = options;
  const founding = foundSharedGrid(count, allocations, {
    ...(policy !== undefined && { policy }),
    ...(name !== undefined && { name }),
  });
  const opened = openGuardianStores(founding, others);
  const stores = opened.map(({ store }) => store);
  commitBlock(stores, firstProposal(founding));
  return { founding, opened, stores, grid: founding.grid, quorum: certificateQuorum(count) };
}

/** A grid of `count` guardians with somebody who has money; `act` is an act of the first guardian. */
export function sharedWorld(count = 4, options: Parameters<typeof sharedGrid>[2] = {}) {
  const alice = new Author('alice');
  const bob = new Author('bob');
  const world = sharedGrid(count, [[alice, 1_000_000_000n]], options);
  const [first] = world.stores;
  if (first === undefined) throw new Error('no store');
  const act = <T>(work: (acts: GuardianActs) => T): T => first.act(work);
  return { ...world, alice, bob, first, act };
}

/** A policy record: guardians and what is in force from the next block on, signed by `signers`. */
export function policyRecord(
  author: Author,
  grid: Uint8Array,
  change: { readonly version: number; readonly guardians: readonly Author[]; readonly signers: readonly Author[] },
): Uint8Array {
  const { version, guardians, signers } = change;
  const policy = { ...defaultPolicy, version };
  const said = { policy, guardians: guardians.map(({ key }) => key), seats: seatsOf(guardians) };
  const message = policyChangeBytes({ grid, ...said });
  const signatures = signers.map(({ key, seed }) => ({ guardian: key, signature: signSodium(seed, message) }));
  return author.write(grid, 'policy', { ...said, signatures } satisfies Bodies['policy']);
}
