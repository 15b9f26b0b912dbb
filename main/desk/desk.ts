/**
 * What the owner does at the co-signing desk: composes contracts, signs, records what is complete, asks for an end.
 * Every signature lies on the review desk first; only the finished record goes into the BCDB.
 */

import type { Replica } from '../../bcdb/replica-api.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { approvalBytes, type Purpose } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { Output, ParsedInput } from '../../core/ipc/contract.ts';
import type { PacketView, ReviewView } from '../../core/ipc/views.ts';
import { addressOf, type PublicKey } from '../../core/keys.ts';
import { encodePacket, subjectOf } from '../../core/packet.ts';
import { quorumState, signersOf } from '../../core/quorum.ts';
import type { NodeView } from '../../core/views.ts';
import { proposeRecord } from '../review/record-proposal.ts';
import type { Reviews } from '../review/reviews.ts';
import { approvalWords, type NameOf } from '../review/words.ts';
import { composeDocument } from './compose.ts';
import { acceptedFarmers, quorumOf, signedPeople } from './packet-state.ts';
import type { Entry } from './packet-store.ts';
import type { Packets } from './packets.ts';

export type DeskOptions = {
  readonly packets: Packets;
  readonly replica: Replica;
  readonly reviews: Reviews;
  readonly me: PublicKey;
  readonly nameOf: NameOf;
  readonly random: (length: number) => Uint8Array;
};

export class Desk {
  readonly #options: DeskOptions;
  readonly #packets: Packets;
  readonly #replica: Replica;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#packets = options.packets;
    this.#replica = options.replica;
  }

  /** Prices and checks a new document and lays it on the desk. Throws `contract/*`, `quorum/*`, `node/unknown`. */
  async compose(input: ParsedInput<'desk.compose'>): Promise<PacketView> {
    const nodes = new Map<string, NodeView>();
    for (const { node: id } of input.workloads) {
      const node = await this.#replica.query('node', { id });
      if (node !== null) nodes.set(id, node);
    }
    const document = composeDocument(input, {
      grid: this.#replica.grid,
      payer: this.#options.me,
      nodes,
      nowMs: await this.#packets.blockTime(),
      nonce: this.#options.random(16),
    });
    return this.#packets.open({ purpose: 'provision', document, coordinator: this.#options.me, approvals: [] });
  }

  /** Opens a delete packet. Throws `contract/unknown`, `contract/already-ended`. */
  async openCancel(contractId: string): Promise<PacketView> {
    const contract = await this.#replica.query('contract', { id: contractId });
    if (contract === null) throw new AppError('contract/unknown', contractId.slice(0, 16));
    if (contract.state !== 'deploying' && contract.state !== 'running') throw new AppError('contract/already-ended');
    return this.#packets.open({
      purpose: 'delete',
      document: contract.documentBytes,
      coordinator: this.#options.me,
      approvals: [],
    });
  }

  /** Lays the approval that this 3bot can give before its owner. Throws `approval/duplicate`, `approval/not-a-signer`. */
  async prepareSign(id: string): Promise<ReviewView> {
    const entry = this.#packets.need(id);
    const purpose = await this.#purposeOf(entry);
    const bytes = approvalBytes(subjectOf(entry.document, entry.packet.document, purpose));
    return this.#options.reviews.propose({
      kind: 'approval',
      bytes,
      words: approvalWords(entry.packet.document, purpose, this.#options),
      check: async () => {
        const now = this.#packets.need(id);
        if (now.isWithdrawn) throw new AppError('review/stale', 'the packet was taken back');
        if (purpose !== 'delete' && (await this.#packets.blockTime()) > now.document.signByMs) {
          throw new AppError('contract/deadline-passed');
        }
      },
      finish: async (signature) => {
        await this.#packets.approve(id, { signer: this.#options.me, purpose, signature });
        return { record: null, contract: entry.contract };
      },
    });
  }

  /** Throws what is missing: `contract/quorum-not-met`, `contract/payer-not-signed`, `contract/farmer-not-accepted`. */
  async prepareRecord(id: string): Promise<ReviewView> {
    const entry = this.#packets.need(id);
    await this.#checkComplete(entry);
    const { replica, me: author, nameOf, reviews } = this.#options;
    const { approvals } = entry.packet;
    const onSubmitted = (record: string): Promise<void> => this.#packets.recorded(id, record);
    const common = { replica, author, nameOf, contract: entry.contract, onSubmitted };
    return reviews.propose(
      entry.packet.purpose === 'provision'
        ? await proposeRecord({ ...common, kind: 'contract', body: { document: entry.packet.document, approvals } })
        : await proposeRecord({
            ...common,
            kind: 'cancel',
            body: { contract: fromHex(entry.contract), version: entry.document.version, approvals },
          }),
    );
  }

  /** The packet as a file. */
  exportPacket(id: string): Output<'desk.exportPacket'> {
    const entry = this.#packets.need(id);
    return {
      fileName: `${entry.packet.purpose}-${entry.contract.slice(0, 12)}.3bot`,
      bytes: encodePacket(entry.packet),
    };
  }

  /** What this 3bot can sign in a packet: its own vote first, then a farmer's acceptance. */
  async #purposeOf(entry: Entry): Promise<Purpose> {
    const me = this.#options.me;
    const isSigner = signersOf(quorumOf(entry)).some((key) => toHex(key) === toHex(me));
    const hasVoted = signedPeople(entry).has(toHex(me));
    if (isSigner && !hasVoted) return entry.packet.purpose;
    const isFarmer =
      entry.packet.purpose === 'provision' && (await this.#packets.farmersOf(entry)).includes(addressOf(me));
    if (isFarmer && !acceptedFarmers(entry).has(addressOf(me))) return 'accept';
    throw new AppError(isSigner || isFarmer ? 'approval/duplicate' : 'approval/not-a-signer');
  }

  async #checkComplete(entry: Entry): Promise<void> {
    const signed = signedPeople(entry);
    const state = quorumState(quorumOf(entry), signed);
    if (!state.met) {
      const required = state.missingRequired.map((key) => addressOf(key).slice(0, 8)).join(', ');
      throw new AppError(
        'contract/quorum-not-met',
        `${state.weight} of ${state.threshold}${required === '' ? '' : `; required: ${required}`}`,
      );
    }
    if (entry.packet.purpose === 'delete') return;
    if (!signed.has(toHex(entry.document.payer))) throw new AppError('contract/payer-not-signed');
    const accepted = acceptedFarmers(entry);
    const missing = (await this.#packets.farmersOf(entry)).find((farmer) => !accepted.has(farmer));
    if (missing !== undefined) throw new AppError('contract/farmer-not-accepted', missing.slice(0, 8));
  }
}
