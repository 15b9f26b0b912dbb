/** Where a vault can stand, and what one is built from. Types only. */
import type { ErrorCode } from '../../core/errors.ts';
import type { Keychain } from './keychain.ts';
import type { ScryptCost } from './sealing.ts';
import type { VaultFile } from './vault-file.ts';

/** What opens the vault. */
export type Protection = VaultFile['protection'];

/** Where the vault stands. `repair` says that an identity exists and what keeps it from opening. */
export type VaultState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'locked'; readonly protection: Protection }
  | { readonly kind: 'unlocked'; readonly protection: Protection }
  | { readonly kind: 'repair'; readonly code: ErrorCode };

/** What a vault is built from. */
export type VaultOptions = {
  readonly folder: string;
  readonly keychain: Keychain;
  /** What ties the vault to this machine and user (`readMachineBinding`). */
  readonly binding: string;
  readonly now: () => number;
  readonly scryptCost?: ScryptCost;
  /** Told of trouble that does not stop the call, as a code and a sentence for the log. */
  readonly onTrouble?: (code: ErrorCode, what: string) => void;
};
