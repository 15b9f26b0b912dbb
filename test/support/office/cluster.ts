// A simulated grid: real offices over real stores, with a sequencer, peers and feeds in memory, under a clock that only runs
// when told to. Watches all the time that nobody says two things and that no height is certified twice.

import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Office } from '../../../bcdb/guardian/office.ts';
import { genesisProposal } from '../../../bcdb/guardian/round.ts';
import { gridRules } from '../../../bcdb/store/grid-rules.ts';
import { Store } from '../../../bcdb/store/store.ts';
import { verifySodium } from '../../../bcdb/verify.ts';
import { decodeBlock } from '../../../core/block.ts';
import { codeOf } from '../../../core/errors.ts';
import { defaultPolicy } from '../../../core/policy.ts';
import { checkTwoStatements } from '../../../core/two-statements.ts';
import { Author } from '../bcdb-grid.ts';
import { foundSharedGrid, type SharedFounding } from '../bcdb-guardians.ts';
import { type Act, type ClusterOptions, type Node, newNode, noteAlarm, officeStoreOf } from './node.ts';
import { Payments } from './payments.ts';
import { type Chance, chanceOf, Schedule } from './schedule.ts';
import { SimLinks } from './sim-links.ts';
import { SimSequencers } from './sim-sequencer.ts';
import { Watch } from './watch.ts';

const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export class Cluster {
  readonly schedule = new Schedule();
  readonly chance: Chance;
  readonly sequencers: SimSequencers;
  readonly nodes: Node[] = [];
  readonly founding: SharedFounding;
  readonly alice = new Author('alice');
  /** Told after each act of a guardian's store, before anybody else hears of it. */
  onAct: (index: number, act: Act) => void = () => undefined;
  readonly #folder: string;
  readonly #startMs: number;
  readonly #options: ClusterOptions;
  readonly #links: SimLinks;
  readonly #watch = new Watch();
  readonly #runs = new Map<number, { isDead: boolean }>();
  readonly #payments: Payments;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.chance = chanceOf(options.seed ?? 1);
    const count = options.guardians + (options.candidates ?? 0);
    this.sequencers = new SimSequencers(this.schedule, this.chance, count);
    this.sequencers.onPublish = (by, epoch, bytes) => this.#watch.said(by, epoch, bytes);
    const { policy = defaultPolicy } = options;
    this.founding = foundSharedGrid(options.guardians, [[this.alice, 10n ** 15n]], { policy });
    this.#links = new SimLinks(this.nodes, this.schedule, this.chance);
    this.#payments = new Payments(this.founding.grid, this.alice);
    this.#startMs = genesisProposal(this.founding.genesis).timeMs;
    this.#folder = mkdtempSync(join(root, 'office-'));
    for (let index = 0; index < count; index++) {
      const author = this.founding.guardians[index] ?? new Author(`candidate ${index}`);
      const folder = join(this.#folder, `${index}`);
      const store = this.#openStore(index, folder, author);
      this.nodes.push(newNode(index, folder, author, store));
    }
  }

  /** Whatever must never happen, and did. */
  get violations(): string[] {
    return this.#watch.violations;
  }

  /** Addresses of those who are to be found to say two things. */
  get liars(): Set<string> {
    return this.#watch.liars;
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
      rules: this.#options.rulesOf?.(index) ?? gridRules,
      verify: verifySodium,
      clock: () => this.wallMs(index),
      events: {
        head: ({ height }) => this.#headOf(index, height),
        outbox: () => undefined,
        alarm: (alarm) => noteAlarm(this.nodes[index], alarm),
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
    this.#watch.certified(height, decodeBlock(node.store.block(height)).headerBytes);
    node.office?.headChanged(height);
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
      store: officeStoreOf(node, run, {
        onAct: (act) => this.onAct(index, act),
        onDeath: () => this.#kill(node),
        onAccused: (ours, theirs) =>
          this.#watch.accused(index, checkTwoStatements(ours, theirs, { grid, verify: verifySodium })),
      }),
      host: this.sequencers.host(index),
      peers: this.#links.peersOf(node),
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
    this.#links.forget(node);
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
        (other) => other !== node && other.office !== undefined && !this.#links.isCut(other.index, node.index),
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
      if (node.alarm === null) this.violations.push(`node ${node.index} refused a block: ${String(error)}`);
    }
  }

  heightOf(node: Node): number {
    return node.store.info().head?.height ?? -1;
  }

  heights(): readonly number[] {
    return this.nodes.map((node) => this.heightOf(node));
  }

  /** Writes transfers, which are handed in until they are final. */
  pay(count: number): void {
    this.#payments.pay(count);
  }

  /** Any other record, handed in again and again. */
  submit(record: Uint8Array): void {
    this.#payments.submit(record);
  }

  /** Alice's records that are final on a node. */
  finalOn(node: Node): number {
    return this.#payments.finalOn(node);
  }

  #handIn(): void {
    this.#payments.handIn(this.nodes, this.chance);
    this.schedule.after(this.chance.integer(100, 300), () => this.#handIn());
  }

  /** Cuts a node off from streams, peers and feeds; `from`: only what it would hear, only what it says, or both. */
  isolate(index: number, how: 'both' | 'deaf' | 'mute' = 'both'): void {
    this.sequencers.faults.cut.add(index);
    this.#links.isolate(index, how);
  }

  /** All links and streams are there again. */
  heal(): void {
    this.#links.heal();
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
