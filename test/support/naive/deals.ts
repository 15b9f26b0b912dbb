// Contracts in the second model: recorded, counted, paid, judged anew at every change.

import type { Bodies } from '../../../core/bodies.ts';
import { toHex } from '../../../core/bytes.ts';
import { decodeDocument, documentHash } from '../../../core/contract.ts';
import { type Deal, isMet, isOpen, isOver, type Load, NaiveBooks, refuse, sizes, sum } from './books.ts';

export class NaiveDeals extends NaiveBooks {
  protected settle(deal: Deal): void {
    const { burnPermille } = this.policy.contracts;
    const burnOf = (earned: bigint): bigint => (earned * BigInt(burnPermille)) / 1000n;
    for (const load of deal.loads) {
      const due = (load.price * BigInt(load.ranMs)) / BigInt(deal.term * 1000);
      if (due <= load.earned) continue;
      const burn = burnOf(due) - burnOf(load.earned);
      this.world.burned += burn;
      this.pay(this.payoutOf(load.node), due - load.earned - burn);
      load.earned = due;
    }
  }

  protected record(body: Bodies['contract']): void {
    const document = decodeDocument(body.document);
    const id = toHex(documentHash(body.document));
    if (this.world.deals.has(id)) refuse('contract/exists');
    const signed = (purpose: string): Set<string> =>
      new Set(body.approvals.filter((each) => each.purpose === purpose).map((each) => toHex(each.signer)));
    if (this.nowMs > document.signByMs) refuse('contract/deadline-passed');
    if (!isMet(document.provision, signed('provision'))) refuse('contract/quorum-not-met');
    for (const load of document.workloads) {
      const node = this.world.nodes.get(toHex(load.node)) ?? refuse('node/unknown');
      if (!node.isUp) refuse('node/down');
      if (!signed('accept').has(this.world.farms.get(node.farm)?.owner ?? '')) refuse('contract/farmer-not-accepted');
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
    this.world.deals.set(id, deal);
    for (const { node } of deal.loads) {
      const [used, capacity] = [this.usedOn(node), this.world.nodes.get(node)?.capacity];
      if (capacity === undefined || sizes.some((size) => used[size] > capacity[size])) refuse('node/no-capacity');
    }
    const price = sum(deal.loads.map((load) => load.price));
    if ((this.world.balances.get(deal.payer) ?? 0n) < price) refuse('contract/unfunded');
    this.payIn(deal, deal.payer, price);
    this.judge(deal);
  }

  protected payIn(deal: Deal, who: string, amount: bigint): void {
    this.pay(who, -amount);
    deal.paid.set(who, (deal.paid.get(who) ?? 0n) + amount);
  }

  protected dealOf = (id: Uint8Array): Deal => this.world.deals.get(toHex(id)) ?? refuse('contract/unknown');

  protected topUp(author: string, { contract, amountStroops }: Bodies['topup']): void {
    const deal = this.dealOf(contract);
    if (!isOpen(deal)) refuse('contract/already-ended');
    const price = sum(deal.loads.map((load) => load.price));
    const extra = Number((BigInt(deal.term) * amountStroops) / price);
    if (extra < 1) refuse('money/bad-amount');
    if (deal.term + extra > this.policy.contracts.maxTermSeconds) refuse('contract/over-limit');
    this.count(deal);
    this.payIn(deal, author, amountStroops);
    let before = 0n;
    for (const load of deal.loads) {
      const next = before + load.price;
      load.price += (amountStroops * next) / price - (amountStroops * before) / price;
      before = next;
    }
    deal.term += extra;
    this.judge(deal);
  }

  protected cancel({ contract, approvals }: Bodies['cancel']): void {
    const deal = this.dealOf(contract);
    if (!isOpen(deal)) refuse('contract/already-ended');
    if (!isMet(deal.quorum, new Set(approvals.map(({ signer }) => toHex(signer))))) refuse('contract/quorum-not-met');
    this.count(deal);
    this.settle(deal);
    this.giveBack(deal);
    Object.assign(deal, { state: 'ending', reason: 'deleted-by-quorum', waitUntil: this.nowMs + deal.patience });
    this.judge(deal);
  }

  /** Lets what runs run until now. */
  protected count(deal: Deal): void {
    for (const load of deal.loads) {
      const node = this.world.nodes.get(load.node);
      const from = Math.max(deal.countedMs, node?.up.at(-1)?.from ?? 0);
      const isRunning = isOpen(deal) && load.state === 'ok' && node?.isUp === true;
      if (isRunning) load.ranMs = Math.min(deal.term * 1000, load.ranMs + Math.max(0, this.nowMs - from));
    }
    deal.countedMs = this.nowMs;
  }

  protected moveOn(deal: Deal): void {
    if (isOver(deal)) return;
    this.count(deal);
    this.judge(deal);
  }

  protected close(deal: Deal, state: string, reason: string): void {
    this.giveBack(deal);
    Object.assign(deal, { state, reason, waitUntil: null, settleAt: null });
  }

  protected judge(deal: Deal): void {
    const isLate = deal.waitUntil !== null && deal.waitUntil <= this.nowMs;
    const states = deal.loads.map(({ state }) => state);
    if (deal.state === 'deploying') {
      const bad = states.find((state) => state === 'error' || state === 'deleted');
      if (bad !== undefined) this.close(deal, 'failed', `workload-${bad}`);
      else if (isLate) this.close(deal, 'failed', 'deploy-deadline');
      else if (states.every((state) => state === 'ok')) {
        Object.assign(deal, { state: 'running', reason: 'deployed', waitUntil: null });
        this.judge(deal);
        return;
      }
    } else if (deal.state === 'running') this.judgeRunning(deal, isLate);
    else if (deal.state === 'ending' && (isLate || states.every((state) => state === 'deleted'))) {
      this.close(deal, 'ended', deal.reason);
    }
    const left = deal.loads.filter((load) => this.runs(load)).map((load) => deal.term * 1000 - load.ranMs);
    const next = Math.min(...left.filter((ms) => ms > 0), this.policy.contracts.settleMs);
    deal.settleAt = deal.state === 'running' && left.some((ms) => ms > 0) ? this.nowMs + next : null;
  }

  protected runs = (load: Load): boolean => load.state === 'ok' && this.world.nodes.get(load.node)?.isUp === true;

  protected judgeRunning(deal: Deal, isLate: boolean): void {
    this.settle(deal);
    const open = deal.loads.filter((load) => load.ranMs < deal.term * 1000);
    const mayReturn = open.some((load) => load.state === 'ok' || load.state === 'paused');
    const until = this.nowMs + (mayReturn ? deal.term * 1000 : deal.patience);
    if (open.length === 0) this.close(deal, 'ended', 'term-over');
    else if (open.every((load) => load.state === 'deleted')) this.close(deal, 'failed', 'workload-deleted');
    else if (open.some((load) => this.runs(load))) deal.waitUntil = null;
    else if (isLate) this.close(deal, 'failed', 'nothing-running');
    else deal.waitUntil = Math.min(deal.waitUntil ?? until, until);
  }
}
