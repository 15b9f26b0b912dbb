/**
 * The rooms of one 3bot's main process as its handlers see them: what belongs together for the life of the process, and
 * what lives only while a grid is open. Types and small look-ups; opens nothing.
 */
import type { Replica } from '../bcdb/replica-api.ts';
import { AppError } from '../core/errors.ts';
import type { Settings } from '../core/ipc/views.ts';
import { addressOf, type PublicKey } from '../core/keys.ts';
import type { Changes } from './changes.ts';
import type { Desk } from './desk/desk.ts';
import type { Negotiator } from './desk/negotiator.ts';
import type { Packets } from './desk/packets.ts';
import type { Farm } from './farm/farm.ts';
import type { GridHome } from './grid/grid-home.ts';
import type { NewWords } from './identity/new-words.ts';
import type { Log } from './log.ts';
import type { Contacts } from './people/contacts.ts';
import type { Reviews } from './review/reviews.ts';
import type { StateFile } from './state-file.ts';
import type { KeychainHealth } from './vault/keychain-health.ts';
import type { Vault } from './vault/vault.ts';

/** What works on an open grid. */
export type GridServices = {
  readonly replica: Replica;
  readonly packets: Packets;
  readonly desk: Desk;
  readonly negotiator: Negotiator;
};

/** Everything a handler may need. */
export type House = {
  readonly version: string;
  readonly host: 'electron' | 'browser';
  readonly folder: string;
  readonly now: () => number;
  readonly log: Log;
  readonly changes: Changes;
  readonly vault: Vault;
  readonly keychainHealth: KeychainHealth;
  readonly newWords: NewWords;
  /** What the owner calls himself; the name of the profile record. */
  readonly ownName: StateFile<string | null>;
  readonly settings: StateFile<Settings>;
  /** Files that had to be set aside since the start. */
  readonly damaged: readonly string[];
  readonly contacts: Contacts;
  readonly reviews: Reviews;
  readonly grid: GridHome;
  readonly farm: Farm;
  /** Throws what `GridHome.need` throws. */
  readonly services: () => GridServices;
  /** Publishes the profile if the grid lacks it; resolves when that is done or cannot be done now. */
  readonly announce: () => Promise<void>;
};

/** The public key of this 3bot, locked or not. Throws `vault/empty`. */
export function me(vault: Vault): PublicKey {
  const key = vault.publicKey('wallet');
  if (key === undefined) throw new AppError('vault/empty');
  return key;
}

/** The address of this 3bot. Throws `vault/empty`. */
export const myAddress = (vault: Vault): string => addressOf(me(vault));
