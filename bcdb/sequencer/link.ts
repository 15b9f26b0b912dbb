/** The connection to our own nats-server: one at a time, replaced when the server is started anew. */
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { KeyPair } from '@nats-io/nkeys';
import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { AppError } from '../../core/errors.ts';

/** What works with streams. */
export type Link = {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
};

const connectMs = 5000;
/** A server that does not answer three of these is as good as gone. */
const pingMs = 3000;

/** Connects to a server of ours on loopback; `user` signs its challenge. */
export async function connectLocal(port: number, user: KeyPair, name: string): Promise<NatsConnection> {
  return connect({
    servers: `127.0.0.1:${port}`,
    name,
    authenticator: nkeyAuthenticator(user.getSeed()),
    timeout: connectMs,
    pingInterval: pingMs,
    maxPingOut: 3,
    // A lost server of our own comes back on another port with other keys.
    reconnect: false,
    noEcho: true,
  });
}

export async function openLink(connection: NatsConnection, requestMs: number): Promise<Link> {
  return {
    connection,
    client: jetstream(connection, { timeout: requestMs }),
    // `checkAPI` would fail as long as the cluster has no leader.
    manager: await jetstreamManager(connection, { timeout: requestMs, checkAPI: false }),
  };
}

/** Where the present link is kept, and waited for. */
export class LinkSlot {
  #link: Link | undefined;
  #isClosed = false;
  readonly #waiting = new Set<() => void>();

  get current(): Link | undefined {
    return this.#link;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  set(link: Link | undefined): void {
    if (!this.#isClosed) this.#link = link;
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#link = undefined;
    this.#wake();
  }

  /** The link, when there is one. Throws `guardian/sequencer-failed` after `timeoutMs`, and without `retry` once closed. */
  async wait(timeoutMs: number): Promise<Link> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (this.#isClosed) throw new AppError('guardian/sequencer-failed', 'closed');
      if (this.#link !== undefined) return this.#link;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new AppError('guardian/sequencer-failed', 'no connection to its server', { retry: true });
      await this.#changed(leftMs);
    }
  }

  #changed(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(timeoutMs, 2_000_000_000));
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    for (const done of this.#waiting) done();
  }
}
