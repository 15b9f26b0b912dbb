/**
 * The keychain as the vault sees it: named 32-byte values in the store of the operating system.
 * Trouble is always a code and never looks like "nothing stored": an identity may depend on the difference.
 */
import type { ErrorCode } from '../../core/errors.ts';

/** Length of every value in the keychain: it keeps keys, and the encrypted rest is on disk. */
export const keychainValueBytes = 32;

/** Where the vault keeps its outer key. Each call may reject with a `keychain/*` code. */
export type Keychain = {
  /** The value, or undefined when the store answered and has none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Stores 32 bytes under a name, replacing what was there. */
  write(name: string, value: Uint8Array): Promise<void>;
  /** True when there was a value of that name. */
  remove(name: string): Promise<boolean>;
  /** What the store is called for people, as in "Secret Service". */
  describe(): string;
  /** Lets go of the worker behind it, if any. */
  close(): Promise<void>;
};

/** The codes that a keychain call may fail with. */
export type KeychainCode = Extract<ErrorCode, `keychain/${string}`>;

const patterns: readonly (readonly [KeychainCode, RegExp])[] = [
  ['keychain/hung', /did not receive a reply|timed? ?out|NoReply/i],
  ['keychain/locked', /prompt was dismissed|is locked|IsLocked|interaction is not allowed/i],
  // No session bus, no service on it, or a service without any collection.
  [
    'keychain/unavailable',
    /DBUS_SESSION_BUS_ADDRESS|failed to connect to socket|was not provided|no result found|ServiceUnknown/i,
  ],
  ['keychain/denied', /access.?denied|permission denied|not permitted|auth.?failed|user canceled/i],
];

/** The store's errors carry one code for everything, so that only their text tells them apart. */
export function classifyKeychainError(message: string): KeychainCode {
  return patterns.find(([, pattern]) => pattern.test(message))?.[0] ?? 'keychain/unavailable';
}
