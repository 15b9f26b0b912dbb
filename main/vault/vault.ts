/**
 * The vault: the identity of this 3bot at rest, and the only door to its secrets.
 * Never creates an identity where one exists or may exist; never holds a decrypted key after `lock`.
 *
 * Secrets inside: `entropy` (the 24 words), `wallet` (signs records and approvals), and three service keys, `node`,
 * `guardian`, `net`. All are sealed alike and leave only while unlocked. Service keys are handed, once per unlock,
 * to the process that works with them (node-agent, guardian, network), so that a locked wallet does not stop a
 * farm or a grid: those processes hold their own key and no other, until they end.
 */
import { randomBytes } from 'node:crypto';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import { wordsOf } from '../../core/keys.ts';
import { createTurns } from '../in-turn.ts';
import { forgetKeychainKey, isKeychainCode, makeKeychainKeyOrNone, readKeychainKey } from './keychain-key.ts';
import { checkPassphrase, GuessBrake } from './passphrase.ts';
import { defaultScryptCost, type ScryptCost } from './sealing.ts';
import { consume, Secret, wipe } from './secret.ts';
import {
  backupVault,
  type PublicKeys,
  readVault,
  type SealedName,
  type VaultFile,
  writePin,
  writeVault,
} from './vault-file.ts';
import {
  type Contents,
  checkWallet,
  contentsOf,
  isOfMachine,
  judgeVault,
  makeVaultFile,
  openDataKey,
  openItem,
  pinnedKey,
  recoverContents,
  wipeContents,
  wrapDataKey,
} from './vault-keys.ts';
import type { VaultOptions, VaultState } from './vault-state.ts';

/** One 3bot's vault in one profile folder. */
export class Vault {
  readonly #options: VaultOptions;
  readonly #brake: GuessBrake;
  readonly #cost: ScryptCost;
  readonly #onTrouble: (code: ErrorCode, what: string) => void;
  readonly #listeners = new Set<(state: VaultState) => void>();
  #state: VaultState = { kind: 'empty' };
  #file: VaultFile | undefined;
  #pinnedWallet: string | undefined;
  #dataKey: Secret | undefined;
  /** How often `lock` was called: an unlock under way notices. */
  #locks = 0;
  readonly #inTurn = createTurns();

  private constructor(options: VaultOptions) {
    this.#options = options;
    this.#brake = new GuessBrake(options.now);
    this.#cost = options.scryptCost ?? defaultScryptCost;
    this.#onTrouble = options.onTrouble ?? (() => {});
  }

  /** Reads what stands in the folder. Touches no keychain. */
  static async open(options: VaultOptions): Promise<Vault> {
    const vault = new Vault(options);
    const onDisk = await readVault(options.folder, options.now());
    const { state, file, pinnedWallet } = judgeVault(onDisk, options.binding);
    vault.#state = state;
    vault.#file = file;
    vault.#pinnedWallet = pinnedWallet;
    // Cut off between vault and pin: pinned now.
    if (onDisk.kind === 'vault' && onDisk.pinnedWallet === undefined) {
      await writePin(options.folder, onDisk.vault.publicKeys.wallet);
    }
    return vault;
  }

  /** Where the vault stands now. */
  get state(): VaultState {
    return this.#state;
  }

  /** True when a passphrase is needed to open it, in whatever state it is. */
  get hasPassphrase(): boolean {
    return this.#file !== undefined && this.#file.protection !== 'keychain';
  }

  /** A pinned public key: readable while locked, undefined when there is no vault file. */
  publicKey(name: keyof PublicKeys): Uint8Array | undefined {
    return this.#file === undefined ? undefined : pinnedKey(this.#file, name);
  }

