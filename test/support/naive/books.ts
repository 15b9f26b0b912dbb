// The second model's memory and money: mutable objects, what is locked computed from what was paid, what a node has promised
// counted anew each time.

import { toHex } from '../../../core/bytes.ts';
import type { Policy } from '../../../core/policy.ts';
import type { Quorum } from '../../../core/quorum.ts';
import type { Capacity } from '../../../core/units.ts';

export type Node = {
  id: string;
  farm: string;
  capacity: Capacity;
  /** Up in these spans; the last one is open while `to` is in the future. */
  up: { from: number; to: number }[];
  isUp: boolean;
  period: { from: number; isCounting: boolean };
};
export type Load = {
  name: string;
  node: string;
  capacity: Capacity;
  price: bigint;
  state: string;
  ranMs: number;
  earned: bigint;
};
export type Deal = {
  id: string;
  payer: string;
  quorum: Quorum;
  loads: Load[];
  term: number;
  patience: number;
  state: string;
  reason: string;
  countedMs: number;
  waitUntil: number | null;
  settleAt: number | null;
  paid: Map<string, bigint>;
  refunded: bigint;
};

export class Refusal extends Error {}
export const refuse = (code: string): never => {
  throw new Refusal(code);
};
export const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((total, each) => total + each, 0n);
export const sizes = ['cruMilli', 'mruBytes', 'sruBytes', 'hruBytes'] as const;
export const isOpen = (deal: Deal): boolean => deal.state === 'deploying' || deal.state === 'running';
export const isOver = (deal: Deal): boolean => deal.state === 'ended' || deal.state === 'failed';

/** Weight of those who signed, groups counted when they are met. */
export function isMet({ threshold, signers }: Quorum, signed: ReadonlySet<string>): boolean {
  const has = signers.map((each) => ('key' in each ? signed.has(toHex(each.key)) : isMet(each.group, signed)));
  const isMissing = signers.some((each, index) => each.required === true && has[index] !== true);
  return (
    !isMissing && signers.reduce((sum, each, index) => sum + (has[index] === true ? each.weight : 0), 0) >= threshold
  );
}

export class NaiveBooks {
  policy: Policy;
  nowMs: number;
  protected world = {
    balances: new Map<string, bigint>(),
    minted: 0n,
    burned: 0n,
    farms: new Map<string, { owner: string; payout: string }>(),
    nodes: new Map<string, Node>(),
    deals: new Map<string, Deal>(),
    guardians: [] as string[],
    /** The present block has a policy record. */
    hasPolicy: false,
  };

  constructor(
    policy: Policy,
    nowMs: number,
    allocations: readonly (readonly [string, bigint])[],
    guardians: readonly string[] = [],
  ) {
    this.policy = policy;
    this.world.guardians = [...guardians];
    this.nowMs = nowMs;
    for (const [who, amount] of allocations) this.mint(who, amount);
  }

  protected pay(who: string, delta: bigint): void {
    const balance = (this.world.balances.get(who) ?? 0n) + delta;
    if (balance < 0n) refuse('money/insufficient');
    this.world.balances.set(who, balance);
  }

  protected mint(who: string, amount: bigint): void {
    this.world.minted += amount;
    this.pay(who, amount);
  }

  protected earnedOf = (deal: Deal): bigint => sum(deal.loads.map(({ earned }) => earned));
  protected restOf = (deal: Deal): bigint => sum(deal.paid.values()) - this.earnedOf(deal) - deal.refunded;

  /** Whose the locked money is: by what each paid, the first gets what rounding leaves. */
  protected sharesOf(deal: Deal): [string, bigint][] {
    const [rest, all] = [this.restOf(deal), sum(deal.paid.values())];
    if (all === 0n) return [];
    const shares = [...deal.paid].map(([who, paid]): [string, bigint] => [who, (rest * paid) / all]);
    const first = shares[0];
    if (first !== undefined) first[1] += rest - sum(shares.map(([, amount]) => amount));
    return shares;
  }

  protected giveBack(deal: Deal): void {
    for (const [who, amount] of this.sharesOf(deal)) this.pay(who, amount);
    deal.refunded += this.restOf(deal);
  }

  protected payoutOf(id: string): string {
    const node = this.world.nodes.get(id);
    return this.world.farms.get(node?.farm ?? '')?.payout ?? id;
  }

  /** What contracts hold on a node: counted anew each time. */
  protected usedOn(id: string): Capacity {
    const used = { cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 };
    for (const load of this.holdingOn(id)) for (const size of sizes) used[size] += load.capacity[size];
    return used;
  }

  protected holdingOn = (id: string): Load[] =>
    [...this.world.deals.values()]
      .filter((deal) => !isOver(deal))
      .flatMap((deal) => deal.loads.filter((load) => load.node === id && load.state !== 'deleted'));

  /** Contracts that hold something on a node, in the order in which they came. */
  protected dealsOn = (id: string): Deal[] =>
    [...this.world.deals.values()].filter(
      (deal) => !isOver(deal) && deal.loads.some((load) => load.node === id && load.state !== 'deleted'),
    );
}
