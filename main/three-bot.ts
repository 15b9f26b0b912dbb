/**
 * One 3bot, put together: vault, grid, desk, farm, and the gate in front of them. Starts nothing on import; the hosts
 * call `openThreeBot` and show what it offers.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Replica, ReplicaOptions } from '../bcdb/replica-api.ts';
import { codeOf, toErrorData } from '../core/errors.ts';
import { ipc } from '../core/ipc/contract.ts';
import { defaultNetwork, settingsSchema } from '../core/ipc/views.ts';
import { addressOf, sign, type Verify } from '../core/keys.ts';
import { createChanges } from './changes.ts';
import { Desk } from './desk/desk.ts';
import { Negotiator } from './desk/negotiator.ts';
import { PacketStore } from './desk/packet-store.ts';
import { Packets } from './desk/packets.ts';
import { Farm } from './farm/farm.ts';
import { GridHome } from './grid/grid-home.ts';
import { onLive, untilLive } from './grid/until-live.ts';
import { createGuardianship, type Guardianship } from './guardian/guardianship.ts';
import { handlersOf } from './handlers/handlers.ts';
import type { Shell } from './host/shell.ts';
import { type GridServices, type House, me } from './house.ts';
import { announce } from './identity/announce.ts';
import { NewWords } from './identity/new-words.ts';
import { createTurns } from './in-turn.ts';
import { createGate } from './ipc/gate.ts';
import type { Log } from './log.ts';
import { Contacts } from './people/contacts.ts';
import { Reviews } from './review/reviews.ts';
import { openStateFile } from './state-file.ts';
import type { Keychain } from './vault/keychain.ts';
import { KeychainHealth } from './vault/keychain-health.ts';
import type { ScryptCost } from './vault/sealing.ts';
import { Vault } from './vault/vault.ts';

/** What a 3bot is built from. */
export type ThreeBotOptions = {
  readonly version: string;
  readonly host: 'electron' | 'browser';
  /** The profile folder; made when missing. */
  readonly folder: string;
  readonly now: () => number;
  readonly log: Log;
  readonly keychain: Keychain;
  readonly binding: string;
  readonly verify: Verify;
  readonly openReplica: (options: ReplicaOptions) => Promise<Replica>;
  /** The binary that runs child processes: Node, never Electron. */
  readonly nodePath: string;
  readonly agentEntry: string;
  /** What orders records among several guardians, when not the nats-server on PATH. */
  readonly sequencer?: ReplicaOptions['sequencer'];
  readonly scryptCost?: ScryptCost;
  /** How long a new member waits for its grid before it goes on; its profile then follows when the grid answers. */
  readonly liveTimeoutMs?: number;
};

/** A running 3bot. */
export type ThreeBot = Shell & {
  /** Opens the vault without a person: by the keychain alone, or with a passphrase that was handed over. Never throws. */
  unlock(passphrase?: string): Promise<void>;
  readonly guardianship: Guardianship;
  close(): Promise<void>;
};

const defaultLiveTimeoutMs = 15_000;

