// Answers one request of the data plane: a page of a running workload for a party of its contract. It reads the records and
// the workload's socket; nothing that a peer sends changes what runs here.
import type { Replica } from '../../bcdb/replica-api.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { decodeDocument, partiesOf } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import { addressOf } from '../../core/keys.ts';
import type { ContractView } from '../../core/views.ts';
import { decodeWorkloadRequest, encodeWorkloadAnswer, maxBodyBytes } from '../../core/workload-http.ts';
import type { WorkloadRuntime } from '../runtime/runtime.ts';
import { fetchPage, pageLimits } from './fetch-page.ts';

/** What answering needs. */
export interface AnswerParts {
  readonly replica: Pick<Replica, 'query'>;
  readonly runtime: WorkloadRuntime;
  readonly nodePublicKey: Uint8Array;
}

/** Pages fetched at the same time, for all peers together. */
const MOST_AT_ONCE = 32;

/**
 * A handler for `workload-http`. Throws `net/refused` (malformed), `agent/not-a-party` (also for a contract that is not here:
 * a stranger learns nothing), `agent/workload-unreachable`, `net/rate-limited`.
 */
export function createPageAnswerer(parts: AnswerParts): (peer: Uint8Array, payload: Uint8Array) => Promise<Uint8Array> {
  let underWay = 0;
  return async (peer, payload) => {
    const request = decodeWorkloadRequest(payload);
    const contract = await parts.replica.query('contract', { id: toHex(request.contract) });
    if (contract === null || !(await isParty(parts.replica, contract, peer))) {
      throw new AppError('agent/not-a-party');
    }
    if (!isRunningHere(contract, request.workload, parts.nodePublicKey)) {
      throw new AppError('agent/workload-unreachable', 'it does not run here now', { retry: true });
    }
    if (underWay >= MOST_AT_ONCE) throw new AppError('net/rate-limited', 'too many pages at once', { retry: true });
    underWay += 1;
    try {
      const socket = await parts.runtime.connect({ contract: contract.id, workload: request.workload });
      const page = await fetchPage(socket, request.path, { ...pageLimits, maxBytes: maxBodyBytes });
      return encodeWorkloadAnswer({ status: page.status, contentType: page.contentType, body: page.body });
    } finally {
      underWay -= 1;
    }
  };
}

/**
 * True when `peer` is the transport key that a payer or signer published in their own profile. Asked person by person: a
 * stranger who publishes somebody else's transport key gains nothing by it.
 */
async function isParty(replica: Pick<Replica, 'query'>, contract: ContractView, peer: Uint8Array): Promise<boolean> {
  const net = toHex(peer);
  for (const key of partiesOf(decodeDocument(contract.documentBytes))) {
    const profile = await replica.query('profile', { address: addressOf(key) });
    if (profile?.net === net) return true;
  }
  return false;
}

function isRunningHere(contract: ContractView, name: string, node: Uint8Array): boolean {
  const isOpen = contract.state === 'running' || contract.state === 'deploying';
  const workload = decodeDocument(contract.documentBytes).workloads.find((each) => each.name === name);
  return isOpen && workload !== undefined && equalBytes(workload.node, node);
}
