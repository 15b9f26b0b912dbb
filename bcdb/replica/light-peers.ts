/** Those who can be asked for snapshots and blocks: who did not answer well waits, who lied is not asked again. */
import { toHex } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import type { Net } from '../net/net-api.ts';

export type LightPeers = {
  /** Who may be asked now. */
  ready(): readonly Uint8Array[];
  ask(peer: Uint8Array, method: 'snapshot' | 'blocks', question: Uint8Array): Promise<Uint8Array>;
  /** What a peer answered was no good: `error` says whether it was busy, has it not, or lied. */
  blame(peer: Uint8Array, error: unknown): void;
};

const requestMs = 20_000;
const busyMs = 500;
const lackingMs = 15_000;

export function createLightPeers(net: Pick<Net, 'peers' | 'request'>, nowMs = () => performance.now()): LightPeers {
  const until = new Map<string, number>();
  return {
    ready: () =>
      net
        .peers()
        .map(({ key }) => key)
        .filter((key) => (until.get(toHex(key)) ?? 0) <= nowMs()),
    ask: (peer, method, question) => net.request(peer, method, question, { timeoutMs: requestMs }),
    blame(peer, error) {
      const code = codeOf(error) ?? '';
      const isBusy = code === 'net/rate-limited' || code === 'net/timeout' || code === 'net/unreachable';
      const lacks = code.startsWith('net/') || code === 'replica/pruned' || code === 'replica/not-executed-yet';
      const isLacking = lacks || code === 'snapshot/unavailable';
      const pauseMs = isBusy ? busyMs : isLacking ? lackingMs : Number.POSITIVE_INFINITY;
      until.set(toHex(peer), nowMs() + pauseMs);
    },
  };
}

/** Codes of our own store: the answer was not to blame. */
const ourCodes = /^(replica\/(disk-full|closed|in-use|corrupt)|ipc\/internal)$/;

export const isOurTrouble = (error: unknown): boolean =>
  !(error instanceof AppError) || ourCodes.test(codeOf(error) ?? '');

/** Of our troubles, those that may be over in a second: a full disk, and what the system refused. */
export const isPassing = (error: unknown): boolean =>
  /^(replica\/disk-full|ipc\/internal)$/.test(codeOf(error) ?? 'ipc/internal');
