/**
 * The packets that lie on this 3bot's desk: takes them in, merges them, keeps them, brings them to those who wait for
 * them. What it holds is private between the 3bots. It asks nobody and signs nothing.
 */

import type { Replica } from '../../bcdb/replica-api.ts';
import { equalBytes, fromHex, toHex } from '../../core/bytes.ts';
import { type Approval, decodeDocument } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { PacketView } from '../../core/ipc/views.ts';
import { addressOf, type PublicKey, type Verify } from '../../core/keys.ts';
import { encodeMessage } from '../../core/message.ts';
import { addApproval, decodePacket, encodePacket, mergePackets, type Packet, packetId } from '../../core/packet.ts';
import { signersOf } from '../../core/quorum.ts';
import type { NameOf } from '../review/words.ts';
import { Courier } from './delivery.ts';
import { givesWay, mostPackets, strongerClaim } from './desk-room.ts';
import { withHead, withJudgedHead } from './packet-heads.ts';
import { audienceOf, packetViewOf, quorumOf } from './packet-state.ts';
import { type Entry, newEntry, type PacketStore, packetDigest } from './packet-store.ts';

export type PacketsOptions = {
  readonly replica: Replica;
  readonly store: PacketStore;
  readonly me: PublicKey;
  readonly myName: () => string | null;
  readonly nameOf: NameOf;
  readonly verify: Verify;
  readonly now: () => number;
  /** Told when a packet is new or changed. */
  readonly onChange: () => void;
  /** Told of what went wrong behind a call that has been answered already. */
  readonly onFault: (error: unknown) => void;
};

export class Packets {
  readonly #options: PacketsOptions;
  readonly #store: PacketStore;
  readonly #replica: Replica;
  readonly #courier: Courier;

