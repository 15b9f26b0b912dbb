// The rules a second time, as plainly as they can be said: mutable objects, no due index, no undo journal (a refused record
// is judged on a copy of everything), time found by looking at all there is. Slow, and only good to hold the real rules against.

import type { Bodies, RecordKind } from '../../core/bodies.ts';
import { toHex } from '../../core/bytes.ts';
import { decodeDocument, documentHash } from '../../core/contract.ts';
import type { Policy } from '../../core/policy.ts';
import type { Quorum } from '../../core/quorum.ts';
import type { Capacity } from '../../core/units.ts';

type Node = {
  id: string;
  farm: string;
  capacity: Capacity;
  /** Up in these spans; the last one is open while `to` is in the future. */
  up: { from: number; to: number }[];
  isUp: boolean;
  period: { from: number; isCounting: boolean };
};
type Load = {
  name: string;
  node: string;
  capacity: Capacity;
  price: bigint;
  state: string;
  ranMs: number;
  earned: bigint;
};
type Deal = {
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

class Refusal extends Error {}
const refuse = (code: string): never => {
  throw new Refusal(code);
};
const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((total, each) => total + each, 0n);
const sizes = ['cruMilli', 'mruBytes', 'sruBytes', 'hruBytes'] as const;
const isOpen = (deal: Deal): boolean => deal.state === 'deploying' || deal.state === 'running';
const isOver = (deal: Deal): boolean => deal.state === 'ended' || deal.state === 'failed';

/** Weight of those who signed, groups counted when they are met. */
function isMet({ threshold, signers }: Quorum, signed: ReadonlySet<string>): boolean {
  const has = signers.map((each) => ('key' in each ? signed.has(toHex(each.key)) : isMet(each.group, signed)));
  const isMissing = signers.some((each, index) => each.required === true && has[index] !== true);
  return (
    !isMissing && signers.reduce((sum, each, index) => sum + (has[index] === true ? each.weight : 0), 0) >= threshold
  );
}

export class NaiveGrid {
  readonly policy: Policy;
  nowMs: number;
  #world = {
    balances: new Map<string, bigint>(),
    minted: 0n,
    burned: 0n,
    farms: new Map<string, { owner: string; payout: string }>(),
    nodes: new Map<string, Node>(),
    deals: new Map<string, Deal>(),
  };

  constructor(policy: Policy, nowMs: number, allocations: readonly (readonly [string, bigint])[]) {
    this.policy = policy;
    this.nowMs = nowMs;
    for (const [who, amount] of allocations) this.#mint(who, amount);
  }

  /** One record now: `ok`, or the code of its refusal, which leaves no trace. */
  say<K extends RecordKind>(kind: K, author: string, id: string, body: Bodies[K]): string {
    const before = structuredClone(this.#world);
    try {
      this.#execute(author, id, { kind, body } as { kind: RecordKind; body: unknown });
      return 'ok';
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#world = before;
      return error.message;
    }
  }

  #execute(author: string, id: string, { kind, body }: { kind: RecordKind; body: unknown }): void {
    if (kind === 'transfer') {
      const { to, amountStroops } = body as Bodies['transfer'];
      this.#pay(author, -amountStroops);
      this.#pay(toHex(to), amountStroops);
    } else if (kind === 'farm') {
      this.#world.farms.set(id, { owner: author, payout: toHex((body as Bodies['farm']).payout) });
    } else if (kind === 'node') this.#sayNode(author, body as Bodies['node']);
    else if (kind === 'uptime') this.#see(this.#world.nodes.get(author) ?? refuse('node/unknown'));
    else if (kind === 'contract') this.#record(body as Bodies['contract']);
    else if (kind === 'topup') this.#topUp(author, body as Bodies['topup']);
    else if (kind === 'cancel') this.#cancel(body as Bodies['cancel']);
    else if (kind === 'result') this.#result(author, body as Bodies['result']);
    else throw new Error(`the naive model knows no ${kind}`);
  }

  // Money.

  #pay(who: string, delta: bigint): void {
    const balance = (this.#world.balances.get(who) ?? 0n) + delta;
    if (balance < 0n) refuse('money/insufficient');
    this.#world.balances.set(who, balance);
  }

  #mint(who: string, amount: bigint): void {
    this.#world.minted += amount;
    this.#pay(who, amount);
  }

  #earnedOf = (deal: Deal): bigint => sum(deal.loads.map(({ earned }) => earned));
  #restOf = (deal: Deal): bigint => sum(deal.paid.values()) - this.#earnedOf(deal) - deal.refunded;

  /** Whose the locked money is: by what each paid, the first gets what rounding leaves. */
  #sharesOf(deal: Deal): [string, bigint][] {
    const [rest, all] = [this.#restOf(deal), sum(deal.paid.values())];
    if (all === 0n) return [];
    const shares = [...deal.paid].map(([who, paid]): [string, bigint] => [who, (rest * paid) / all]);
    const first = shares[0];
    if (first !== undefined) first[1] += rest - sum(shares.map(([, amount]) => amount));
    return shares;
  }

  #settle(deal: Deal): void {
    const { burnPermille } = this.policy.contracts;
    const burnOf = (earned: bigint): bigint => (earned * BigInt(burnPermille)) / 1000n;
    for (const load of deal.loads) {
      const due = (load.price * BigInt(load.ranMs)) / BigInt(deal.term * 1000);
      if (due <= load.earned) continue;
      const burn = burnOf(due) - burnOf(load.earned);
      this.#world.burned += burn;
      this.#pay(this.#payoutOf(load.node), due - load.earned - burn);
      load.earned = due;
    }
  }

  #giveBack(deal: Deal): void {
    for (const [who, amount] of this.#sharesOf(deal)) this.#pay(who, amount);
    deal.refunded += this.#restOf(deal);
  }

  // Nodes.

  #payoutOf(id: string): string {
    const node = this.#world.nodes.get(id);
    return this.#world.farms.get(node?.farm ?? '')?.payout ?? id;
  }

  /** What contracts hold on a node: counted anew each time. */
  #usedOn(id: string): Capacity {
    const used = { cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 };
    for (const load of this.#holdingOn(id)) for (const size of sizes) used[size] += load.capacity[size];
    return used;
  }

  #holdingOn = (id: string): Load[] =>
    [...this.#world.deals.values()]
      .filter((deal) => !isOver(deal))
      .flatMap((deal) => deal.loads.filter((load) => load.node === id && load.state !== 'deleted'));

  #sayNode(author: string, body: Bodies['node']): void {
    const farm = toHex(body.farm);
    const known = this.#world.nodes.get(author);
    const used = this.#usedOn(author);
    if (sizes.some((size) => used[size] > body.capacity[size])) refuse('node/no-capacity');
    const period = { from: this.nowMs, isCounting: false };
    const node = known ?? { id: author, farm, capacity: body.capacity, up: [], isUp: false, period };
    node.capacity = body.capacity;
    this.#world.nodes.set(author, node);
    this.#see(node);
  }

  #see(node: Node): void {
    const to = this.nowMs + this.policy.uptimeGraceMs;
    const last = node.up.at(-1);
    if (node.isUp && last !== undefined) {
      last.to = to;
      return;
    }
    const { periodMs } = this.policy.rewards;
    const passed = Math.floor((this.nowMs - node.period.from) / periodMs);
    node.period.from += passed * periodMs;
    node.up.push({ from: this.nowMs, to });
    node.isUp = true;
    for (const deal of this.#dealsOn(node.id)) this.#moveOn(deal);
  }

  /** Contracts that hold something on a node, in the order in which they came. */
  #dealsOn = (id: string): Deal[] =>
    [...this.#world.deals.values()].filter(
      (deal) => !isOver(deal) && deal.loads.some((load) => load.node === id && load.state !== 'deleted'),
    );

  #upMs(node: Node): number {
    const { from } = node.period;
    return node.up.reduce((ms, span) => ms + Math.max(0, Math.min(span.to, this.nowMs) - Math.max(span.from, from)), 0);
  }

  #nodeDue(node: Node): number {
    const end = node.period.from + this.policy.rewards.periodMs;
    if (node.isUp) return Math.min(node.up.at(-1)?.to ?? end, end);
    return node.up.some((span) => span.to > node.period.from) ? end : Number.POSITIVE_INFINITY;
  }

  #passNode(node: Node): void {
    const last = node.up.at(-1);
    if (node.isUp && last !== undefined && last.to <= this.nowMs) {
      for (const deal of this.#dealsOn(node.id)) this.#moveOn(deal);
      node.isUp = false;
      for (const deal of this.#dealsOn(node.id)) this.#moveOn(deal);
    }
    const { rewards } = this.policy;
    if (node.period.from + rewards.periodMs > this.nowMs) return;
    const upMs = this.#upMs(node);
    node.period.from = this.nowMs;
    if (upMs > 0 && upMs * 1000 >= rewards.periodMs * rewards.minUptimePermille) {
      this.#mint(this.#payoutOf(node.id), this.#rewardOf(node));
    }
  }

  /** Capacity units by hand: thousandths, GB of 2^30, all divisions downward. */
  #rewardOf({ capacity }: Node): bigint {
    const gb = (bytes: number): bigint => (BigInt(bytes) * 1000n) / 2n ** 30n;
    const [mru, cru] = [gb(capacity.mruBytes), BigInt(capacity.cruMilli)];
    const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
    const [a, b, c] = [larger(mru / 4n, cru / 2n), larger(mru / 8n, cru), larger(mru / 2n, cru / 4n)];
    const cu = a <= b && a <= c ? a : b <= c ? b : c;
    const su = (gb(capacity.hruBytes) + gb(capacity.sruBytes) * 6n) / 1200n;
    const { cuMonthMicroUsd, suMonthMicroUsd, tftMicroUsd, periodMs } = this.policy.rewards;
    const monthMs = 720n * 3600n * 1000n;
    const usd = cu * cuMonthMicroUsd + su * suMonthMicroUsd;
    return (usd * BigInt(periodMs) * 10_000_000n) / (1000n * monthMs * tftMicroUsd);
  }

  // Contracts.

  #record(body: Bodies['contract']): void {
    const document = decodeDocument(body.document);
    const id = toHex(documentHash(body.document));
    if (this.#world.deals.has(id)) refuse('contract/exists');
    const signed = (purpose: string): Set<string> =>
      new Set(body.approvals.filter((each) => each.purpose === purpose).map((each) => toHex(each.signer)));
    if (this.nowMs > document.signByMs) refuse('contract/deadline-passed');
    if (!isMet(document.provision, signed('provision'))) refuse('contract/quorum-not-met');
    for (const load of document.workloads) {
      const node = this.#world.nodes.get(toHex(load.node)) ?? refuse('node/unknown');
      if (!node.isUp) refuse('node/down');
      if (!signed('accept').has(this.#world.farms.get(node.farm)?.owner ?? '')) refuse('contract/farmer-not-accepted');
    }
    const deal: Deal = {
      id,
      payer: toHex(document.payer),
      quorum: document.delete,
      loads: document.workloads.map(({ name, node, capacity, priceStroops }) => ({
        name,
        node: toHex(node),
        capacity,
        price: priceStroops,
        state: 'waiting',
        ranMs: 0,
        earned: 0n,
      })),
      term: document.termSeconds,
      patience: document.deployWithinMs,
      state: 'deploying',
      reason: 'recorded',
      countedMs: this.nowMs,
      waitUntil: this.nowMs + document.deployWithinMs,
      settleAt: null,
      paid: new Map(),
      refunded: 0n,
    };
    this.#world.deals.set(id, deal);
    for (const { node } of deal.loads) {
      const [used, capacity] = [this.#usedOn(node), this.#world.nodes.get(node)?.capacity];
      if (capacity === undefined || sizes.some((size) => used[size] > capacity[size])) refuse('node/no-capacity');
    }
    const price = sum(deal.loads.map((load) => load.price));
    if ((this.#world.balances.get(deal.payer) ?? 0n) < price) refuse('contract/unfunded');
    this.#payIn(deal, deal.payer, price);
    this.#judge(deal);
  }

  #payIn(deal: Deal, who: string, amount: bigint): void {
    this.#pay(who, -amount);
    deal.paid.set(who, (deal.paid.get(who) ?? 0n) + amount);
  }

  #dealOf = (id: Uint8Array): Deal => this.#world.deals.get(toHex(id)) ?? refuse('contract/unknown');

  #topUp(author: string, { contract, amountStroops }: Bodies['topup']): void {
    const deal = this.#dealOf(contract);
    if (!isOpen(deal)) refuse('contract/already-ended');
    const price = sum(deal.loads.map((load) => load.price));
    const extra = Number((BigInt(deal.term) * amountStroops) / price);
    if (extra < 1) refuse('money/bad-amount');
    if (deal.term + extra > this.policy.contracts.maxTermSeconds) refuse('contract/over-limit');
    this.#count(deal);
    this.#payIn(deal, author, amountStroops);
    let before = 0n;
    for (const load of deal.loads) {
      const next = before + load.price;
      load.price += (amountStroops * next) / price - (amountStroops * before) / price;
      before = next;
    }
    deal.term += extra;
    this.#judge(deal);
  }

  #cancel({ contract, approvals }: Bodies['cancel']): void {
    const deal = this.#dealOf(contract);
    if (!isOpen(deal)) refuse('contract/already-ended');
    if (!isMet(deal.quorum, new Set(approvals.map(({ signer }) => toHex(signer))))) refuse('contract/quorum-not-met');
    this.#count(deal);
    this.#settle(deal);
    this.#giveBack(deal);
    Object.assign(deal, { state: 'ending', reason: 'deleted-by-quorum', waitUntil: this.nowMs + deal.patience });
    this.#judge(deal);
  }

  #result(author: string, body: Bodies['result']): void {
    const deal = this.#dealOf(body.contract);
    const load = deal.loads.find(({ name }) => name === body.workload) ?? refuse('contract/unknown-workload');
    if (load.node !== author) refuse('result/wrong-node');
    if (body.state !== 'deleted' && !isOpen(deal)) refuse('contract/already-ended');
    const next = {
      waiting: 'ok error',
      ok: 'error paused deleted',
      paused: 'ok error deleted',
      error: 'ok error deleted',
    };
    const allowed = (next as Record<string, string>)[load.state]?.split(' ') ?? [];
    const canSay = isOpen(deal) ? allowed.includes(body.state) : load.state !== 'deleted';
    if (!canSay) refuse('result/bad-transition');
    this.#see(this.#world.nodes.get(author) ?? refuse('node/unknown'));
    this.#count(deal);
    load.state = body.state;
    this.#judge(deal);
  }

  /** Lets what runs run until now. */
  #count(deal: Deal): void {
    for (const load of deal.loads) {
      const node = this.#world.nodes.get(load.node);
      const from = Math.max(deal.countedMs, node?.up.at(-1)?.from ?? 0);
      const isRunning = isOpen(deal) && load.state === 'ok' && node?.isUp === true;
      if (isRunning) load.ranMs = Math.min(deal.term * 1000, load.ranMs + Math.max(0, this.nowMs - from));
    }
    deal.countedMs = this.nowMs;
  }

  #moveOn(deal: Deal): void {
    if (isOver(deal)) return;
    this.#count(deal);
    this.#judge(deal);
  }

  #close(deal: Deal, state: string, reason: string): void {
    this.#giveBack(deal);
    Object.assign(deal, { state, reason, waitUntil: null, settleAt: null });
  }

  #judge(deal: Deal): void {
    const isLate = deal.waitUntil !== null && deal.waitUntil <= this.nowMs;
    const states = deal.loads.map(({ state }) => state);
    if (deal.state === 'deploying') {
      const bad = states.find((state) => state === 'error' || state === 'deleted');
      if (bad !== undefined) this.#close(deal, 'failed', `workload-${bad}`);
      else if (isLate) this.#close(deal, 'failed', 'deploy-deadline');
      else if (states.every((state) => state === 'ok')) {
        Object.assign(deal, { state: 'running', reason: 'deployed', waitUntil: null });
        this.#judge(deal);
        return;
      }
    } else if (deal.state === 'running') this.#judgeRunning(deal, isLate);
    else if (deal.state === 'ending' && (isLate || states.every((state) => state === 'deleted'))) {
      this.#close(deal, 'ended', deal.reason);
    }
    const left = deal.loads.filter((load) => this.#runs(load)).map((load) => deal.term * 1000 - load.ranMs);
    const next = Math.min(...left.filter((ms) => ms > 0), this.policy.contracts.settleMs);
    deal.settleAt = deal.state === 'running' && left.some((ms) => ms > 0) ? this.nowMs + next : null;
  }

  #runs = (load: Load): boolean => load.state === 'ok' && this.#world.nodes.get(load.node)?.isUp === true;

  #judgeRunning(deal: Deal, isLate: boolean): void {
    this.#settle(deal);
    const open = deal.loads.filter((load) => load.ranMs < deal.term * 1000);
    const mayReturn = open.some((load) => load.state === 'ok' || load.state === 'paused');
    const until = this.nowMs + (mayReturn ? deal.term * 1000 : deal.patience);
    if (open.length === 0) this.#close(deal, 'ended', 'term-over');
    else if (open.every((load) => load.state === 'deleted')) this.#close(deal, 'failed', 'workload-deleted');
    else if (open.some((load) => this.#runs(load))) deal.waitUntil = null;
    else if (isLate) this.#close(deal, 'failed', 'nothing-running');
    else deal.waitUntil = Math.min(deal.waitUntil ?? until, until);
  }

  // Time.

  /** Time passes: whatever is next happens at its own moment, contracts before nodes, then by id. */
  passTo(ms: number): void {
    for (;;) {
      const due = [
        ...[...this.#world.deals.values()].map((deal) => ({
          at: Math.min(deal.waitUntil ?? Number.POSITIVE_INFINITY, deal.settleAt ?? Number.POSITIVE_INFINITY),
          id: `contract ${deal.id}`,
          pass: () => this.#moveOn(deal),
        })),
        ...[...this.#world.nodes.values()].map((node) => ({
          at: this.#nodeDue(node),
          id: `node ${node.id}`,
          pass: () => this.#passNode(node),
        })),
      ].filter(({ at }) => at <= ms);
      const [next] = due.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
      if (next === undefined) break;
      this.nowMs = next.at;
      next.pass();
    }
    this.nowMs = ms;
  }

  // What is compared.

  /** Balances, what is locked for whom, and the two ends of all money. Zero stands for nothing. */
  books(): Record<string, string> {
    const locked = new Map<string, bigint>();
    for (const deal of this.#world.deals.values()) {
      for (const [who, amount] of this.#sharesOf(deal)) locked.set(who, (locked.get(who) ?? 0n) + amount);
    }
    const people = new Set([...this.#world.balances.keys(), ...locked.keys()]);
    const lines = [...people].map((who) => [who, `${this.#world.balances.get(who) ?? 0n} ${locked.get(who) ?? 0n}`]);
    const { minted, burned } = this.#world;
    return Object.fromEntries([...lines.filter(([, line]) => line !== '0 0'), ['all', `${minted} ${burned}`]]);
  }

  nodes(): Record<string, string> {
    const lines = [...this.#world.nodes.values()].map(({ id, isUp }) => {
      const used = this.#usedOn(id);
      return [id, `${isUp} ${sizes.map((size) => used[size]).join(' ')}`];
    });
    return Object.fromEntries(lines);
  }

  contracts(): Record<string, string> {
    const lines = [...this.#world.deals.values()].map((deal) => [
      deal.id,
      [deal.state, deal.reason, deal.term, deal.waitUntil, deal.refunded, this.#earnedOf(deal)]
        .concat(deal.loads.map(({ state, ranMs, earned, price }) => `${state}/${ranMs}/${earned}/${price}`))
        .join(' '),
    ]);
    return Object.fromEntries(lines);
  }
}