export async function openThreeBot(options: ThreeBotOptions): Promise<ThreeBot> {
  const { folder, now, log, keychain, binding, verify } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const damaged: string[] = [];
  const onDamaged = (path: string): void => {
    damaged.push(path);
    log('error', 'app', 'set-aside', { path });
  };
  const changes = createChanges();
  const vault = await Vault.open({
    folder,
    keychain,
    binding,
    now,
    ...(options.scryptCost === undefined ? {} : { scryptCost: options.scryptCost }),
    onTrouble: (code, detail) => log('warn', 'vault', 'trouble', { code, detail }),
  });
  const signWithWallet = (bytes: Uint8Array): Uint8Array => vault.use('wallet', (seed) => sign(seed, bytes));
  const signNet = (bytes: Uint8Array): Uint8Array => vault.use('net', (seed) => sign(seed, bytes));
  const reviews = new Reviews({ sign: signWithWallet, newId: () => randomBytes(32).toString('hex') });
  const contacts = await Contacts.open(folder, now, onDamaged);
  const state = { version: 1, now, onDamaged } as const;
  const settings = await openStateFile({
    ...state,
    path: join(folder, 'settings.json'),
    schema: settingsSchema,
    initial: { theme: 'system', autoLockMinutes: 15, network: defaultNetwork, keeps: 'automatic' },
  });
  const ownName = await openStateFile({
    ...state,
    path: join(folder, 'name.json'),
    schema: v.nullable(v.string()),
    initial: null,
  });

  let services: GridServices | undefined;

  const openServices = async (replica: Replica): Promise<void> => {
    const self = me(vault);
    const store = await PacketStore.open({ folder: join(folder, 'packets'), verify, now, onDamaged });
    const { nameOf } = contacts;
    const packets = new Packets({
      replica,
      store,
      me: self,
      myName: () => ownName.value,
      nameOf,
      verify,
      now,
      onChange: () => changes.mark('desk'),
      onFault: (error) => log('error', 'desk', 'not-kept', { ...toErrorData(error) }),
    });
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    const desk = new Desk({ packets, replica, reviews, me: self, nameOf, random });
    const isUnlocked = (): boolean => vault.state.kind === 'unlocked';
    const negotiator = new Negotiator({
      packets,
      replica,
      me: self,
      verify,
      sign: signWithWallet,
      isUnlocked,
      onTrouble: (packet, { code, detail }) => log('warn', 'desk', 'not-answered', { packet, code, detail }),
    });
    replica.handle('message', (peer, payload) => negotiator.handle(peer, payload));
    services = { replica, packets, desk, negotiator };
    onLive(replica, () => watch('announce', announceSelf()));
    await packets.start();
    watch('answer', negotiator.answer());
  };

  /** Work in the background: its trouble goes to the log, never to nobody. */
  const watch = (what: string, work: Promise<unknown>): void => {
    work.catch((error: unknown) => log('error', 'app', what, { ...toErrorData(error) }));
  };

  const grid = await GridHome.open({
    folder,
    vault,
    changes,
    log,
    now,
    openReplica: options.openReplica,
    nodePath: options.nodePath,
    settings: () => settings.value,
    sequencer: options.sequencer,
    onOpened: openServices,
    onDamaged,
  });
  const farm = await Farm.open({
    folder,
    vault,
    reviews,
    changes,
    log,
    now,
    replica: () => grid.need(),
    nodePath: options.nodePath,
    agentEntry: options.agentEntry,
    onDamaged,
  });

  const inTurn = createTurns();
  const announceSelf = (): Promise<void> => inTurn(announceOnce);
  const announceOnce = async (): Promise<void> => {
    const { replica } = grid;
    if (replica === undefined || vault.state.kind !== 'unlocked') return;
    try {
      await untilLive(replica, options.liveTimeoutMs ?? defaultLiveTimeoutMs);
      const name = ownName.value ?? addressOf(me(vault)).slice(0, 8);
      const done = await announce({ replica, me: me(vault), name, sign: signWithWallet, signNet });
      if (done === 'published') log('info', 'identity', 'profile-published');
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      log('warn', 'identity', 'profile-waits', { ...toErrorData(error) });
    }
  };

  /** What an unlock sets going: the grid, then all that waited for the keys. */
  const onUnlocked = async (): Promise<void> => {
    await grid.start();
    if (grid.replica === undefined || vault.state.kind !== 'unlocked') return;
    farm.takeUp();
    await announceSelf();
    await services?.negotiator.answer();
  };
  vault.onChange(({ kind }) => {
    changes.mark('identity', 'app');
    if (kind === 'unlocked') watch('after-unlock', onUnlocked());
  });

  const house: House = {
    version: options.version,
    host: options.host,
    folder,
    now,
    log,
    changes,
    vault,
    keychainHealth: new KeychainHealth(keychain),
    newWords: new NewWords(),
    ownName,
    settings,
    damaged,
    contacts,
    reviews,
    grid,
    farm,
    services: () => {
      grid.need();
      if (services === undefined) throw new Error('services without a grid');
      return services;
    },
    announce: announceSelf,
  };

  return {
    gate: createGate({ contract: ipc, handlers: handlersOf(house), log }),
    log,
    onChanged: (listener) => changes.on(listener),
    lock: () => vault.lock(),
    async suspend() {
      await grid.replica?.suspend();
    },
    async resume() {
      await grid.replica?.resume();
      services?.packets.hurry();
    },
    isFarming: () => farm.isRunning,
    guardianship: createGuardianship({ grid, vault, settings }),
    async unlock(passphrase) {
      if (vault.state.kind === 'empty' || (vault.hasPassphrase && passphrase === undefined)) return;
      try {
        await vault.unlock(passphrase);
      } catch (error) {
        log('warn', 'vault', 'not-unlocked', { ...toErrorData(error) });
      }
    },
    async close() {
      await farm.close();
      services?.packets.close();
      await grid.close();
      vault.lock();
      await keychain.close();
    },
  };
}
