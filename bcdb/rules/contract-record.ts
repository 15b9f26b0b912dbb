/** Recording a contract: everybody who must agree has, every node can carry it, and its price is locked, in one step. */
import type { Bodies } from '../../core/bodies.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { type ContractDocument, decodeDocument, documentHash, documentPrice, partiesOf } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import { formatTft } from '../../core/money.ts';
import { signersOf } from '../../core/quorum.ts';
import type { Contract, Hex, State } from '../state.ts';
import { approvers, checkQuorumMet } from './approvals.ts';
import { type Context, policyOf } from './context.ts';
import { moveOn, note } from './contract-life.ts';
import { balanceOf, lock, restOf } from './money.ts';
import { holdCapacity, nodeOf } from './nodes.ts';

/**
 * Throws `cbor/*`, `quorum/*`, `contract/*`, `record/wrong-grid`, `approval/*`, `node/unknown`, `node/down`,
 * `node/no-capacity`; in this order: document, limits, deadline, people, nodes, capacity, money.
 */
export function executeContract(state: State, author: Hex, body: Bodies['contract'], context: Context): void {
  const document = decodeDocument(body.document);
  const hash = documentHash(body.document);
  if (!equalBytes(document.grid, context.grid)) throw new AppError('record/wrong-grid', 'the document');
  if (document.version !== 1) throw new AppError('contract/wrong-version', 'a contract begins with version 1');
  checkNew(state, toHex(hash));
  checkLimits(state, document);
  if (context.timeMs > document.signByMs) throw new AppError('contract/deadline-passed', `${document.signByMs}`);
  checkAgreed(state, document, hash, body, context);
  const contract = newContract(document, hash, body, author, context.timeMs);
  for (const workload of contract.workloads) holdCapacity(state, workload.node, contract.id, workload.capacity);
  const price = documentPrice(document);
  const missing = price - balanceOf(state, contract.payer);
  if (missing > 0n) throw new AppError('contract/unfunded', `${formatTft(missing)} TFT missing`);
  note(state, contract.id, 'recorded', price.toString());
  moveOn(state, lock(state, contract, contract.payer, price, 'lock'), context.timeMs);
}

/** A contract is recorded once, whatever became of it; the refusal says where its money is (G27). */
function checkNew(state: State, id: Hex): void {
  const known = state.get('contract', id);
  if (known === undefined) return;
  const locked = formatTft(restOf(known));
  throw new AppError(
    'contract/exists',
    `${known.state}: locked ${locked}, earned ${formatTft(known.earned)}, refunded ${formatTft(known.refunded)} TFT`,
  );
}

function checkLimits(state: State, document: ContractDocument): void {
  const { limits, contracts } = policyOf(state);
  const over = (what: string, most: number) => new AppError('contract/over-limit', `${what}: at most ${most}`);
  if (document.workloads.length > limits.workloadsPerContract) throw over('workloads', limits.workloadsPerContract);
  for (const quorum of ['provision', 'delete'] as const) {
    if (signersOf(document[quorum]).length > limits.signersPerQuorum) throw over(quorum, limits.signersPerQuorum);
  }
  if (document.termSeconds > contracts.maxTermSeconds) throw over('termSeconds', contracts.maxTermSeconds);
  if (document.deployWithinMs > contracts.maxTermSeconds * 1000) {
    throw over('deployWithinMs', contracts.maxTermSeconds * 1000);
  }
}

/** The provision quorum, the payer, and the farmer of each node, which must be up. */
function checkAgreed(
  state: State,
  document: ContractDocument,
  hash: Uint8Array,
  body: Bodies['contract'],
  context: Context,
): void {
  const provision = new Set(signersOf(document.provision).map(toHex));
  const nodes = document.workloads.map((workload) => state.get('node', toHex(workload.node)));
  const farmers = nodes.map((node) => (node === undefined ? undefined : state.get('farm', node.farm)?.owner));
  const accept = new Set(farmers.filter((farmer) => farmer !== undefined));
  const peopleFor = approvers(
    { document: hash, version: document.version },
    body.approvals,
    { provision, accept },
    context,
  );
  checkQuorumMet(document.provision, peopleFor('provision'));
  if (!peopleFor('provision').has(toHex(document.payer))) throw new AppError('contract/payer-not-signed');
  for (const workload of document.workloads) {
    const node = nodeOf(state, toHex(workload.node));
    if (!node.isUp) throw new AppError('node/down', node.id);
    const farmer = state.get('farm', node.farm)?.owner;
    if (farmer === undefined || !peopleFor('accept').has(farmer)) {
      throw new AppError('contract/farmer-not-accepted', workload.name);
    }
  }
}

function newContract(
  document: ContractDocument,
  hash: Uint8Array,
  body: Bodies['contract'],
  coordinator: Hex,
  nowMs: number,
): Contract {
  return {
    id: toHex(hash),
    document: body.document,
    approvals: body.approvals,
    version: document.version,
    title: document.title,
    payer: toHex(document.payer),
    coordinator,
    parties: partiesOf(document).map(toHex),
    deleteQuorum: document.delete,
    state: 'deploying',
    reason: 'recorded',
    workloads: document.workloads.map((workload) => ({
      name: workload.name,
      node: toHex(workload.node),
      image: workload.image,
      capacity: workload.capacity,
      priceStroops: workload.priceStroops,
      state: 'waiting',
      code: null,
      detail: null,
      runningMs: 0,
      countedUntilMs: nowMs,
      earnedStroops: 0n,
    })),
    termSeconds: document.termSeconds,
    recordedMs: nowMs,
    deployByMs: nowMs + document.deployWithinMs,
    waitUntilMs: nowMs + document.deployWithinMs,
    paid: [],
    earned: 0n,
    refunded: 0n,
  };
}
