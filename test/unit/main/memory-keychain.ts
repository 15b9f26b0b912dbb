/** A keychain in memory for tests, which can be told to fail as real ones do. */
import { AppError, type ErrorCode } from '../../../core/errors.ts';
import type { Keychain } from '../../../main/vault/keychain.ts';

/** `trouble` set to a code makes every call fail; set to `'silent'`, reads answer "nothing" as a locked keytar does. */
export class MemoryKeychain implements Keychain {
  readonly values = new Map<string, Uint8Array>();
  trouble: ErrorCode | 'silent' | undefined;

  async read(name: string): Promise<Uint8Array | undefined> {
    this.#check();
    const value = this.values.get(name);
    return value === undefined || this.trouble === 'silent' ? undefined : Uint8Array.from(value);
  }

  async write(name: string, value: Uint8Array): Promise<void> {
    this.#check();
    this.values.set(name, Uint8Array.from(value));
  }

  async remove(name: string): Promise<boolean> {
    this.#check();
    return this.values.delete(name);
  }

  describe(): string {
    return 'memory';
  }

  async close(): Promise<void> {}

  #check(): void {
    if (this.trouble !== undefined && this.trouble !== 'silent') throw new AppError(this.trouble);
  }
}