  /** Calls `listener` at each change of state; returns how to stop. */
  onChange(listener: (state: VaultState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Makes a new identity of freshly made words. Throws `vault/exists` or `vault/repair-needed` when one exists or may
   * exist, `vault/passphrase-required` when this machine has no working secret store and no passphrase came.
   */
  create(words: string, passphrase?: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state.kind === 'repair') throw new AppError('vault/repair-needed', this.#state.code);
      if (this.#state.kind !== 'empty') throw new AppError('vault/exists');
      await this.#establish(contentsOf(words), passphrase);
    });
  }

  /**
   * Brings an identity back from its words: into an empty profile, or as the repair of a vault that does not open.
   * Throws `vault/other-identity` when the words are not those of the pinned identity.
   */
  restore(words: string, passphrase?: string): Promise<void> {
    return this.#inTurn(async () => {
      const previous = this.#file;
      const contents = recoverContents(words, previous, this.#pinnedWallet, this.#options.binding);
      if (previous !== undefined) await backupVault(this.#options.folder, previous, this.#options.now());
      await this.#establish(contents, passphrase);
      if (previous !== undefined && isOfMachine(previous, this.#options.binding)) {
        await forgetKeychainKey(this.#options.keychain, previous.id, this.#onTrouble);
      }
    });
  }

  /**
   * Opens the vault. Throws `vault/passphrase-required`, `vault/wrong-passphrase`, `vault/wait`, or a code that it keeps
   * as the `repair` state; trouble of the keychain may pass, so a later `unlock` tries again.
   */
  unlock(passphrase?: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state.kind === 'unlocked') return;
      const file = this.#fileToOpen();
      const locksBefore = this.#locks;
      const dataKey = await this.#openDataKey(file, passphrase);
      if (this.#locks === locksBefore) return this.#hold(file, dataKey);
      // Locked while the key was being opened: the lock wins.
      wipe(dataKey);
      throw new AppError('vault/locked');
    });
  }

  /** Forgets every decrypted key, at once. */
  lock(): void {
    this.#locks += 1;
    this.#dataKey?.wipe();
    this.#dataKey = undefined;
    if (this.#state.kind === 'unlocked') this.#become({ kind: 'locked', protection: this.#state.protection });
  }

  /**
   * Hands one secret to `action` and wipes it. Synchronous, so that no use outlasts a lock; `action` must not keep the
   * bytes. Throws `vault/locked`, `vault/empty`, `vault/repair-needed`.
   */
  use<T>(name: SealedName, action: (bytes: Uint8Array) => T): T {
    const file = this.#file;
    if (this.#dataKey === undefined || file === undefined) {
      if (this.#state.kind === 'repair') throw new AppError('vault/repair-needed', this.#state.code);
      throw new AppError(this.#state.kind === 'empty' ? 'vault/empty' : 'vault/locked');
    }
    return consume(
      this.#dataKey.use((dataKey) => openItem(file, dataKey, name)),
      action,
    );
  }

  /** Sets, changes or (with `next` undefined) removes the passphrase. The current one is always asked for. */
  changePassphrase(current: string | undefined, next: string | undefined): Promise<void> {
    return this.#inTurn(async () => {
      if (next !== undefined) checkPassphrase(next);
      const file = this.#fileToOpen();
      const dataKey = await this.#openDataKey(file, current);
      try {
        const hasKeychainKey = file.protection !== 'passphrase';
        const keychainKey = hasKeychainKey
          ? await this.#readKeychain(file.id)
          : await this.#makeKeychainKey(file.id, next);
        const wrapped = await wrapDataKey(
          file,
          dataKey,
          { keychainKey, passphrase: next },
          this.#options.binding,
          this.#cost,
        );
        if (keychainKey !== undefined) wipe(keychainKey);
        const { scrypt: _previous, ...rest } = file;
        const changed: VaultFile = { ...rest, ...wrapped };
        await writeVault(this.#options.folder, changed);
        this.#file = changed;
        this.#become({ kind: this.#state.kind === 'unlocked' ? 'unlocked' : 'locked', protection: changed.protection });
      } finally {
        wipe(dataKey);
      }
    });
  }

  /** The 24 words, for the eyes of their owner: asks the passphrase again, or the keychain afresh. */
  revealWords(passphrase?: string): Promise<string> {
    return this.#inTurn(async () => {
      const file = this.#fileToOpen();
      const dataKey = await this.#openDataKey(file, passphrase);
      return consume(dataKey, (key) => consume(openItem(file, key, 'entropy'), wordsOf));
    });
  }

  /** The file, when nothing permanent stands against opening it. */
  #fileToOpen(): VaultFile {
    if (this.#state.kind === 'repair' && !isKeychainCode(this.#state.code)) throw new AppError(this.#state.code);
    if (this.#file === undefined) throw new AppError('vault/empty');
    return this.#file;
  }

  async #openDataKey(file: VaultFile, passphrase: string | undefined): Promise<Uint8Array> {
    const needsPassphrase = file.protection !== 'keychain';
    if (needsPassphrase && passphrase === undefined) throw new AppError('vault/passphrase-required');
    if (needsPassphrase) this.#brake.check();
    const keychainKey = file.protection === 'passphrase' ? undefined : await this.#readKeychain(file.id);
    const dataKey = await openDataKey(
      file,
      { keychainKey, passphrase: needsPassphrase ? passphrase : undefined },
      this.#options.binding,
    );
    if (keychainKey !== undefined) wipe(keychainKey);
    if (dataKey !== undefined) {
      this.#brake.right();
      return dataKey;
    }
    if (!needsPassphrase)
      throw this.#needsRepair(new AppError('vault/damaged', 'the key in the keychain does not open this vault'));
    this.#brake.wrong();
    throw new AppError('vault/wrong-passphrase');
  }

  async #readKeychain(id: string): Promise<Uint8Array> {
    try {
      return await readKeychainKey(this.#options.keychain, id);
    } catch (error) {
      throw isKeychainCode(codeOf(error)) ? this.#needsRepair(error) : error;
    }
  }

  /** Keeps trouble as the state, except while unlocked: an open vault is not closed by a failed second look. */
  #needsRepair(error: unknown): unknown {
    const code = codeOf(error);
    if (code !== undefined && this.#state.kind !== 'unlocked') this.#become({ kind: 'repair', code });
    return error;
  }

  /** Seals contents under a new id, and unlocks. Wipes `contents`. */
  async #establish(contents: Contents, passphrase: string | undefined): Promise<void> {
    try {
      if (passphrase !== undefined) checkPassphrase(passphrase);
      const id = randomBytes(16).toString('hex');
      const keychainKey = await this.#makeKeychainKey(id, passphrase);
      const openers = { keychainKey, passphrase };
      const file = await makeVaultFile(id, contents, openers, this.#options.binding, this.#cost);
      await writeVault(this.#options.folder, file);
      const dataKey = await openDataKey(file, openers, this.#options.binding);
      if (keychainKey !== undefined) wipe(keychainKey);
      if (dataKey === undefined) throw new AppError('vault/damaged', 'a vault just written does not open');
      this.#pinnedWallet = file.publicKeys.wallet;
      this.#hold(file, dataKey);
    } finally {
      wipeContents(contents);
    }
  }

  #makeKeychainKey(id: string, passphrase: string | undefined): Promise<Uint8Array | undefined> {
    return makeKeychainKeyOrNone(this.#options.keychain, id, passphrase !== undefined, this.#onTrouble);
  }

  #hold(file: VaultFile, dataKey: Uint8Array): void {
    // The sealed wallet must be the pinned one: a file whose parts do not fit together never signs.
    try {
      checkWallet(file, dataKey);
    } catch (error) {
      wipe(dataKey);
      throw this.#needsRepair(error);
    }
    this.#dataKey?.wipe();
    this.#dataKey = new Secret(dataKey);
    this.#file = file;
    this.#become({ kind: 'unlocked', protection: file.protection });
  }

  #become(state: VaultState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
