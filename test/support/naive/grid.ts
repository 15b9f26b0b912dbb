// The rules a second time, as plainly as they can be said: no due index, no undo journal (a refused record is judged on a copy
// of everything), time found by looking at all there is. Slow, and only good to hold the real rules against.

import type { Bodies, RecordKind } from '../../../core/bodies.ts';
import { toHex } from '../../../core/bytes.ts';
import { isOpen, type Node, Refusal, refuse, sizes } from './books.ts';
import { NaiveGuard } from './guard.ts';

export class NaiveGrid extends NaiveGuard {
  /** Its id, for what is signed for it. */
  id: Uint8Array = new Uint8Array(0);

  /** One record now: `ok`, or the code of its refusal, which leaves no trace. */
  say<K extends RecordKind>(kind: K, author: string, id: string, body: Bodies[K]): string {
    const before = structuredClone(this.world);
    try {
      this.execute(author, id, { kind, body } as { kind: RecordKind; body: unknown });
      return 'ok';
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.world = before;
      return error.message;
    }
  }

  protected execute(author: string, id: string, { kind, body }: { kind: RecordKind; body: unknown }): void {
    if (kind === 'transfer') {
      const { to, amountStroops } = body as Bodies['transfer'];
      this.pay(author, -amountStroops);
      this.pay(toHex(to), amountStroops);
    } else if (kind === 'farm') {
      this.world.farms.set(id, { owner: author, payout: toHex((body as Bodies['farm']).payout) });
    } else if (kind === 'node') this.sayNode(author, body as Bodies['node']);
    else if (kind === 'uptime') this.see(this.world.nodes.get(author) ?? refuse('node/unknown'));
    else if (kind === 'contract') this.record(body as Bodies['contract']);
    else if (kind === 'topup') this.topUp(author, body as Bodies['topup']);
    else if (kind === 'cancel') this.cancel(body as Bodies['cancel']);
    else if (kind === 'result') this.result(author, body as Bodies['result']);
    else if (kind === 'policy') this.changePolicy(this.id, body as Bodies['policy']);
    else throw new Error(`the naive model knows no ${kind}`);
  }

  protected sayNode(author: string, body: Bodies['node']): void {
    const farm = toHex(body.farm);
    const known = this.world.nodes.get(author);
    const used = this.usedOn(author);
    if (sizes.some((size) => used[size] > body.capacity[size])) refuse('node/no-capacity');
    const period = { from: this.nowMs, isCounting: false };
    const node = known ?? { id: author, farm, capacity: body.capacity, up: [], isUp: false, period };
    node.capacity = body.capacity;
    this.world.nodes.set(author, node);
    this.see(node);
  }

  protected see(node: Node): void {
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
    for (const deal of this.dealsOn(node.id)) this.moveOn(deal);
  }

  protected upMs(node: Node): number {
    const { from } = node.period;
    return node.up.reduce((ms, span) => ms + Math.max(0, Math.min(span.to, this.nowMs) - Math.max(span.from, from)), 0);
  }

  protected nodeDue(node: Node): number {
    const end = node.period.from + this.policy.rewards.periodMs;
    if (node.isUp) return Math.min(node.up.at(-1)?.to ?? end, end);
    return node.up.some((span) => span.to > node.period.from) ? end : Number.POSITIVE_INFINITY;
  }

  protected passNode(node: Node): void {
    const last = node.up.at(-1);
    if (node.isUp && last !== undefined && last.to <= this.nowMs) {
      for (const deal of this.dealsOn(node.id)) this.moveOn(deal);
      node.isUp = false;
      for (const deal of this.dealsOn(node.id)) this.moveOn(deal);
    }
    const { rewards } = this.policy;
    if (node.period.from + rewards.periodMs > this.nowMs) return;
    const upMs = this.upMs(node);
    node.period.from = this.nowMs;
    if (upMs > 0 && upMs * 1000 >= rewards.periodMs * rewards.minUptimePermille) {
      this.mint(this.payoutOf(node.id), this.rewardOf(node));
    }
  }

  /** Capacity units by hand: thousandths, GB of 2^30, all divisions downward. */
  protected rewardOf({ capacity }: Node): bigint {
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

  protected result(author: string, body: Bodies['result']): void {
    const deal = this.dealOf(body.contract);
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
    this.see(this.world.nodes.get(author) ?? refuse('node/unknown'));
    this.count(deal);
    load.state = body.state;
    this.judge(deal);
  }

  /** Time passes: whatever is next happens at its own moment, contracts before nodes, then by id. */
  passTo(ms: number): void {
    this.world.hasPolicy = false;
    for (;;) {
      const due = [
        ...[...this.world.deals.values()].map((deal) => ({
          at: Math.min(deal.waitUntil ?? Number.POSITIVE_INFINITY, deal.settleAt ?? Number.POSITIVE_INFINITY),
          id: `contract ${deal.id}`,
          pass: () => this.moveOn(deal),
        })),
        ...[...this.world.nodes.values()].map((node) => ({
          at: this.nodeDue(node),
          id: `node ${node.id}`,
          pass: () => this.passNode(node),
        })),
      ].filter(({ at }) => at <= ms);
      const [next] = due.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
      if (next === undefined) break;
      this.nowMs = next.at;
      next.pass();
    }
    this.nowMs = ms;
  }

  /** Balances, what is locked for whom, and the two ends of all money. Zero stands for nothing. */
  books(): Record<string, string> {
    const locked = new Map<string, bigint>();
    for (const deal of this.world.deals.values()) {
      for (const [who, amount] of this.sharesOf(deal)) locked.set(who, (locked.get(who) ?? 0n) + amount);
    }
    const people = new Set([...this.world.balances.keys(), ...locked.keys()]);
    const lines = [...people].map((who) => [who, `${this.world.balances.get(who) ?? 0n} ${locked.get(who) ?? 0n}`]);
    const { minted, burned } = this.world;
    return Object.fromEntries([...lines.filter(([, line]) => line !== '0 0'), ['all', `${minted} ${burned}`]]);
  }

  nodes(): Record<string, string> {
    const lines = [...this.world.nodes.values()].map(({ id, isUp }) => {
      const used = this.usedOn(id);
      return [id, `${isUp} ${sizes.map((size) => used[size]).join(' ')}`];
    });
    return Object.fromEntries(lines);
  }

  contracts(): Record<string, string> {
    const lines = [...this.world.deals.values()].map((deal) => [
      deal.id,
      [deal.state, deal.reason, deal.term, deal.waitUntil, deal.refunded, this.earnedOf(deal)]
        .concat(deal.loads.map(({ state, ranMs, earned, price }) => `${state}/${ranMs}/${earned}/${price}`))
        .join(' '),
    ]);
    return Object.fromEntries(lines);
  }
}
