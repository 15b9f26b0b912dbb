// Locks the vault when nobody has touched any window of this 3bot for a while. Counts hands, not events: a click, a
// key, a wheel, a touch; what the grid does in the meantime does not count.

/** What watching idleness needs; `setTimer` and `clearTimer` are the window's, so that a test can be the clock. */
export interface IdleOptions {
  readonly idleMs: number;
  readonly hands: EventTarget;
  /** Tells the other windows that somebody is here, and hears it from them. */
  readonly channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener' | 'removeEventListener'>;
  readonly onIdle: () => void;
  readonly now: () => number;
}

const handEvents = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/** Other windows need not hear of every key. */
const tellEveryMs = 5000;

/** Starts watching; calls `onIdle` once after `idleMs` without a hand. Answers how to stop. */
export function watchIdle({ idleMs, hands, channel, onIdle, now }: IdleOptions): () => void {
  let timer = setTimeout(onIdle, idleMs);
  let toldMs = Number.NEGATIVE_INFINITY;
  const here = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onIdle, idleMs);
  };
  const touched = (): void => {
    here();
    if (now() - toldMs < tellEveryMs) return;
    toldMs = now();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast channel has no target: it is this origin
    channel.postMessage('here');
  };
  for (const event of handEvents) hands.addEventListener(event, touched, { capture: true, passive: true });
  channel.addEventListener('message', here);
  return () => {
    clearTimeout(timer);
    for (const event of handEvents) hands.removeEventListener(event, touched, { capture: true });
    channel.removeEventListener('message', here);
  };
}
