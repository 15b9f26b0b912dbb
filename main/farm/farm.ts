/**
 * "Become a farmer": one switch over the node-agent of this machine, remembered over restarts. Signs nothing by itself:
 * the farm record and the node's countersignature lie on the review desk first.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { Replica } from '../../bcdb/replica-api.ts';
import { type Countersigned, countersignBytes } from '../../core/bodies.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { type FarmStateView, type Limits, limitsSchema, type ReviewView } from '../../core/ipc/views.ts';
import { addressOf, type PublicKey } from '../../core/keys.ts';
import type { FarmView } from '../../core/views.ts';
import type { Changes } from '../changes.ts';
import { createTurns } from '../in-turn.ts';
import type { Log } from '../log.ts';
import type { Proposal, Reviews } from '../review/reviews.ts';
import { countersignWords } from '../review/words.ts';
import { openStateFile, type StateFile } from '../state-file.ts';
import type { Vault } from '../vault/vault.ts';
import { startAgent } from './agent-process.ts';
import { Supervisor } from './supervisor.ts';

const schema = v.strictObject({ isFarming: v.boolean(), limits: limitsSchema });

/** What a farm is built from. */
export type FarmOptions = {
  readonly folder: string;
  readonly vault: Vault;
  readonly reviews: Reviews;
  readonly changes: Changes;
  readonly log: Log;
  readonly now: () => number;
  /** The open replica; throws when there is none. */
  readonly replica: () => Replica;
  readonly nodePath: string;
  readonly agentEntry: string;
  /** Told of a file that had to be set aside. */
  readonly onDamaged: (path: string) => void;
};

/** The most contracts that are looked through for earnings. */
const mostContracts = 500;

export class Farm {
  readonly #options: FarmOptions;
  readonly #file: StateFile<v.InferOutput<typeof schema>>;
  readonly #supervisor: Supervisor;
  readonly #inTurn = createTurns();
  /** What the node waits for, and how it lies on the review desk. */
  #request: Proposal | undefined;
  #countersign: ReviewView | undefined;

