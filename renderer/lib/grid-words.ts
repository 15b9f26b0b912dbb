// The state of the grid as people say it, for the top bar: what is final, how long ago, and what is wrong if something is.
import type { ReplicaView } from '../../core/views.ts';
import type { Tone } from '../ui/status.tsx';
import { formatClock, formatSpan } from './time.ts';

/** A tone and a short phrase. */
export interface GridWords {
  readonly tone: Tone;
  readonly text: string;
}

const ago = (timeMs: number, nowMs: number): string => {
  const span = Math.max(0, nowMs - timeMs);
  if (span < 60_000) return `${Math.floor(span / 1000)} s ago`;
  return span < 3_600_000 ? `${Math.floor(span / 60_000)} min ago` : `${formatSpan(span)} ago`;
};

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
    case 'live':
      return head === null
        ? { tone: 'pending', text: 'waiting for the first block' }
        : { tone: 'ok', text: `final, ${ago(head.timeMs, nowMs)}` };
  }
};
