/** Who is here, for the screens: peers by name, guardians by whether they answer. Decides nothing. */
import { toHex } from '../../core/bytes.ts';
import type { Net } from '../net/net-api.ts';
import type { Peer } from '../net/protocol.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { Acquaintances } from './acquaintances.ts';
import type { Standing } from './standing.ts';

/** A guardian is here when it answered, or signed a block, within this time; it is asked every five seconds. */
const hereMs = 20_000;

export type Presence = {
  showGuardians(): void;
  showPeers(peers: readonly Peer[]): Promise<void>;
  stop(): void;
};

export type PresenceOptions = {
  readonly store: StoreClient;
  readonly standing: Standing;
  readonly acquaintances: Acquaintances;
  readonly peers: Net['peers'];
  /** Our own key as a guardian, hex. */
  readonly self: string | undefined;
  readonly nowMs: () => number;
};

export function createPresence({ store, standing, acquaintances, peers, self, nowMs }: PresenceOptions): Presence {
  const names = new Map<string, string | null>();
  let isStopped = false;

  /**
   * Who certified a block just now: at work, also when no connection leads there from here. Alone, a guardian that cannot be
   * reached is of no use.
   */
  function signers(): { readonly keys: ReadonlySet<string>; readonly timeMs: number } {
    const { head } = standing.facts();
    const isNow = head !== null && acquaintances.guardians().length > 1 && Math.abs(Date.now() - head.timeMs) < hereMs;
    return { keys: new Set(isNow ? head.signers : []), timeMs: head?.timeMs ?? 0 };
  }

  return {
    showGuardians() {
      const connected = new Set(peers().map(({ key }) => toHex(key)));
      const signed = signers();
      const guardians = acquaintances.guardians().map(({ key, name, net, seenMs }) => {
        if (key === self) return { key, name, isHere: true, lastSeenMs: Date.now() };
        const signedMs = signed.keys.has(key) ? signed.timeMs : null;
        if (seenMs === null || net === null) return { key, name, isHere: signedMs !== null, lastSeenMs: signedMs };
        const silentMs = nowMs() - seenMs;
        const isHere = signedMs !== null || (connected.has(net) && silentMs < hereMs);
        return { key, name, isHere, lastSeenMs: Math.max(signedMs ?? 0, Math.round(Date.now() - silentMs)) };
      });
      standing.note({ guardians });
    },
    /** Profiles come with blocks: who has no name yet is asked for again. */
    async showPeers(present) {
      const ids = new Set(present.map(({ key }) => toHex(key)));
      for (const id of names.keys()) if (!ids.has(id)) names.delete(id);
      for (const id of ids) {
        if (typeof names.get(id) === 'string' || isStopped) continue;
        names.set(id, (await store.query('profileByNet', { net: id }))?.name ?? null);
      }
      const views = present.map(({ key, since }) => ({
        net: toHex(key),
        name: names.get(toHex(key)) ?? null,
        sinceMs: since,
      }));
      if (!isStopped) standing.note({ peers: views });
    },
    stop() {
      isStopped = true;
    },
  };
}
