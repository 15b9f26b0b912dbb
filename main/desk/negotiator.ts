/**
 * What this 3bot does by itself when other 3bots speak to it: takes packets in, notes refusals, and, as a farmer's
 * bot, accepts or declines by the farmer's rules. People's own votes are never given here.
 */

import type { Replica } from '../../bcdb/replica-api.ts';
import { toHex } from '../../core/bytes.ts';
import { approvalBytes } from '../../core/contract.ts';
import { AppError, type ErrorData, toErrorData } from '../../core/errors.ts';
import { addressOf, type PublicKey, type Verify } from '../../core/keys.ts';
import { decodeMessage } from '../../core/message.ts';
import { decodePacket, subjectOf } from '../../core/packet.ts';
import { signersOf } from '../../core/quorum.ts';
import type { FarmView, NodeView } from '../../core/views.ts';
import { judgeProposal } from './accept-rules.ts';
import { acceptedFarmers } from './packet-state.ts';
import type { Entry } from './packet-store.ts';
import type { Packets } from './packets.ts';

export type NegotiatorOptions = {
  readonly packets: Packets;
  readonly replica: Replica;
  readonly me: PublicKey;
  readonly verify: Verify;
  /** Signs with the wallet key; throws `vault/locked` while locked, and the answer waits for the unlock. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  readonly isUnlocked: () => boolean;
  /** Told why a proposal could not be answered; the next round tries again. */
  readonly onTrouble: (packet: string, trouble: ErrorData) => void;
};

export class Negotiator {
  readonly #options: NegotiatorOptions;
  #answering: Promise<void> = Promise.resolve();

  constructor(options: NegotiatorOptions) {
    this.#options = options;
  }

  /** Handles one message; what it throws goes back to the sender as a code. */
  async handle(peer: Uint8Array, payload: Uint8Array): Promise<Uint8Array> {
    const { packets, replica, verify } = this.#options;
    const message = decodeMessage(payload);
    const sender = await replica.query('profileByNet', { net: toHex(peer) });
    if (sender === null) throw new AppError('desk/unknown-peer', '', { retry: true });
    if (message.type === 'packet') {
      const received = decodePacket(message.packet, verify);
      if (!(await this.#concernsMe(received))) throw new AppError('desk/bad-packet', 'it does not concern this 3bot');
      await packets.receive(received.packet, sender.address);
      void this.answer();
    } else if (message.type === 'decline') {
      await packets.declined(toHex(message.id), sender.address, message.reason);
    } else {
      await packets.withdrawn(toHex(message.id), sender.address);
    }
    return new Uint8Array(0);
  }

  /** Answers, as a farmer, every proposal that waits for it; does nothing while the vault is locked. Never rejects. */
  answer(): Promise<void> {
    this.#answering = this.#answering.then(() => this.#answerAll());
    return this.#answering;
  }

  async #answerAll(): Promise<void> {
    const { packets, me, isUnlocked, onTrouble } = this.#options;
    if (!isUnlocked()) return;
    const address = addressOf(me);
    for (const entry of packets.entries()) {
      if (entry.packet.purpose !== 'provision' || entry.isWithdrawn || entry.record !== null) continue;
      if (acceptedFarmers(entry).has(address) || entry.declines[address] !== undefined) continue;
      // Each by itself: a lock, a full disk or one odd packet must not keep the others from their answer.
      await this.#answerOne(entry, address).catch((error: unknown) => onTrouble(entry.id, toErrorData(error)));
    }
  }

  async #answerOne(entry: Entry, address: string): Promise<void> {
    const { packets, replica, me, sign } = this.#options;
    if (!(await packets.farmersOf(entry)).includes(address)) return;
    const nodes = new Map<string, NodeView>();
    for (const workload of entry.document.workloads) {
      const node = await replica.query('node', { id: toHex(workload.node) });
      if (node !== null && node.farmer === address) nodes.set(node.id, node);
    }
    const farms = new Map<string, FarmView>();
    for (const id of new Set([...nodes.values()].map((node) => node.farm))) {
      const farm = await replica.query('farm', { id });
      if (farm !== null) farms.set(id, farm);
    }
    const { timeMs } = await replica.query('head', null);
    const { document, packet } = entry;
    const answer = judgeProposal({ document, coordinator: packet.coordinator, nodes, farms, nowMs: timeMs });
    if (answer === 'wait') return;
    if (answer !== 'yes') {
      await packets.decline(entry.id, `${answer.code}: ${answer.detail}`.slice(0, 200));
      return;
    }
    const bytes = approvalBytes(subjectOf(document, packet.document, 'accept'));
    await packets.approve(entry.id, { signer: me, purpose: 'accept', signature: sign(bytes) });
  }

  /** A stranger's packet lands here only if this 3bot has a part in it. */
  async #concernsMe(entry: Pick<Entry, 'document' | 'packet'>): Promise<boolean> {
    const myHex = toHex(this.#options.me);
    const { provision, delete: deleteQuorum, payer, workloads } = entry.document;
    const people = [...signersOf(provision), ...signersOf(deleteQuorum), payer, entry.packet.coordinator];
    if (people.some((key) => toHex(key) === myHex)) return true;
    const address = addressOf(this.#options.me);
    for (const workload of workloads) {
      const node = await this.#options.replica.query('node', { id: toHex(workload.node) });
      if (node?.farmer === address) return true;
    }
    return false;
  }
}
