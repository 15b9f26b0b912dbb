// A simulated grid: real offices over real stores, with a sequencer, peers and feeds in memory, under a clock that only runs
// when told to. Watches all the time that nobody says two things and that no height is certified twice.

import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMessage } from '../../../bcdb/guardian/messages.ts';
import { Office } from '../../../bcdb/guardian/office.ts';
import type { OfficeState, OfficeStore } from '../../../bcdb/guardian/office-parts.ts';
import type { GuardianPeers } from '../../../bcdb/guardian/peer-messages.ts';
import { genesisProposal } from '../../../bcdb/guardian/round.ts';
import { gridRules } from '../../../bcdb/store/grid-rules.ts';
import { Store } from '../../../bcdb/store/store.ts';
import { verifySodium } from '../../../bcdb/verify.ts';
import { decodeBlock, decodeHeader, headerHash } from '../../../core/block.ts';
import { toHex } from '../../../core/bytes.ts';
import { AppError, codeOf, type ErrorData } from '../../../core/errors.ts';
import { decodePrepare } from '../../../core/guardian.ts';
import { addressOf } from '../../../core/keys.ts';
import { defaultPolicy, type Policy } from '../../../core/policy.ts';
import { Author } from '../bcdb-grid.ts';
import { foundSharedGrid, type SharedFounding } from '../bcdb-guardians.ts';
import { type Chance, chanceOf, Schedule } from './schedule.ts';
import { SimSequencers } from './sim-sequencer.ts';

export type Act = 'propose' | 'prepare' | 'lock' | 'certify' | 'tick' | 'move' | 'adopt' | 'epochRecord';

export type ClusterOptions = {
  readonly guardians: number;
  /** Replicas with a key that are no guardians at first. */
  readonly candidates?: number;
  readonly seed?: number;
  readonly policy?: Policy;
  readonly windowBytes?: number;
};

export type Node = {
  readonly index: number;
  readonly folder: string;
  readonly author: Author;
  /** Milliseconds by which its clock is off. */
  skewMs: number;
  store: Store;
  /** Undefined: it is not running. */
  office: Office | undefined;
  state: OfficeState | undefined;
  /** Dies right after this act of its store, before anybody hears of it. */
  dieAfter: Act | undefined;
  /** How often this act of its store fails from now on, as on a full disk. */
  readonly failing: Map<Act, number>;
  alarm: ErrorData | null;
  readonly errors: AppError[];
};

