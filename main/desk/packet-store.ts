/**
 * The packets of this 3bot on disk: one small file each, written as a whole and durably. Holds what arrived and what
 * was said about it; decides nothing. A file that does not parse is set aside with a date, never overwritten.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { sha256, toHex } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { type ContractDocument, decodeDocument, documentHash } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { decodePacket, encodePacket, type Packet, packetId } from '../../core/packet.ts';
import { anyBytes, parse, timeMs } from '../../core/schema.ts';
import { setAside, writeDurably } from '../durable-file.ts';
import { createTurns } from '../in-turn.ts';

const entrySchema = v.strictObject({
  v: v.literal(1),
  packet: anyBytes,
  /** True once the coordinator sent it round. */
  isSent: v.boolean(),
  /** Who said no, by address, with their words. */
  declines: v.record(v.string(), v.string()),
  /** What each party has acknowledged: address -> digest of the packet's bytes. */
  delivered: v.record(v.string(), v.string()),
  /** The record that puts it into the BCDB, once handed in. */
  record: v.nullable(v.string()),
  note: v.nullable(v.string()),
  isWithdrawn: v.boolean(),
  createdMs: timeMs,
  updatedMs: timeMs,
});

type Stored = v.InferOutput<typeof entrySchema>;

/** A packet with what is known about it. */
export type Entry = Omit<Stored, 'v' | 'packet'> & {
  readonly id: string;
  readonly packet: Packet;
  readonly document: ContractDocument;
  /** Document hash, hex: the contract's id. */
  readonly contract: string;
};

/** Digest of what people said in a packet: changes with every signature, and not with the head that it carries. */
export const packetDigest = (packet: Packet): string => toHex(sha256(encodePacket({ ...packet, head: undefined })));

/** A new entry around a packet. */
export function newEntry(packet: Packet, nowMs: number, isSent: boolean): Entry {
  return {
    id: toHex(packetId(packet)),
    packet,
    document: decodeDocument(packet.document),
    contract: toHex(documentHash(packet.document)),
    isSent,
    declines: {},
    delivered: {},
    record: null,
    note: null,
    isWithdrawn: false,
    createdMs: nowMs,
    updatedMs: nowMs,
  };
}

export class PacketStore {
  readonly #folder: string;
  readonly #entries = new Map<string, Entry>();
  readonly #inTurn = createTurns();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads all packets of a folder; `onDamaged` is told of each file that had to be set aside. */
  static async open(options: {
    readonly folder: string;
    readonly verify: Verify;
    readonly now: () => number;
    readonly onDamaged: (path: string) => void;
  }): Promise<PacketStore> {
    const store = new PacketStore(options.folder);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(options.folder)) {
      if (!/^[0-9a-f]{64}\.packet$/.test(name)) continue;
      const path = join(options.folder, name);
      const entry = readEntry(await readFile(path), options.verify);
      if (entry === undefined) options.onDamaged(await setAside(path, options.now()));
      else store.#entries.set(entry.id, entry);
    }
    return store;
  }

  all(): readonly Entry[] {
    return [...this.#entries.values()].sort((a, b) => b.createdMs - a.createdMs);
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Throws `desk/unknown-packet`. */
  need(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new AppError('desk/unknown-packet', id.slice(0, 16));
    return entry;
  }

  /** Durable when it resolves. */
  async put(entry: Entry): Promise<Entry> {
    this.#entries.set(entry.id, entry);
    const { id, packet, document: _document, contract: _contract, ...rest } = entry;
    const bytes = encode({ v: 1, ...rest, packet: encodePacket(packet) });
    await this.#inTurn(() => writeDurably(this.#path(id), bytes));
    return entry;
  }

  async remove(id: string): Promise<void> {
    this.#entries.delete(id);
    await this.#inTurn(() => rm(this.#path(id), { force: true }));
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.packet`);
  }
}

/** Undefined for anything that this version did not write. */
function readEntry(bytes: Uint8Array, verify: Verify): Entry | undefined {
  try {
    const {
      v: _v,
      packet: packetBytes,
      ...rest
    } = parse(entrySchema, decode(new Uint8Array(bytes)), 'desk/bad-packet');
    const { packet, document } = decodePacket(packetBytes, verify);
    const contract = toHex(documentHash(packet.document));
    return { id: toHex(packetId(packet)), packet, document, contract, ...rest };
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