  constructor(options: PacketsOptions) {
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

  async views(): Promise<PacketView[]> {
    return Promise.all(this.#store.all().map((entry) => this.view(entry)));
  }

  /** Newest first. */
  entries(): readonly Entry[] {
    return this.#store.all();
  }

  /** Throws `desk/unknown-packet`. */
  need(id: string): Entry {
    return this.#store.need(id);
  }

  /** Lays a new packet of our own on the desk; nothing is sent yet. */
  async open(packet: Packet): Promise<PacketView> {
    const known = this.#store.get(toHex(packetId(packet)));
    const entry =
      known ?? (await this.#store.put(newEntry(await withHead(this.#replica, packet), this.#options.now(), false)));
    this.#options.onChange();
    return this.view(entry);
  }

  /** Sends a packet to all who must sign and to the farmers, and goes on until it arrived. */
  async send(id: string): Promise<PacketView> {
    const entry = await this.#store.put({ ...this.#store.need(id), isSent: true });
    await this.#deliver(id);
    return this.view(entry);
  }

  /** Puts an approval of this 3bot into a packet and brings it to those who wait for it. */
  async approve(id: string, approval: Approval): Promise<void> {
    const entry = this.#store.need(id);
    const { [addressOf(this.#options.me)]: _declined, ...declines } = entry.declines;
    const packet = await withHead(this.#replica, addApproval(entry.packet, approval));
    await this.#store.put(this.#touched({ ...entry, declines, packet }));
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
      this.#bring(`${id}:decline:${addressOf(to)}`, to, message, entry, () => {});
    }
    this.#options.onChange();
    return this.view(entry);
  }

  /** Notes the record that was handed in for a packet. */
  async recorded(id: string, record: string): Promise<void> {
    await this.#note(id, (entry) => ({ ...entry, record }));
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
      for (const to of audience) this.#bring(`${id}:withdraw:${addressOf(to)}`, to, message, entry, () => {});
    }
    this.#options.onChange();
  }

  /** Takes a packet from a file, which a person chose: whoever made it. */
  async importPacket(bytes: Uint8Array): Promise<PacketView> {
    return this.view(await this.receive(decodePacket(bytes, this.#options.verify).packet));
  }

  /**
   * Merges what `sender` (an address; absent: a person, by file) brought. A packet comes from its coordinator first, and
   * what its coordinator sends again is no longer taken back. Throws `record/wrong-grid` for another grid, and
   * `desk/bad-packet` for a first packet from somebody else, or when the desk is full of what may not give way;
   * `replica/forked-head` when its head proves another history than ours, `replica/bad-certificate` for a false head.
   */
  async receive(received: Packet, sender?: string): Promise<Entry> {
    if (toHex(decodeDocument(received.document).grid) !== toHex(this.#replica.grid)) {
      throw new AppError('record/wrong-grid');
    }
    const packet = await withJudgedHead(this.#replica, received);
    const id = toHex(packetId(packet));
    const isFromCoordinator = sender === undefined || sender === addressOf(packet.coordinator);
    const known = this.#store.get(id);
    if (known === undefined) {
      if (!isFromCoordinator) throw new AppError('desk/bad-packet', 'not from its coordinator', { retry: true });
      const entry = newEntry(packet, this.#options.now(), true);
      await this.#makeRoom();
      await this.#store.put(entry);
      this.#options.onChange();
      return entry;
    }
    const { me } = this.#options;
    const before = known.packet.coordinator;
    const coordinator = isFromCoordinator ? strongerClaim(known, packet, me) : before;
    const merged = { ...mergePackets(known.packet, packet), coordinator };
    const isWithdrawn = known.isWithdrawn && !(isFromCoordinator && equalBytes(coordinator, packet.coordinator));
    const isKnown = equalBytes(encodePacket(merged), encodePacket(known.packet));
    if (isKnown && isWithdrawn === known.isWithdrawn) return known;
    const entry = await this.#store.put(this.#touched({ ...known, packet: merged, isWithdrawn }));
    if (equalBytes(coordinator, me) || !equalBytes(coordinator, before)) await this.#deliver(id);
    this.#options.onChange();
    return entry;
  }

  /** Notes that somebody said no; whoever was not asked has no say. */
  async declined(id: string, sender: string, reason: string): Promise<void> {
    const entry = this.#store.get(id);
    if (entry === undefined) return;
    const asked = [...signersOf(quorumOf(entry)).map(addressOf), ...(await this.farmersOf(entry))];
    if (!asked.includes(sender)) return;
    await this.#note(id, (now) => ({ ...now, declines: { ...now.declines, [sender]: reason } }));
  }

  /** Notes that the coordinator took the packet back; nobody else can. */
  async withdrawn(id: string, sender: string): Promise<void> {
    await this.#note(id, (entry) =>
      addressOf(entry.packet.coordinator) === sender ? { ...entry, isWithdrawn: true } : entry,
    );
  }

  /** Changes an entry that is still there; `change` gives back the same one when nothing is new. */
  async #note(id: string, change: (entry: Entry) => Entry): Promise<void> {
    const entry = this.#store.get(id);
    const changed = entry === undefined ? undefined : change(entry);
    if (changed === undefined || changed === entry) return;
    await this.#store.put(this.#touched(changed));
    this.#options.onChange();
  }

  /** Forgets packets of strangers until there is room for one more. Throws `desk/bad-packet` when none may go. */
  async #makeRoom(): Promise<void> {
    const { me, nameOf } = this.#options;
    const isKept = (key: PublicKey): boolean => toHex(key) === toHex(me) || nameOf(addressOf(key)) !== undefined;
    const entries = this.#store.all();
    if (entries.length < mostPackets) return;
    const leaving = givesWay(entries, isKept, await this.blockTime());
    if (leaving === undefined) throw new AppError('desk/bad-packet', 'the desk is full', { retry: true });
    await this.#store.remove(leaving.id);
  }

  /** Addresses of those whose farms the document's nodes belong to, each once. */
  async farmersOf(entry: Entry): Promise<readonly string[]> {
    const ids = [...new Set(entry.document.workloads.map((workload) => toHex(workload.node)))];
    const nodes = await Promise.all(ids.map((id) => this.#replica.query('node', { id })));
    return [...new Set(nodes.flatMap((node) => (node === null ? [] : [node.farmer])))];
  }

  /** The packet as a screen shows it now. */
  async view(entry: Entry): Promise<PacketView> {
    const [farmers, contract, outbox, nowMs] = await Promise.all([
      this.farmersOf(entry),
      this.#replica.query('contract', { id: entry.contract }),
      this.#replica.query('outbox', { limit: 200 }),
      this.blockTime(),
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

  /** Block time: the only clock that deadlines know. */
  async blockTime(): Promise<number> {
    return (await this.#replica.query('head', null)).timeMs;
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
      this.#bring(`${id}:${address}`, to, message, entry, async () => {
        const now = this.#store.get(id);
        if (now !== undefined) {
          await this.#store.put({ ...now, note: null, delivered: { ...now.delivered, [address]: digest } });
        }
      });
    }
  }

  #bring(key: string, to: PublicKey, message: Uint8Array, about: Entry, onDone: () => Promise<void> | void): void {
    this.#courier.bring({
      key,
      to,
      message,
      isWanted: () => this.#isUnderWay(about),
      onDone,
      onTrouble: (code) => {
        const noted = this.#note(about.id, (entry) => (entry.note === code ? entry : { ...entry, note: code }));
        noted.catch(this.#options.onFault);
      },
    });
  }

  /** True until the deadline, or the record, makes every word about a packet too late. */
  async #isUnderWay({ contract: id, document, packet }: Entry): Promise<boolean> {
    const contract = await this.#replica.query('contract', { id });
    if (packet.purpose === 'provision') return contract === null && (await this.blockTime()) <= document.signByMs;
    return contract !== null && ['deploying', 'running'].includes(contract.state);
  }

  #touched(entry: Entry): Entry {
    return { ...entry, updatedMs: this.#options.now() };
  }
}