const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export class Cluster {
  readonly schedule = new Schedule();
  readonly chance: Chance;
  readonly sequencers: SimSequencers;
  readonly nodes: Node[] = [];
  readonly founding: SharedFounding;
  readonly alice = new Author('alice');
  readonly bob = new Author('bob');
  /** Told after each act of a guardian's store, before anybody else hears of it. */
  onAct: (index: number, act: Act) => void = () => undefined;
  /** Links that are cut, as `from>to`. */
  readonly cutLinks = new Set<string>();
  /** Whatever must never happen, and did. */
  readonly violations: string[] = [];
  readonly #folder: string;
  readonly #startMs: number;
  readonly #options: ClusterOptions;
  readonly #listeners = new Map<number, Set<(guardian: Uint8Array, bytes: Uint8Array) => void>>();
  readonly #certified = new Map<number, string>();
  readonly #said = new Map<string, string>();
  readonly #extra: Uint8Array[] = [];
  readonly #runs = new Map<number, { isDead: boolean }>();
  readonly #waiting: { readonly seq: number; readonly record: Uint8Array }[] = [];

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.chance = chanceOf(options.seed ?? 1);
    const count = options.guardians + (options.candidates ?? 0);
    this.sequencers = new SimSequencers(this.schedule, this.chance, count);
    this.sequencers.onPublish = (by, epoch, bytes) => this.#watch(by, epoch, bytes);
    const { policy = defaultPolicy } = options;
    this.founding = foundSharedGrid(options.guardians, [[this.alice, 10n ** 15n]], { policy });
    this.#startMs = genesisProposal(this.founding.genesis).timeMs;
    this.#folder = mkdtempSync(join(root, 'office-'));
    for (let index = 0; index < count; index++) {
      const author = this.founding.guardians[index] ?? new Author(`candidate ${index}`);
      const folder = join(this.#folder, `${index}`);
      const store = this.#openStore(index, folder, author);
      const node: Node = {
        index,
        folder,
        author,
        skewMs: 0,
        store,
        office: undefined,
        state: undefined,
        dieAfter: undefined,
        failing: new Map(),
        alarm: null,
        errors: [],
      };
      this.nodes.push(node);
    }
  }

  get guardians(): readonly Node[] {
    return this.nodes.slice(0, this.#options.guardians);
  }

  node(index: number): Node {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`no node ${index}`);
    return node;
  }

  #openStore(index: number, folder: string, author: Author): Store {
    const isGuardian = index < this.#options.guardians;
    const { genesis, grid } = this.founding;
    return new Store({
      folder,
      start: isGuardian ? { how: 'create', genesis } : { how: 'join', grid },
      guardianSeed: author.seed,
      rules: gridRules,
      verify: verifySodium,
      clock: () => this.wallMs(index),
      events: {
        head: ({ height }) => this.#headOf(index, height),
        outbox: () => undefined,
        alarm: (alarm) => {
          const node = this.nodes[index];
          if (node !== undefined) node.alarm = alarm;
        },
        defect: ({ code, detail }) => this.violations.push(`defect ${code} ${detail}`),
      },
    });
  }

  wallMs(index: number): number {
    return this.#startMs + 1000 + this.schedule.nowMs() + (this.nodes[index]?.skewMs ?? 0);
  }

  #headOf(index: number, height: number): void {
    const node = this.nodes[index];
    // The store tells of block 0 while it is being made.
    if (node === undefined) return;
    const { headerBytes } = decodeBlock(node.store.block(height));
    const hash = toHex(headerHash(headerBytes));
    const before = this.#certified.get(height);
    if (before !== undefined && before !== hash) this.violations.push(`two certified headers at height ${height}`);
    this.#certified.set(height, hash);
    node.office?.headChanged(height);
  }

  /** Nobody prepares or signs two headers in one epoch and height. */
  #watch(by: number, epoch: number, bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message?.kind !== 'prepare' && message?.kind !== 'commit') return;
    const { height } = decodeHeader(message.headerBytes);
    if (message.kind === 'prepare')
      decodePrepare(message.signed, { guardians: this.nodes.map(({ author }) => author.key), verify: verifySodium });
    const key = `${message.kind} ${by} ${epoch} ${height}`;
    const hash = toHex(headerHash(message.headerBytes));
    const before = this.#said.get(key);
    if (before !== undefined && before !== hash) this.violations.push(`said twice: ${key}`);
    this.#said.set(key, hash);
  }

  #officeStore(node: Node, run: { isDead: boolean }): OfficeStore {
    const { store } = node;
    const never = new Promise<never>(() => undefined);
    const call = async <T>(name: Act | 'other', work: () => T): Promise<T> => {
      if (run.isDead) return never;
      const failures = name === 'other' ? 0 : (node.failing.get(name) ?? 0);
      if (failures > 0 && name !== 'other') {
        node.failing.set(name, failures - 1);
        throw new AppError('replica/disk-full', name, { retry: true });
      }
      const value = work();
      if (name !== 'other') this.onAct(node.index, name);
      if (node.dieAfter === name) {
        node.dieAfter = undefined;
        this.#kill(node);
        return never;
      }
      return value;
    };
    return {
      situation: () => call('other', () => store.situation()),
      takeAdmitted: (count, bytes) => call('other', () => store.takeAdmitted(count, bytes)),
      propose: (proposal, header) => call('propose', () => store.act((acts) => acts.propose(proposal, header))),
      prepare: () => call('prepare', () => store.act((acts) => acts.prepare())),
      lock: (epoch, prepares) => call('lock', () => store.act((acts) => acts.lock(epoch, prepares))),
      certify: (certificate) => call('certify', () => store.act((acts) => acts.certify(certificate))),
      tick: (epoch) => call('tick', () => store.act((acts) => acts.tick(epoch))),
      move: (epoch) => call('move', () => store.act((acts) => acts.move(epoch))),
      epoch: () => call('other', () => store.act((acts) => acts.epoch())),
      locked: () => call('other', () => store.act((acts) => acts.locked())),
      epochRecord: (epoch, moves) => call('epochRecord', () => store.act((acts) => acts.epochRecord(epoch, moves))),
      adopt: (statement, epoch) => call('adopt', () => store.adopt(statement, epoch)),
    };
  }

  #peersOf(node: Node): GuardianPeers {
    const listeners = new Set<(guardian: Uint8Array, bytes: Uint8Array) => void>();
    this.#listeners.set(node.index, listeners);
    return {
      send: (guardian, bytes) => {
        const to = this.nodes.find(({ author }) => toHex(author.key) === toHex(guardian));
        if (to === undefined || this.#isCut(node.index, to.index)) return;
        this.schedule.after(this.chance.integer(5, 60), () => {
          if (this.#isCut(node.index, to.index) || to.office === undefined) return;
          for (const listener of this.#listeners.get(to.index) ?? []) listener(node.author.key, bytes);
        });
      },
      onMessage: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  }

  #isCut(from: number, to: number): boolean {
    return this.cutLinks.has(`${from}>${to}`);
  }

  /** Starts a node, or starts it again. */
  start(index: number): void {
    const node = this.node(index);
    const run = { isDead: false };
    this.#runs.set(index, run);
    const { grid } = this.founding;
    const guarded = (work: () => void) => () => {
      if (!run.isDead) work();
    };
    const office: Office = new Office({
      self: node.author.key,
      grid,
      store: this.#officeStore(node, run),
      host: this.sequencers.host(index),
      peers: this.#peersOf(node),
      verify: verifySodium,
      clock: () => this.wallMs(index),
      timers: {
        nowMs: () => this.schedule.nowMs(),
        after: (ms, work) => this.schedule.after(ms, guarded(work)),
      },
      nonce: () => Uint8Array.from({ length: 16 }, () => this.chance.integer(0, 255)),
      onState: (state) => {
        node.state = state;
      },
      onError: (error) => {
        node.errors.push(error);
        if (codeOf(error) === 'ipc/internal')
          this.violations.push(`defect in ${index}: ${String(error.cause ?? error)}`);
      },
      windowBytes: this.#options.windowBytes,
    });
    node.office = office;
    void office.start();
    this.#follow(node, run);
  }

  startAll(): void {
    for (const { index } of this.nodes) this.start(index);
    this.#handIn();
  }

  /** Like kill -9: nothing that is in memory is left. */
  #kill(node: Node): void {
    const run = this.#runs.get(node.index);
    if (run !== undefined) run.isDead = true;
    const { office } = node;
    node.office = undefined;
    node.state = undefined;
    this.#listeners.get(node.index)?.clear();
    void office?.close();
  }

  kill(index: number): void {
    this.#kill(this.node(index));
  }

  /** Opens the database again and takes office. */
  restart(index: number): void {
    const node = this.node(index);
    this.#kill(node);
    node.store.close();
    node.store = this.#openStore(index, node.folder, node.author);
    this.start(index);
  }

  /** Copies a node's disk as it is now. */
  backup(index: number): string {
    const node = this.node(index);
    const copy = `${node.folder}-backup-${this.schedule.nowMs()}`;
    const wasRunning = node.office !== undefined;
    this.#kill(node);
    node.store.close();
    cpSync(node.folder, copy, { recursive: true });
    node.store = this.#openStore(index, node.folder, node.author);
    if (wasRunning) this.start(index);
    return copy;
  }

  /** Sets a node's disk back to a copy, and starts it. */
  restore(index: number, copy: string): void {
    const node = this.node(index);
    this.#kill(node);
    node.store.close();
    rmSync(node.folder, { recursive: true });
    cpSync(copy, node.folder, { recursive: true });
    node.store = this.#openStore(index, node.folder, node.author);
    this.start(index);
  }

  /** Takes certified blocks from others now and then, as from their feeds. */
  #follow(node: Node, run: { isDead: boolean }): void {
    this.schedule.after(this.chance.integer(200, 600), () => {
      if (run.isDead) return;
      const others = this.nodes.filter(
        (other) => other !== node && other.office !== undefined && !this.#isCut(other.index, node.index),
      );
      if (others.length > 0) this.#takeBlocks(node, this.chance.pick(others));
      this.#follow(node, run);
    });
  }

  #takeBlocks(node: Node, from: Node): void {
    try {
      for (let height = this.heightOf(node) + 1; height <= this.heightOf(from); height++) {
        node.store.apply(from.store.block(height));
      }
    } catch (error) {
      this.violations.push(`node ${node.index} refused a block: ${String(error)}`);
    }
  }

  heightOf(node: Node): number {
    return node.store.info().head?.height ?? -1;
  }

  heights(): readonly number[] {
    return this.nodes.map((node) => this.heightOf(node));
  }

  /** Writes transfers and hands them in, at any guardians, some of them twice and in any order, until they are final. */
  pay(count: number): void {
    for (let index = 0; index < count; index++) {
      const record = this.alice.transfer(this.founding.grid, this.bob.key, 1n);
      this.#waiting.push({ seq: this.alice.seq, record });
    }
  }

  submit(record: Uint8Array): void {
    this.#extra.push(record);
  }

  /** Records of alice that are final on a node. */
  finalOn(node: Node): number {
    return node.store.query('next', { author: addressOf(this.alice.key) }).seq - 1;
  }

  #handIn(): void {
    const alive = this.nodes.filter(({ office, store }) => office !== undefined && store.info().isGuardian);
    for (const node of this.chance.next() < 0.5 ? alive : alive.slice(0, 1)) {
      const final = this.finalOn(node);
      const open = this.#waiting.filter(({ seq }) => seq > final).map(({ record }) => record);
      const records = [...this.#extra, ...(this.chance.next() < 0.2 ? open.toReversed() : open)].slice(0, 256);
      if (records.length === 0) continue;
      try {
        node.store.admit(records);
        node.office?.admitted();
      } catch {
        // a guardian that cannot take records now: they are handed in again
      }
    }
    this.schedule.after(this.chance.integer(100, 300), () => this.#handIn());
  }

  /** Cuts a node off from streams, peers and feeds; `from`: only what it would hear, only what it says, or both. */
  isolate(index: number, how: 'both' | 'deaf' | 'mute' = 'both'): void {
    this.sequencers.faults.cut.add(index);
    for (const { index: other } of this.nodes) {
      if (how !== 'mute') this.cutLinks.add(`${other}>${index}`);
      if (how !== 'deaf') this.cutLinks.add(`${index}>${other}`);
    }
  }

  /** All links and streams are there again. */
  heal(): void {
    this.cutLinks.clear();
    const { faults } = this.sequencers;
    faults.cut.clear();
    faults.slow.clear();
    faults.lostAcks = 0;
    faults.delayMs = 4;
  }

  /** Pays a little, and says whether that becomes final everywhere in this time. */
  async isAlive(mostMs = 60_000, nodes?: readonly Node[]): Promise<boolean> {
    this.pay(3);
    return this.untilFinal(mostMs, nodes);
  }

  /** Runs until all running nodes among `nodes` have alice's records up to `seq`. */
  untilFinal(mostMs: number, nodes: readonly Node[] = this.guardians): Promise<boolean> {
    const { seq } = this.alice;
    return this.schedule.run(mostMs, () =>
      nodes.every((node) => node.office === undefined || this.finalOn(node) >= seq),
    );
  }

  end(): void {
    for (const node of this.nodes) {
      this.#kill(node);
      node.store.close();
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
