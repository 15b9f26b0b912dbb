/** When a farmer's 3bot says yes to a contract by itself. Pure: the same question gets the same answer. */
import { toHex } from '../../core/bytes.ts';
import type { ContractDocument } from '../../core/contract.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { addCapacity, askingPrice, fitsCapacity, noCapacity } from '../../core/units.ts';
import type { FarmView, NodeView } from '../../core/views.ts';

/** `yes`: sign. `wait`: a person decides. Else the code of the refusal, with a detail for the other side. */
export type Answer = 'yes' | 'wait' | { readonly code: ErrorCode; readonly detail: string };

/**
 * Judges the workloads of `document` that stand on this farmer's nodes. `nodes` are all nodes of the farm by id. A yes
 * reserves nothing: what counts is capacity at recording, where the rules refuse the one that comes too late. Else strangers
 * could block a node with proposals that they never record.
 */
export function judgeProposal(
  document: ContractDocument,
  farm: FarmView,
  nodes: ReadonlyMap<string, NodeView>,
  nowMs: number,
): Answer {
  if (nowMs > document.signByMs) return { code: 'contract/deadline-passed', detail: 'the time to sign is over' };
  if (document.termSeconds < farm.minTermSeconds) {
    return { code: 'contract/declined', detail: `the shortest term here is ${farm.minTermSeconds} s` };
  }
  const wanted = new Map<string, typeof noCapacity>();
  for (const workload of document.workloads) {
    const id = toHex(workload.node);
    const node = nodes.get(id);
    if (node === undefined) continue;
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
  }
  return farm.autoAccept ? 'yes' : 'wait';
}
