/** Calls about capacity and recorded contracts: lists, one life, top-ups, a page of a running workload, receipts. */

import type { Replica } from '../../bcdb/replica-api.ts';
import { fromHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { ipc } from '../../core/ipc/contract.ts';
import type { ContractState, ContractView } from '../../core/views.ts';
import { decodeWorkloadAnswer, encodeWorkloadRequest } from '../../core/workload-http.ts';
import { type House, me, myAddress } from '../house.ts';
import type { Handlers } from '../ipc/handlers.ts';
import { proposeRecord } from '../review/record-proposal.ts';
import { fullReceipt, receiptName } from './grid.ts';

/** The most contracts that one list shows. */
const mostListed = 500;
const fetchTimeoutMs = 15_000;

export function capacityHandlers({ grid }: House): Handlers<typeof ipc>['capacity'] {
  return {
    nodes: (input) => grid.need().query('nodes', input),
    node: (input) => grid.need().query('node', input),
  };
}

/** The contracts in which somebody has a part, as party or as farmer; newest first. */
export async function contractsOf(
  replica: Replica,
  address: string,
  states: readonly ContractState[] | undefined,
): Promise<ContractView[]> {
  const filter = { ...(states === undefined ? {} : { states }), limit: mostListed };
  const asParty = await replica.query('contracts', { party: address, ...filter });
  const asFarmer = await replica.query('contracts', { farmer: address, ...filter });
  const each = new Map([...asParty, ...asFarmer].map((contract) => [contract.id, contract]));
  return [...each.values()].sort((a, b) => b.recordedMs - a.recordedMs);
}

export function contractHandlers(house: House): Handlers<typeof ipc>['contracts'] {
  const { grid, vault, reviews, contacts } = house;
  return {
    list: ({ states }) => contractsOf(grid.need(), myAddress(vault), states),
    get: (input) => grid.need().query('contract', input),
    async prepareTopup({ id, amountStroops }) {
      const replica = grid.need();
      await needContract(replica, id);
      const proposal = await proposeRecord({
        replica,
        author: me(vault),
        kind: 'topup',
        body: { contract: fromHex(id), amountStroops },
        nameOf: contacts.nameOf,
        contract: id,
      });
      return reviews.propose(proposal);
    },
    async fetch({ contract: id, workload: name, path }) {
      const replica = grid.need();
      const contract = await needContract(replica, id);
      const workload = contract.workloads.find((candidate) => candidate.name === name);
      if (workload === undefined) throw new AppError('contract/unknown-workload', name);
      const node = await replica.query('node', { id: workload.node });
      if (node === null) throw new AppError('node/unknown', workload.node.slice(0, 16));
      const request = encodeWorkloadRequest({ contract: fromHex(id), workload: name, method: 'GET', path });
      const bytes = await replica.request(fromHex(node.net), 'workload-http', request, fetchTimeoutMs);
      const { status, contentType, body } = decodeWorkloadAnswer(bytes);
      return { status, contentType, body: new TextDecoder().decode(body) };
    },
    async receipt({ id }) {
      const replica = grid.need();
      const record = await contractRecord(replica, id);
      return { fileName: receiptName('contract', id), bytes: await fullReceipt(replica, record) };
    },
  };
}

async function needContract(replica: Replica, id: string): Promise<ContractView> {
  const contract = await replica.query('contract', { id });
  if (contract === null) throw new AppError('contract/unknown', id.slice(0, 16));
  return contract;
}

/** Id of the record that put the contract into the BCDB: the first step of its history. */
async function contractRecord(replica: Replica, id: string): Promise<string> {
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof replica.query<'history'>>> = await replica.query('history', {
      object: 'contract',
      id,
      limit: 500,
      ...(after === null ? {} : { after }),
    });
    const found = page.items.findLast(({ kind }) => kind === 'contract');
    if (found !== undefined && found.record !== null) return found.record;
    if (page.floor !== null) throw new AppError('replica/pruned', `height ${page.floor}`);
    if (page.next === null) throw new AppError('contract/unknown', id.slice(0, 16));
    after = page.next;
  }
}
