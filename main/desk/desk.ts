/**
 * The co-signing desk: composes contracts, collects approvals from people and farmers, and records what is complete.
 * What it holds is private between the 3bots; only the finished record goes into the BCDB.
 */

import type { Replica } from '../../bcdb/replica-api.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { type Approval, approvalBytes, type Purpose } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { Output, ParsedInput } from '../../core/ipc/contract.ts';
import type { PacketView, ReviewView } from '../../core/ipc/views.ts';
import { addressOf, type PublicKey, type Verify } from '../../core/keys.ts';
import { encodeMessage } from '../../core/message.ts';
import {
  addApproval,
  decodePacket,
  encodePacket,
  mergePackets,
  type Packet,
  packetId,
  subjectOf,
} from '../../core/packet.ts';
import { quorumState, signersOf } from '../../core/quorum.ts';
import type { NodeView } from '../../core/views.ts';
import { proposeRecord } from '../review/record-proposal.ts';
import type { Reviews } from '../review/reviews.ts';
import { approvalWords, type NameOf } from '../review/words.ts';
import { composeDocument } from './compose.ts';
import { Courier } from './delivery.ts';
import { acceptedFarmers, audienceOf, packetViewOf, quorumOf, signedPeople } from './packet-state.ts';
import { type Entry, newEntry, type PacketStore, packetDigest } from './packet-store.ts';

export type DeskOptions = {
  readonly replica: Replica;
  readonly store: PacketStore;
  readonly reviews: Reviews;
  readonly me: PublicKey;
  readonly myName: () => string | null;
  readonly nameOf: NameOf;
  readonly verify: Verify;
  readonly now: () => number;
  readonly random: (length: number) => Uint8Array;
  /** Told when a packet is new or changed. */
  readonly onChange: () => void;
};

/** No more packets than this lie on one desk, so that strangers cannot fill a disk. */
const mostPackets = 1000;

