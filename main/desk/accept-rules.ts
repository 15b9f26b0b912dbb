/** When a farmer's 3bot says yes to a contract by itself. Pure: the same question gets the same answer. */
import { toHex } from '../../core/bytes.ts';
import type { ContractDocument } from '../../core/contract.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { addressOf, type PublicKey } from '../../core/keys.ts';
import { signersOf } from '../../core/quorum.ts';
import { addCapacity, askingPrice, fitsCapacity, noCapacity } from '../../core/units.ts';
import type { FarmView, NodeView } from '../../core/views.ts';

/** `yes`: sign. `wait`: a person decides. Else the code of the refusal, with a detail for the other side. */
export type Answer = 'yes' | 'wait' | { readonly code: ErrorCode; readonly detail: string };

/** What is judged, and all that it is judged by. */
export type Proposition = {
  readonly document: ContractDocument;
  /** Who sends it round. */
  readonly coordinator: PublicKey;
  /** This farmer's nodes that the document names, by id. */
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** The farms of those nodes, by id: one owner may have several, each with rules of its own. */
  readonly farms: ReadonlyMap<string, FarmView>;
  /** Block time. */
  readonly nowMs: number;
};

/**
 * The longest time to sign that a 3bot grants by itself. An accepted offer binds the farmer to today's price until its
 * deadline: long enough for people to co-sign, a week; beyond, it is an option on the price, which only a person gives away.
 */
export const longestSigningMs = 7 * 24 * 3_600_000;

/**
 * Judges the workloads that stand on this farmer's nodes, each by its own farm. A yes reserves nothing: what counts is
 * capacity at recording, where the rules refuse the one that comes too late. Else strangers could block a node with
 * proposals that they never record.
 */
export function judgeProposal({ document, coordinator, nodes, farms, nowMs }: Proposition): Answer {
  if (nowMs > document.signByMs) return { code: 'contract/deadline-passed', detail: 'the time to sign is over' };
  const people = new Set(
    [document.payer, coordinator, ...signersOf(document.provision), ...signersOf(document.delete)].map(addressOf),
  );
  const wanted = new Map<string, typeof noCapacity>();
  let isAutomatic = document.signByMs - nowMs <= longestSigningMs;
  for (const workload of document.workloads) {
    const id = toHex(workload.node);
    const node = nodes.get(id);
    if (node === undefined) continue;
    const farm = farms.get(node.farm);
    if (farm === undefined) return 'wait';
    if (farm.blocked.some((address) => people.has(address))) {
      return { code: 'contract/declined', detail: 'a party of it is blocked here' };
    }
    if (document.termSeconds < farm.minTermSeconds) {
      return { code: 'contract/declined', detail: `the shortest term here is ${farm.minTermSeconds} s` };
    }
    if (node.status !== 'up') return { code: 'node/down', detail: id.slice(0, 16) };
    const asked = askingPrice(workload.capacity, farm.prices, document.termSeconds);
    if (workload.priceStroops < asked) {
      return {
        code: 'contract/price-below-asking',
        detail: `${workload.name}: ${workload.priceStroops} of ${asked} stroops`,
      };
    }
    const sum = addCapacity(wanted.get(id) ?? noCapacity, workload.capacity);
    if (!fitsCapacity(sum, node.free)) return { code: 'node/no-capacity', detail: id.slice(0, 16) };
    wanted.set(id, sum);
    isAutomatic &&= farm.autoAccept;
  }
  return isAutomatic ? 'yes' : 'wait';
}
