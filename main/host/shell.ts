/** What a host needs of the 3bot behind it, and nothing more. Types only. */
import type { Gate } from '../ipc/gate.ts';
import type { Log } from '../log.ts';

/** The 3bot as its hosts see it. */
export type Shell = {
  readonly gate: Gate;
  readonly log: Log;
  /** Calls `listener` with each `changed` event of the contract; returns how to stop. */
  onChanged(listener: (changed: unknown) => void): () => void;
  /** Forgets every decrypted key: the screen was locked, or the machine goes to sleep. */
  lock(): void;
  /** The machine goes to sleep, or came back. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** True while this machine farms: then closing the last window ends nothing. */
  isFarming(): boolean;
};