export class Desk {
  readonly #options: DeskOptions;
  readonly #store: PacketStore;
  readonly #replica: Replica;
  readonly #courier: Courier;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#replica = options.replica;
    this.#courier = new Courier(options.replica);
  }

  /** Takes up deliveries that a restart interrupted. */
  async start(): Promise<void> {
    for (const entry of this.#store.all()) await this.#deliver(entry.id);
  }

  close(): void {
    this.#courier.close();
  }

  /** Tries unfinished deliveries at once, after a resume or when somebody new appeared. */
  hurry(): void {
    this.#courier.hurry();
  }

  async packets(): Promise<PacketView[]> {
    return Promise.all(this.#store.all().map((entry) => this.#view(entry)));
  }

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
      nowMs: await this.#blockTime(),
      nonce: this.#options.random(16),
    });
    return this.#open({ purpose: 'provision', document, coordinator: this.#options.me, approvals: [] });
  }

  async openCancel(contractId: string): Promise<PacketView> {
    const contract = await this.#replica.query('contract', { id: contractId });
    if (contract === null) throw new AppError('contract/unknown', contractId.slice(0, 16));
    if (contract.state !== 'deploying' && contract.state !== 'running') throw new AppError('contract/already-ended');
    return this.#open({
      purpose: 'delete',
      document: contract.documentBytes,
      coordinator: this.#options.me,
      approvals: [],
    });
  }

  async send(id: string): Promise<PacketView> {
    const entry = await this.#store.put({ ...this.#store.need(id), isSent: true });
    await this.#deliver(id);
    return this.#view(entry);
  }

  /** Lays the approval that this 3bot can give before its owner. Throws `approval/duplicate`, `approval/not-a-signer`. */
  async prepareSign(id: string): Promise<ReviewView> {
    const entry = this.#store.need(id);
    const purpose = await this.#purposeOf(entry);
    const bytes = approvalBytes(subjectOf(entry.document, entry.packet.document, purpose));
    return this.#options.reviews.propose({
      kind: 'approval',
      bytes,
      words: approvalWords(entry.packet.document, purpose, this.#options.nameOf),
      check: async () => {
        const now = this.#store.need(id);
        if (now.isWithdrawn) throw new AppError('review/stale', 'the packet was taken back');
        if (purpose !== 'delete' && (await this.#blockTime()) > now.document.signByMs) {
          throw new AppError('contract/deadline-passed');
        }
      },
      finish: async (signature) => {
        await this.approve(id, { signer: this.#options.me, purpose, signature });
        return { record: null, contract: entry.contract };
      },
    });
  }

  /** Puts an approval of this 3bot into a packet and brings it to those who wait for it. */
  async approve(id: string, approval: Approval): Promise<void> {
    const entry = this.#store.need(id);
    const { [addressOf(this.#options.me)]: _declined, ...declines } = entry.declines;
    await this.#store.put(this.#touched({ ...entry, declines, packet: addApproval(entry.packet, approval) }));
    await this.#deliver(id);
    this.#options.onChange();
  }

  /** Says no, with words for the other side. */
  async decline(id: string, reason: string): Promise<PacketView> {
    const me = addressOf(this.#options.me);
    const before = this.#store.need(id);
    const entry = await this.#store.put(this.#touched({ ...before, declines: { ...before.declines, [me]: reason } }));
    const message = encodeMessage({ type: 'decline', id: fromHex(id), reason });
    for (const to of audienceOf(entry, await this.farmersOf(entry), this.#options.me)) {
      this.#bring(`${id}:decline:${addressOf(to)}`, to, message, id, () => {});
    }
    this.#options.onChange();
    return this.#view(entry);
  }

  /** Throws what is missing: `contract/quorum-not-met`, `contract/payer-not-signed`, `contract/farmer-not-accepted`. */
  async prepareRecord(id: string): Promise<ReviewView> {
    const entry = this.#store.need(id);
    await this.#checkComplete(entry);
    const { replica, me: author, nameOf, reviews } = this.#options;
    const { approvals } = entry.packet;
    const onSubmitted = async (record: string): Promise<void> => {
      await this.#store.put(this.#touched({ ...this.#store.need(id), record }));
      this.#options.onChange();
    };
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

  /** Forgets a packet; when it was ours to coordinate and is on its way, the others are told. */
  async remove(id: string): Promise<void> {
    const entry = this.#store.need(id);
    const audience = audienceOf(entry, await this.farmersOf(entry), this.#options.me);
    const isOurs = toHex(entry.packet.coordinator) === toHex(this.#options.me);
    for (const to of audience) this.#courier.cancel(`${id}:${addressOf(to)}`);
    await this.#store.remove(id);
    if (isOurs && entry.isSent && entry.record === null) {
      const message = encodeMessage({ type: 'withdraw', id: fromHex(id) });
      for (const to of audience) this.#bring(`${id}:withdraw:${addressOf(to)}`, to, message, id, () => {});
    }
    this.#options.onChange();
  }

  exportPacket(id: string): Output<'desk.exportPacket'> {
    const entry = this.#store.need(id);
    return {
      fileName: `${entry.packet.purpose}-${entry.contract.slice(0, 12)}.3bot`,
      bytes: encodePacket(entry.packet),
    };
  }

  /** Takes a packet from a file; as good as one from the network. */
  async importPacket(bytes: Uint8Array): Promise<PacketView> {
    return this.#view(await this.receive(decodePacket(bytes, this.#options.verify).packet));
  }

  /** Merges what somebody sent. Throws `record/wrong-grid` for another grid, `desk/bad-packet` when the desk is full. */
  async receive(packet: Packet): Promise<Entry> {
    const id = toHex(packetId(packet));
    const known = this.#store.get(id);
    if (known === undefined) {
      if (this.#store.all().length >= mostPackets) throw new AppError('desk/bad-packet', 'the desk is full');
      const entry = newEntry(packet, this.#options.now(), true);
      if (toHex(entry.document.grid) !== toHex(this.#replica.grid)) throw new AppError('record/wrong-grid');
      await this.#store.put(entry);
      this.#options.onChange();
      return entry;
    }
    const merged = mergePackets(known.packet, packet);
    if (packetDigest(merged) === packetDigest(known.packet)) return known;
    const entry = await this.#store.put(this.#touched({ ...known, packet: merged }));
    if (toHex(merged.coordinator) === toHex(this.#options.me)) await this.#deliver(id);
    this.#options.onChange();
    return entry;
  }

  /** Notes that somebody said no, or that the coordinator took the packet back. */
  async note(id: string, change: (entry: Entry) => Entry): Promise<void> {
    const entry = this.#store.get(id);
    if (entry === undefined) return;
    await this.#store.put(this.#touched(change(entry)));
    this.#options.onChange();
  }

  entries(): readonly Entry[] {
    return this.#store.all();
  }

  /** Addresses of those whose farms the document's nodes belong to, each once. */
  async farmersOf(entry: Entry): Promise<readonly string[]> {
    const ids = [...new Set(entry.document.workloads.map((workload) => toHex(workload.node)))];
    const nodes = await Promise.all(ids.map((id) => this.#replica.query('node', { id })));
    return [...new Set(nodes.flatMap((node) => (node === null ? [] : [node.farmer])))];
  }

  async #open(packet: Packet): Promise<PacketView> {
    const known = this.#store.get(toHex(packetId(packet)));
    const entry = known ?? (await this.#store.put(newEntry(packet, this.#options.now(), false)));
    this.#options.onChange();
    return this.#view(entry);
  }

  async #view(entry: Entry): Promise<PacketView> {
    const [farmers, contract, outbox, nowMs] = await Promise.all([
      this.farmersOf(entry),
      this.#replica.query('contract', { id: entry.contract }),
      this.#replica.query('outbox', { limit: 200 }),
      this.#blockTime(),
    ]);
    return packetViewOf(entry, {
      me: this.#options.me,
      myName: this.#options.myName(),
      nameOf: this.#options.nameOf,
      farmers,
      contract,
      outbox: outbox.find((item) => item.id === entry.record),
      nowMs,
    });
  }

  /** What this 3bot can sign in a packet: its own vote first, then a farmer's acceptance. */
  async #purposeOf(entry: Entry): Promise<Purpose> {
    const me = this.#options.me;
    const isSigner = signersOf(quorumOf(entry)).some((key) => toHex(key) === toHex(me));
    const hasVoted = signedPeople(entry).has(toHex(me));
    if (isSigner && !hasVoted) return entry.packet.purpose;
    const isFarmer = entry.packet.purpose === 'provision' && (await this.farmersOf(entry)).includes(addressOf(me));
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
    const missing = (await this.farmersOf(entry)).find((farmer) => !accepted.has(farmer));
    if (missing !== undefined) throw new AppError('contract/farmer-not-accepted', missing.slice(0, 8));
  }

  /** Brings the packet, as it is now, to everybody who does not have it yet. */
  async #deliver(id: string): Promise<void> {
    const entry = this.#store.need(id);
    if (!entry.isSent || entry.isWithdrawn) return;
    const digest = packetDigest(entry.packet);
    const message = encodeMessage({ type: 'packet', packet: encodePacket(entry.packet) });
    for (const to of audienceOf(entry, await this.farmersOf(entry), this.#options.me)) {
      const address = addressOf(to);
      if (entry.delivered[address] === digest) continue;
      this.#bring(`${id}:${address}`, to, message, id, async () => {
        const now = this.#store.get(id);
        if (now !== undefined) {
          await this.#store.put({ ...now, note: null, delivered: { ...now.delivered, [address]: digest } });
        }
      });
    }
  }

  #bring(key: string, to: PublicKey, message: Uint8Array, id: string, onDone: () => Promise<void> | void): void {
    this.#courier.bring({
      key,
      to,
      message,
      onDone,
      onTrouble: (code) => {
        void this.note(id, (entry) => ({ ...entry, note: code }));
      },
    });
  }

  #touched(entry: Entry): Entry {
    return { ...entry, updatedMs: this.#options.now() };
  }

  async #blockTime(): Promise<number> {
    return (await this.#replica.query('head', null)).timeMs;
  }
}
