/**
 * This 3bot's place on a grid: which one it is on, and the open replica. Keys go to the replica once, while the vault is
 * open; a later lock does not stop it. Knows nothing of wallets or contracts.
 */
import { join } from 'node:path';
import * as v from 'valibot';
import type { NetworkOptions, Reach, Replica, ReplicaOptions } from '../../bcdb/replica-api.ts';
import { AppError, type ErrorCode, toErrorData } from '../../core/errors.ts';
import type { Settings } from '../../core/ipc/views.ts';
import type { ReplicaView } from '../../core/views.ts';
import type { Changes } from '../changes.ts';
import { createTurns } from '../in-turn.ts';
import type { Log } from '../log.ts';
import { openStateFile, type StateFile } from '../state-file.ts';
import type { Vault } from '../vault/vault.ts';

const schema = v.strictObject({
  /** What this 3bot is on its grid; null while it is on none. */
  role: v.nullable(v.picklist(['guardian', 'member'])),
});

type GridState = v.InferOutput<typeof schema>;

/** What a grid home is built from. */
export type GridHomeOptions = {
  readonly folder: string;
  readonly vault: Vault;
  readonly changes: Changes;
  readonly log: Log;
  readonly now: () => number;
  readonly openReplica: (options: ReplicaOptions) => Promise<Replica>;
  readonly nodePath?: string | undefined;
  /** How others are met and what is kept, asked at each opening. */
  readonly settings: () => Pick<Settings, 'network' | 'keeps'>;
  /** What orders records among several guardians, when not the nats-server on PATH. */
  readonly sequencer?: ReplicaOptions['sequencer'];
  /** Called with each replica right after it opened: services take their places. */
  readonly onOpened: (replica: Replica) => Promise<void>;
  /** Told of a file that had to be set aside. */
  readonly onDamaged: (path: string) => void;
};

const networkOf = ({ bootstrap, usesLan, helps }: Settings['network']): NetworkOptions => ({
  ...(bootstrap.length > 0 && { bootstrap }),
  lan: usesLan,
  helps,
});

const offline: Omit<ReplicaView, 'state' | 'alarm'> = {
  isGuardian: false,
  head: null,
  knownHeight: 0,
  peers: [],
  guardians: [],
  quorum: { needed: 0, here: 0 },
  pendingCount: 0,
  verification: null,
  healed: null,
};

export class GridHome {
  readonly #options: GridHomeOptions;
  readonly #file: StateFile<GridState>;
  readonly #inTurn = createTurns();
  #replica: Replica | undefined;
  #isOpening = false;
  #failure: { readonly code: ErrorCode; readonly detail: string } | undefined;

  private constructor(options: GridHomeOptions, file: StateFile<GridState>) {
    this.#options = options;
    this.#file = file;
  }

  static async open(options: GridHomeOptions): Promise<GridHome> {
    const file = await openStateFile({
      path: join(options.folder, 'grid.json'),
      version: 1,
      schema,
      initial: { role: null },
      now: options.now,
      onDamaged: options.onDamaged,
    });
    return new GridHome(options, file);
  }

  /** The open replica. Throws `grid/none`, `vault/locked` while it waits for the keys, or why it could not be opened. */
  need(): Replica {
    if (this.#replica !== undefined) return this.#replica;
    if (this.#file.value.role === null) throw new AppError('grid/none');
    if (this.#failure !== undefined) throw new AppError(this.#failure.code, this.#failure.detail);
    if (this.#options.vault.state.kind !== 'unlocked') throw new AppError('vault/locked', 'unlock to open the grid');
    throw new AppError('replica/closed', 'still opening', { retry: true });
  }

  /** The open replica, if there is one. */
  get replica(): Replica | undefined {
    return this.#replica;
  }

  /** How it stands, for the top bar; null while this 3bot is on no grid. */
  view(): ReplicaView | null {
    if (this.#replica !== undefined) return this.#replica.state();
    if (this.#file.value.role === null) return null;
    return { ...offline, state: this.#isOpening ? 'starting' : 'stopped', alarm: this.#failure ?? null };
  }

  /** Opens the replica of the grid that this 3bot is on, if any. Needs an unlocked vault; never throws. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const { role } = this.#file.value;
      if (role === null || this.#replica !== undefined || this.#options.vault.state.kind !== 'unlocked') return;
      try {
        await this.#openAs(role, { how: 'open' });
      } catch (error) {
        const { code, detail } = toErrorData(error, 'replica/corrupt');
        // Cut off between deciding for a grid and making it: there is none yet.
        if (code === 'replica/not-found') await this.#file.save({ role: null });
        else this.#failure = { code, detail };
        this.#options.log('error', 'grid', 'not-opened', { code, detail });
        this.#options.changes.mark('grid');
      }
    });
  }

  /** Makes a grid with this 3bot as its guardian, local unless `reach` says otherwise. Throws `grid/exists`. */
  create(genesis: Uint8Array, reach?: Reach): Promise<void> {
    return this.#settle('guardian', { how: 'create', genesis, reach });
  }

  /** Joins a grid, `guardian`: to become one when the guardians there agree. Throws `grid/exists`, `grid/bad-invitation | not-found`, `net/*`. */
  join(invitation: string, role: 'guardian' | 'member' = 'member'): Promise<void> {
    return this.#settle(role, { how: 'join', invitation });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#replica?.close();
      this.#replica = undefined;
    });
  }

  #settle(role: 'guardian' | 'member', start: ReplicaOptions['start']): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#file.value.role !== null) throw new AppError('grid/exists');
      if (this.#options.vault.state.kind === 'empty') throw new AppError('vault/empty');
      await this.#file.save({ role });
      try {
        await this.#openAs(role, start);
      } catch (error) {
        if (this.#replica === undefined) await this.#file.save({ role: null });
        throw error;
      }
    });
  }

  async #openAs(role: 'guardian' | 'member', start: ReplicaOptions['start']): Promise<void> {
    const { vault, folder, changes, log, nodePath, sequencer } = this.#options;
    const { network, keeps } = this.#options.settings();
    this.#isOpening = true;
    this.#failure = undefined;
    changes.mark('grid');
    const copyOf = (name: 'net' | 'guardian'): Uint8Array => vault.use(name, (bytes) => Uint8Array.from(bytes));
    const netSeed = copyOf('net');
    const guardianSeed = role === 'guardian' ? copyOf('guardian') : undefined;
    try {
      const replica = await this.#options.openReplica({
        folder: join(folder, 'replica'),
        netSeed,
        ...(guardianSeed === undefined ? {} : { guardianSeed }),
        start,
        network: networkOf(network),
        ...(keeps === 'automatic' ? {} : { keeps }),
        nodePath,
        sequencer,
        onError: (error) => log('error', 'grid', 'replica', { code: error.code, detail: error.detail }),
      });
      this.#replica = replica;
      replica.on('head', ({ height, timeMs }) => changes.markHead({ height, timeMs }));
      replica.on('outbox', () => changes.mark('wallet', 'grid', 'desk'));
      replica.on('state', () => changes.mark('grid'));
      await this.#options.onOpened(replica);
    } finally {
      netSeed.fill(0);
      guardianSeed?.fill(0);
      this.#isOpening = false;
      changes.mark('grid', 'wallet', 'capacity', 'contracts', 'desk', 'farm');
    }
  }
}
