/**
 * The vault's key in the keychain: made and read back before it is relied on, read, forgotten, probed.
 * Must never take "no answer" for "no key", nor silently do without.
 */
import { randomBytes } from 'node:crypto';
import { equalBytes } from '../../core/bytes.ts';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import { type Keychain, keychainValueBytes } from './keychain.ts';
import { consume, wipe } from './secret.ts';

/** Trouble of the keychain that says nothing about the vault itself: trying again may help. */
export const isKeychainCode = (code: ErrorCode | undefined): code is ErrorCode =>
  code?.startsWith('keychain/') === true;

/** The code of a keychain failure; anything else is thrown on. */
function keychainCodeOf(error: unknown): ErrorCode {
  const code = codeOf(error);
  if (!isKeychainCode(code)) throw error;
  return code;
}

/** Whether a secret store works here, by writing, reading and removing a value; the code says why not. */
export async function probeKeychain(keychain: Keychain): Promise<{ readonly name: string; readonly code?: ErrorCode }> {
  const name = keychain.describe();
  try {
    wipe(await makeKeychainKey(keychain, 'probe'));
    await keychain.remove('probe');
    return { name };
  } catch (error) {
    return { name, code: keychainCodeOf(error) };
  }
}

/** A fresh random key under a name, proven to be kept. Throws `keychain/*`. */
async function makeKeychainKey(keychain: Keychain, name: string): Promise<Uint8Array> {
  const key = new Uint8Array(randomBytes(keychainValueBytes));
  try {
    await keychain.write(name, key);
    const back = await keychain.read(name);
    if (back !== undefined && consume(back, (bytes) => equalBytes(bytes, key))) return key;
  } catch (error) {
    wipe(key);
    throw error;
  }
  wipe(key);
  throw new AppError('keychain/unavailable', 'the keychain did not keep what was written');
}

/** A fresh key, or undefined where no store works and a passphrase protects alone. Throws `vault/passphrase-required` without one. */
export async function makeKeychainKeyOrNone(
  keychain: Keychain,
  name: string,
  hasPassphrase: boolean,
  onTrouble: (code: ErrorCode, what: string) => void,
): Promise<Uint8Array | undefined> {
  try {
    return await makeKeychainKey(keychain, name);
  } catch (error) {
    const code = keychainCodeOf(error);
    if (!hasPassphrase) throw new AppError('vault/passphrase-required', code, { cause: error });
    onTrouble(code, 'no secret store: the passphrase alone protects this vault');
    return undefined;
  }
}

/** The key under a name. Throws `keychain/empty` when the store has none, or the store's own trouble. */
export async function readKeychainKey(keychain: Keychain, name: string): Promise<Uint8Array> {
  const key = await keychain.read(name);
  if (key === undefined) throw new AppError('keychain/empty', 'the keychain has no key of this vault', { retry: true });
  return key;
}

/** Removes the key of a vault that was replaced; trouble is told and nothing more, since the key opens nothing of now. */
export async function forgetKeychainKey(
  keychain: Keychain,
  name: string,
  onTrouble: (code: ErrorCode, what: string) => void,
): Promise<void> {
  try {
    await keychain.remove(name);
  } catch (error) {
    onTrouble(keychainCodeOf(error), 'the key of the replaced vault stays in the keychain');
  }
}
