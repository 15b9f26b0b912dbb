/**
 * How the vault file is made and opened: which keys wrap the data key, what is sealed under it, what binds it
 * to machine and identity. Pure over its arguments except for randomness; no files, no state.
 */
import { createHash, randomBytes } from 'node:crypto';
import { fromHex, toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { accountSeed, entropyOf, publicKeyOf } from '../../core/keys.ts';
import { keyOfPassphrase, mixKeys, type ScryptCost, seal, unseal } from './sealing.ts';
import { consume, wipe } from './secret.ts';
import type { SealedName, VaultFile, VaultOnDisk } from './vault-file.ts';
import type { VaultState } from './vault-state.ts';

/** The plain contents of a vault. Short-lived: wipe with `wipeContents`. */
export type Contents = Readonly<Record<SealedName, Uint8Array>>;

/** What opens a vault: one or both. The keychain's key stays the caller's to wipe. */
export type Openers = { readonly keychainKey?: Uint8Array | undefined; readonly passphrase?: string | undefined };

const sealedNames = ['entropy', 'wallet', 'node', 'guardian', 'net'] as const satisfies readonly SealedName[];

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const decode = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** Overwrites everything. */
export const wipeContents = (contents: Contents): void => {
  for (const name of sealedNames) wipe(contents[name]);
};

/** The contents that 24 words make. Node, guardian and network get random keys: words on a second machine must not clone a node. */
export function contentsOf(words: string): Contents {
  const entropy = entropyOf(words);
  return { entropy, wallet: accountSeed(words), node: fresh(), guardian: fresh(), net: fresh() };
}

/** The same identity as it wakes on another machine: what names a machine is made anew, what names the profile stays. */
function movedContents(contents: Contents): Contents {
  wipe(contents.node);
  wipe(contents.net);
  return { ...contents, node: fresh(), net: fresh() };
}

const fresh = (): Uint8Array => new Uint8Array(randomBytes(32));

/** Authenticated with every seal: a seal of another vault, identity or item does not open. */
const labelOf = (file: Pick<VaultFile, 'id' | 'publicKeys'>, item: string): string =>
  ['3bot-vault', 1, file.id, file.publicKeys.wallet, item].join('/');

const machineHash = (salt: Uint8Array, binding: string): string =>
  createHash('sha256').update('3bot-vault/machine/').update(salt).update(binding).digest('hex');

/** True when the file was made by this user on this machine. */
export const isOfMachine = (file: VaultFile, binding: string): boolean =>
  file.machine === machineHash(decode(file.salt), binding);

async function outerKey(
  openers: Openers,
  salt: Uint8Array,
  binding: string,
  cost: ScryptCost | undefined,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  if (openers.keychainKey !== undefined) parts.push(openers.keychainKey);
  const passphraseKey =
    openers.passphrase === undefined || cost === undefined
      ? undefined
      : await keyOfPassphrase(openers.passphrase, salt, cost);
  if (passphraseKey !== undefined) parts.push(passphraseKey);
  if (parts.length === 0) throw new AppError('vault/passphrase-required');
  const key = mixKeys(parts, salt, `3bot-vault/1/outer/${parts.length}/${binding}`);
  if (passphraseKey !== undefined) wipe(passphraseKey);
  return key;
}

/** Builds a vault file around contents. `cost` is used when a passphrase is among the openers. */
export async function makeVaultFile(
  id: string,
  contents: Contents,
  openers: Openers,
  binding: string,
  cost: ScryptCost,
): Promise<VaultFile> {
  const publicHex = (seed: Uint8Array): string => toHex(publicKeyOf(seed));
  const publicKeys = {
    wallet: publicHex(contents.wallet),
    node: publicHex(contents.node),
    guardian: publicHex(contents.guardian),
    net: publicHex(contents.net),
  };
  const head = { id, publicKeys };
  const dataKey = fresh();
  const sealed = (name: SealedName): string => encode(seal(dataKey, contents[name], labelOf(head, name)));
  const recoverySalt = Buffer.from(id, 'hex');
  const recoveryKey = mixKeys([contents.entropy], recoverySalt, '3bot-vault/1/recovery');
  const wrapped = await wrapDataKey(head, dataKey, openers, binding, cost);
  const file: VaultFile = {
    version: 1,
    ...head,
    ...wrapped,
    recovery: encode(seal(recoveryKey, dataKey, labelOf(head, 'recovery'))),
    sealed: {
      entropy: sealed('entropy'),
      wallet: sealed('wallet'),
      node: sealed('node'),
      guardian: sealed('guardian'),
      net: sealed('net'),
    },
  };
  wipe(recoveryKey);
  wipe(dataKey);
  return file;
}

/** The part of the file that says how the data key opens: replaced as a whole when the passphrase changes. */
export async function wrapDataKey(
  head: Pick<VaultFile, 'id' | 'publicKeys'>,
  dataKey: Uint8Array,
  openers: Openers,
  binding: string,
  cost: ScryptCost,
): Promise<Pick<VaultFile, 'protection' | 'scrypt' | 'salt' | 'machine' | 'dataKey'>> {
  const salt = new Uint8Array(randomBytes(16));
  const outer = await outerKey(openers, salt, binding, cost);
  const protection =
    openers.passphrase === undefined
      ? 'keychain'
      : openers.keychainKey === undefined
        ? 'passphrase'
        : 'keychain+passphrase';
  return {
    protection,
    ...(openers.passphrase === undefined ? {} : { scrypt: cost }),
    salt: encode(salt),
    machine: machineHash(salt, binding),
    dataKey: consume(outer, (key) => encode(seal(key, dataKey, labelOf(head, `data-key/${protection}`)))),
  };
}

/** The data key, or undefined when the openers are wrong. */
export async function openDataKey(file: VaultFile, openers: Openers, binding: string): Promise<Uint8Array | undefined> {
  const outer = await outerKey(openers, decode(file.salt), binding, file.scrypt);
  return consume(outer, (key) => unseal(key, decode(file.dataKey), labelOf(file, `data-key/${file.protection}`)));
}

/** The data key by the words' entropy alone, for repair; undefined when the words are not this vault's. */
function recoverDataKey(file: VaultFile, entropy: Uint8Array): Uint8Array | undefined {
  const key = mixKeys([entropy], Buffer.from(file.id, 'hex'), '3bot-vault/1/recovery');
  return consume(key, (recoveryKey) => unseal(recoveryKey, decode(file.recovery), labelOf(file, 'recovery')));
}

/** One sealed item in plain; the caller wipes it. Throws `vault/damaged` when it does not open. */
export function openItem(file: VaultFile, dataKey: Uint8Array, name: SealedName): Uint8Array {
  const plain = unseal(dataKey, decode(file.sealed[name]), labelOf(file, name));
  if (plain === undefined) throw new AppError('vault/damaged', `the sealed ${name} does not open`);
  return plain;
}

/** Throws `vault/damaged` unless the sealed wallet is the pinned one. */
export function checkWallet(file: VaultFile, dataKey: Uint8Array): void {
  const wallet = consume(openItem(file, dataKey, 'wallet'), publicKeyOf);
  if (toHex(wallet) !== file.publicKeys.wallet) {
    throw new AppError('vault/damaged', 'the sealed wallet is not the pinned one');
  }
}

/** Everything in plain; wipe it soon. Throws `vault/damaged`. */
const openContents = (file: VaultFile, dataKey: Uint8Array): Contents => ({
  entropy: openItem(file, dataKey, 'entropy'),
  wallet: openItem(file, dataKey, 'wallet'),
  node: openItem(file, dataKey, 'node'),
  guardian: openItem(file, dataKey, 'guardian'),
  net: openItem(file, dataKey, 'net'),
});

/** A public key that the file pins, readable while locked. */
export const pinnedKey = (file: VaultFile, name: keyof VaultFile['publicKeys']): Uint8Array =>
  fromHex(file.publicKeys[name]);

/**
 * What the words give back: all that is sealed in `file` if it opens by them, else the wallet with new service keys.
 * Throws `key/bad-words`, and `vault/other-identity` when the words are not those of the pinned wallet (hex).
 */
export function recoverContents(
  words: string,
  file: VaultFile | undefined,
  pinnedWallet: string | undefined,
  binding: string,
): Contents {
  const fromWords = contentsOf(words);
  if (pinnedWallet !== undefined && pinnedWallet !== toHex(publicKeyOf(fromWords.wallet))) {
    wipeContents(fromWords);
    throw new AppError('vault/other-identity', 'these words belong to another identity than the one of this profile');
  }
  const dataKey = file === undefined ? undefined : recoverDataKey(file, fromWords.entropy);
  if (file === undefined || dataKey === undefined) return fromWords;
  const contents = consume(dataKey, (key) => openContents(file, key));
  wipeContents(fromWords);
  return isOfMachine(file, binding) ? contents : movedContents(contents);
}

/** What to make of the files of a profile before any key is tried. */
export function judgeVault(
  onDisk: VaultOnDisk,
  binding: string,
): { readonly state: VaultState; readonly file?: VaultFile; readonly pinnedWallet?: string | undefined } {
  if (onDisk.kind === 'none') return { state: { kind: 'empty' } };
  if (onDisk.kind === 'damaged') {
    return { state: { kind: 'repair', code: 'vault/damaged' }, pinnedWallet: onDisk.pinnedWallet };
  }
  const file = onDisk.vault;
  const pinnedWallet = onDisk.pinnedWallet ?? file.publicKeys.wallet;
  const code =
    pinnedWallet !== file.publicKeys.wallet
      ? 'vault/other-identity'
      : isOfMachine(file, binding)
        ? undefined
        : 'vault/other-machine';
  const state: VaultState =
    code === undefined ? { kind: 'locked', protection: file.protection } : { kind: 'repair', code };
  return { state, file, pinnedWallet };
}
