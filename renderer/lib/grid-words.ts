// The state of the grid as people say it, for the top bar: what is final, how long ago, and what is wrong if something is.
import type { ReplicaView } from '../../core/views.ts';
import type { Tone } from '../ui/status.tsx';
import { peerLine } from './peer-text.ts';
import { formatClock, formatSpan } from './time.ts';

/** A tone and a short phrase. */
export interface GridWords {
  readonly tone: Tone;
  readonly text: string;
}

type Guarded = Pick<ReplicaView, 'guardians' | 'quorum'>;

const ago = (timeMs: number, nowMs: number): string => {
  const span = Math.max(0, nowMs - timeMs);
  if (span < 60_000) return `${Math.floor(span / 1000)} s ago`;
  return span < 3_600_000 ? `${Math.floor(span / 60_000)} min ago` : `${formatSpan(span)} ago`;
};

/** "no answer from Antwerp and Ghent"; without names, how many are here. */
export const missingWords = ({ guardians, quorum: { needed, here } }: Guarded): string => {
  const missing = guardians.filter(({ isHere }) => !isHere);
  const named = missing.flatMap(({ name }) => (name === null ? [] : [peerLine(name, 40)]));
  if (named.length < missing.length) return `${here} of ${needed} guardians needed are here`;
  return `no answer from ${joinWords(named)}`;
};

/** "3 of 4 here, 3 needed; no answer from Ghent": the missing only while all goes on without them. */
export const hereWords = (replica: Guarded): string => {
  const {
    guardians,
    quorum: { needed, here },
  } = replica;
  const words = `${here} of ${guardians.length} here, ${needed} needed`;
  return here >= needed && here < guardians.length ? `${words}; ${missingWords(replica)}` : words;
};

const waitingWords = (replica: Guarded): string =>
  `final waits: ${replica.quorum.here >= replica.quorum.needed ? 'the guardians make no block' : missingWords(replica)}`;

/** What it means that guardians are missing; undefined while nothing depends on those that are. */
export const quorumWords = ({ guardians, quorum: { needed, here } }: Guarded): string | undefined => {
  const lacking = needed - here;
  if (lacking > 0) {
    return `Until ${lacking} more ${lacking === 1 ? 'is' : 'are'} back, nothing becomes final. What you hand in meanwhile is kept and sent.`;
  }
  return lacking === 0 && here < guardians.length
    ? 'All goes on without the missing. If one more goes, nothing becomes final until it is back.'
    : undefined;
};

const joinWords = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;

/** "final, 2 s ago", "offline: your last final block is 10:42", "catching up: 1,204 of 9,000". */
export const gridWords = (replica: ReplicaView | null, isConnected: boolean, nowMs: number): GridWords => {
  if (!isConnected) return { tone: 'caution', text: 'reconnecting to your 3bot' };
  if (replica === null) return { tone: 'quiet', text: 'no grid yet' };
  if (replica.alarm !== null) return { tone: 'danger', text: 'stopped: see Grid' };
  const { head } = replica;
  switch (replica.state) {
    case 'starting':
      return { tone: 'pending', text: 'starting' };
    case 'stopped':
      return { tone: 'danger', text: 'stopped' };
    case 'offline':
      return head === null
        ? { tone: 'caution', text: 'offline: no block yet' }
        : { tone: 'caution', text: `offline: your last final block is ${formatClock(head.timeMs)}` };
    case 'syncing': {
      const known = replica.knownHeight.toLocaleString('en');
      return { tone: 'info', text: `catching up: ${(head?.height ?? 0).toLocaleString('en')} of ${known}` };
    }
    case 'waiting':
      return { tone: 'caution', text: waitingWords(replica) };
    case 'live':
      return head === null
        ? { tone: 'pending', text: 'waiting for the first block' }
        : { tone: 'ok', text: `final, ${ago(head.timeMs, nowMs)}` };
  }
};