  private constructor(options: FarmOptions, file: StateFile<v.InferOutput<typeof schema>>) {
    this.#options = options;
    this.#file = file;
    const { log, now, changes } = options;
    this.#supervisor = new Supervisor({
      log,
      now,
      onChange: () => changes.mark('farm'),
      startRun: (onLine) => this.#startRun(onLine),
      onCountersign: (statement) => this.#askToCountersign(statement),
    });
  }

  static async open(options: FarmOptions): Promise<Farm> {
    const file = await openStateFile({
      path: join(options.folder, 'farm.json'),
      version: 1,
      schema,
      initial: { isFarming: false, limits: {} },
      now: options.now,
      onDamaged: options.onDamaged,
    });
    return new Farm(options, file);
  }

  /** True while the agent is wanted and not given up. */
  get isRunning(): boolean {
    return this.#supervisor.isOn;
  }

  /** What the farm screen shows; works without a grid too. */
  async view(replica: Replica | undefined): Promise<FarmStateView> {
    const me = this.#options.vault.publicKey('wallet');
    const nodeKey = this.#options.vault.publicKey('node');
    const farm = replica === undefined || me === undefined ? null : await farmOf(replica, me);
    const node =
      replica === undefined || nodeKey === undefined ? null : await replica.query('node', { id: toHex(nodeKey) });
    return {
      farm,
      node,
      isFarming: this.#file.value.isFarming,
      agent: this.#supervisor.view(),
      countersign: this.#requestOnDesk(),
      limits: this.#file.value.limits,
      imagesFolder: this.#imagesFolder,
      earnedStroops: replica === undefined || farm === null ? 0n : await earned(replica, farm),
    };
  }

  /**
   * Flips the switch on, after a stop under way has ended. An agent that runs with other limits starts anew with these.
   * Throws `farm/unknown` while there is no farm to join.
   */
  start(limits: Limits): Promise<void> {
    return this.#inTurn(() => this.#start(limits));
  }

  /** Keeps the limits for the next start; applies them at once while farming, as `start` does. */
  saveLimits(limits: Limits): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#file.value.isFarming) await this.#start(limits);
      else await this.#file.save({ isFarming: false, limits });
      this.#options.changes.mark('farm');
    });
  }

  /** Flips it off; resolves when the agent is gone. */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#file.save({ ...this.#file.value, isFarming: false });
      this.#forgetRequest();
      await this.#supervisor.stop(true);
    });
  }

  /** Takes up farming again where the last run of the app left it. */
  takeUp(): void {
    if (this.#file.value.isFarming) this.#supervisor.start();
  }

  /** Ends the agent's process, not its containers; the next start of the app takes them up again. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#supervisor.stop(false));
  }

  get #agentFolder(): string {
    return join(this.#options.folder, 'node-agent');
  }

  get #imagesFolder(): string {
    return join(this.#agentFolder, 'images');
  }

  async #start(limits: Limits): Promise<void> {
    await this.#needFarm();
    const isOther = !isDeepStrictEqual(limits, this.#file.value.limits);
    await this.#file.save({ isFarming: true, limits });
    if (!isOther) {
      this.#supervisor.start();
      return;
    }
    // What the agent waits for was measured with the old limits; it asks again.
    this.#forgetRequest();
    await this.#supervisor.restart();
  }

  async #needFarm(): Promise<FarmView> {
    const me = this.#options.vault.publicKey('wallet');
    if (me === undefined) throw new AppError('vault/empty');
    const farm = await farmOf(this.#options.replica(), me);
    if (farm === null) throw new AppError('farm/unknown', 'create the farm first', { retry: true });
    return farm;
  }

  async #startRun(onLine: Parameters<typeof startAgent>[0]['onLine']): Promise<ReturnType<typeof startAgent>> {
    const { vault, nodePath, agentEntry, log } = this.#options;
    const farm = await this.#needFarm();
    const invitation = await this.#options.replica().invitation('long');
    const folder = this.#agentFolder;
    const imagesFolder = this.#imagesFolder;
    await mkdir(imagesFolder, { recursive: true, mode: 0o700 });
    const { limits } = this.#file.value;
    // Inside `use`, so that the seed leaves the vault for the pipe and for nowhere else.
    return vault.use('node', (nodeSeed) =>
      startAgent({
        nodePath,
        entryPath: agentEntry,
        start: { type: 'start', folder, imagesFolder, invitation, nodeSeed, farm: fromHex(farm.id), limits },
        onLine,
        onGarbage: (what) => log('warn', 'agent', 'garbage', { what }),
      }),
    );
  }

  /** Lays the node's request before the owner, unless it asks for another node or farm than this machine's. */
  #askToCountersign(statement: Countersigned): void {
    const { vault, log, changes } = this.#options;
    const node = vault.publicKey('node');
    if (node === undefined || toHex(statement.node) !== toHex(node)) {
      log('error', 'farm', 'countersign-refused', { what: 'not the node of this machine' });
      return;
    }
    this.#forgetRequest();
    this.#request = {
      kind: 'countersign',
      bytes: countersignBytes(statement),
      words: countersignWords(statement.node, statement.farm, statement.capacity),
      check: async () => {
        const farm = await this.#needFarm();
        if (farm.id !== toHex(statement.farm)) throw new AppError('farm/not-owner', toHex(statement.farm).slice(0, 16));
      },
      finish: async (signature) => {
        this.#supervisor.countersigned(signature);
        this.#forgetRequest();
        changes.mark('farm');
        return { record: null, contract: null };
      },
    };
    changes.mark('farm');
  }

  /** The node's request as a review; laid on the desk again when it was put away undecided, because the node still waits. */
  #requestOnDesk(): ReviewView | null {
    const { reviews } = this.#options;
    if (this.#request === undefined) return null;
    if (this.#countersign === undefined || !reviews.has(this.#countersign.id)) {
      this.#countersign = reviews.propose(this.#request);
    }
    return this.#countersign;
  }

  #forgetRequest(): void {
    if (this.#countersign !== undefined) this.#options.reviews.drop(this.#countersign.id);
    this.#request = undefined;
    this.#countersign = undefined;
  }
}

/** The farm of an owner: the first one. */
async function farmOf(replica: Replica, owner: PublicKey): Promise<FarmView | null> {
  const [farm] = await replica.query('farms', { owner: addressOf(owner), limit: 1 });
  return farm ?? null;
}

/** What the farm's workloads earned. */
async function earned(replica: Replica, farm: FarmView): Promise<bigint> {
  const contracts = await replica.query('contracts', { farmer: farm.owner, limit: mostContracts });
  const nodes = new Map<string, boolean>();
  for (const id of new Set(contracts.flatMap(({ workloads }) => workloads.map(({ node }) => node)))) {
    nodes.set(id, (await replica.query('node', { id }))?.farm === farm.id);
  }
  return contracts
    .flatMap(({ workloads }) => workloads)
    .reduce((sum, workload) => (nodes.get(workload.node) === true ? sum + workload.earned : sum), 0n);
}
