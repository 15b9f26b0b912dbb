/**
 * A guardian's profile as the command line works with it: the vault, opened for one command, and the seat. The running
 * guardian has the same vault open; reading it disturbs nobody.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../../core/errors.ts';
import { type Seat, seatSchema } from '../../core/guardian.ts';
import { encodeCard, type GuardianCard } from '../../core/guardian-card.ts';
import { type PublicKey, sign } from '../../core/keys.ts';
import type { Terminal } from '../command-line/command.ts';
import { openStateFile, type StateFile } from '../state-file.ts';
import type { Keychain } from '../vault/keychain.ts';
import type { ScryptCost } from '../vault/sealing.ts';
import { Vault } from '../vault/vault.ts';
import type { SealedName } from '../vault/vault-file.ts';

/** What a vault needs of the machine; tests bring their own. */
export type Machine = {
  readonly keychain: Keychain;
  readonly binding: string;
  readonly now: () => number;
  readonly scryptCost?: ScryptCost | undefined;
};

export type GuardianProfile = {
  readonly vault: Vault;
  readonly seat: StateFile<Seat | null>;
  /** Throws `vault/empty`. */
  key(name: 'guardian' | 'net' | 'wallet'): PublicKey;
  signer(name: SealedName): (bytes: Uint8Array) => Uint8Array;
  /** Opens the vault; asks for the passphrase where that is possible and needed. */
  unlock(passphrase: string | undefined, terminal: Terminal): Promise<void>;
  /** The card line. Needs an open vault and a seat. */
  card(): string;
  close(): Promise<void>;
};

export async function openGuardianProfile(
  folder: string,
  machine: Machine,
  terminal: Terminal,
): Promise<GuardianProfile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const vault = await Vault.open({
    folder,
    keychain: machine.keychain,
    binding: machine.binding,
    now: machine.now,
    ...(machine.scryptCost === undefined ? {} : { scryptCost: machine.scryptCost }),
  });
  const seat = await openStateFile({
    path: join(folder, 'seat.json'),
    version: 1,
    schema: v.nullable(seatSchema),
    initial: null,
    now: machine.now,
    onDamaged: (path) => terminal.advise(`the seat could not be read and was set aside: ${path}`),
  });
  const key = (name: 'guardian' | 'net' | 'wallet'): PublicKey => {
    const found = vault.publicKey(name);
    if (found === undefined) throw new AppError('vault/empty');
    return found;
  };
  const signer = (name: SealedName) => (bytes: Uint8Array) => vault.use(name, (seed) => sign(seed, bytes));
  return {
    vault,
    seat,
    key,
    signer,
    async unlock(passphrase, { isInteractive, askSecret }) {
      if (vault.state.kind === 'empty') throw new AppError('vault/empty');
      const mustAsk = vault.hasPassphrase && passphrase === undefined && isInteractive;
      await vault.unlock(mustAsk ? await askSecret('Passphrase: ') : passphrase);
    },
    card() {
      if (seat.value === null)
        throw new RangeError('this profile has no seat: run `threebot guardian init` with --name and --route');
      const card: GuardianCard = { guardian: key('guardian'), net: key('net'), seat: seat.value };
      return encodeCard(card, signer('guardian'));
    },
    async close() {
      vault.lock();
      await machine.keychain.close();
    },
  };
}
