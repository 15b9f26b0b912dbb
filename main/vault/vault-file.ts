/**
 * The vault on disk: `vault.json` (sealed secrets, public keys in plain) and `identity.json` (the pin: one exists).
 * Parses at the door; a file that does not parse is set aside, never overwritten, and the pin outlives it.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { readTextIfThere, setAside, writeDurably } from '../durable-file.ts';

const base64 = v.pipe(v.string(), v.base64(), v.maxLength(4096));
const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const publicKeys = v.strictObject({ wallet: hex32, node: hex32, guardian: hex32, net: hex32 });
// Bounds: a changed file must not make one guess cost gigabytes.
const scryptCost = v.strictObject({
  N: v.pipe(v.number(), v.integer(), v.minValue(2 ** 10), v.maxValue(2 ** 20)),
  r: v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(16)),
  p: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4)),
});

const vaultSchema = v.strictObject({
  version: v.literal(1),
  /** Random; the name of this vault's key in the keychain. */
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  publicKeys,
  /** What opens the data key. */
  protection: v.picklist(['keychain', 'passphrase', 'keychain+passphrase']),
  scrypt: v.optional(scryptCost),
  salt: base64,
  /** Hash over salt and machine binding: says "another machine" before any key is tried. */
  machine: hex32,
  /** The data key, sealed for every-day use. */
  dataKey: base64,
  /** The data key, sealed under the words themselves: the way back when the keychain is gone. */
  recovery: base64,
  sealed: v.strictObject({ entropy: base64, wallet: base64, node: base64, guardian: base64, net: base64 }),
});

/** The vault file, version 1. */
export type VaultFile = v.InferOutput<typeof vaultSchema>;

/** What is sealed: the words' entropy and one 32-byte ed25519 seed for each key. */
export type SealedName = keyof VaultFile['sealed'];

/** Public halves, hexadecimal, readable while locked. */
export type PublicKeys = VaultFile['publicKeys'];

const pinSchema = v.object({ version: v.literal(1), wallet: hex32 });

/** What stands in a profile folder. */
export type VaultOnDisk =
  | { readonly kind: 'none' }
  | { readonly kind: 'vault'; readonly vault: VaultFile; readonly pinnedWallet: string | undefined }
  | { readonly kind: 'damaged'; readonly pinnedWallet: string | undefined };

const vaultPath = (folder: string): string => join(folder, 'vault.json');
const pinPath = (folder: string): string => join(folder, 'identity.json');

/** Reads both files. A vault that does not parse is renamed with the date; from then on the profile is `damaged`, never `none`. */
export async function readVault(folder: string, nowMs: number): Promise<VaultOnDisk> {
  const pinText = await readTextIfThere(pinPath(folder));
  const pin = pinText === undefined ? undefined : parse(pinSchema, pinText);
  const pinnedWallet = pin?.wallet;
  const text = await readTextIfThere(vaultPath(folder));
  if (text !== undefined) {
    const vault = parse(vaultSchema, text);
    if (vault !== undefined) return { kind: 'vault', vault, pinnedWallet };
    await setAside(vaultPath(folder), nowMs);
    return { kind: 'damaged', pinnedWallet };
  }
  const wasSetAside = (await readdir(folder)).some((name) =>
    name.startsWith(`${basename(vaultPath(folder))}.damaged-`),
  );
  return pinText !== undefined || wasSetAside ? { kind: 'damaged', pinnedWallet } : { kind: 'none' };
}

/** Writes the vault, then the pin: a cut between the two leaves a vault, which pins by itself. */
export async function writeVault(folder: string, vault: VaultFile): Promise<void> {
  await writeDurably(vaultPath(folder), `${JSON.stringify(vault, null, 2)}\n`);
  await writePin(folder, vault.publicKeys.wallet);
}

/** Keeps a copy of a vault that is about to be replaced. Nothing in it opens without the keys that it had. */
export async function backupVault(folder: string, vault: VaultFile, nowMs: number): Promise<void> {
  const stamp = new Date(nowMs).toISOString().replaceAll(':', '-');
  await writeDurably(`${vaultPath(folder)}.replaced-${stamp}`, `${JSON.stringify(vault, null, 2)}\n`);
}

/** Writes down that an identity exists here. */
export async function writePin(folder: string, wallet: string): Promise<void> {
  await writeDurably(pinPath(folder), `${JSON.stringify({ version: 1, wallet })}\n`);
}

function parse<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // not JSON: the caller sets the file aside
  }
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}
