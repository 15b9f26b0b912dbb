/** The automatic lock: after the time without a hand at any window, once, and not before. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchIdle } from '../../../renderer/frame/auto-lock.ts';

const idleMs = 60_000;

/** Two windows of one 3bot, joined as BroadcastChannel joins them: each hears the other, never itself. */
const twoWindows = () => {
  const ends = [new EventTarget(), new EventTarget()] as const;
  return ends.map((own, index) => {
    const other = ends[1 - index] ?? own;
    const hands = new EventTarget();
    const onIdle = vi.fn();
    const channel = {
      addEventListener: own.addEventListener.bind(own),
      removeEventListener: own.removeEventListener.bind(own),
      postMessage: () => {
        other.dispatchEvent(new Event('message'));
      },
    };
    const stop = watchIdle({ idleMs, hands, channel, onIdle, now: Date.now });
    return { hands, onIdle, stop };
  });
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the automatic lock', () => {
  it('comes after the time without a hand, once', () => {
    const [window] = twoWindows();
    vi.advanceTimersByTime(idleMs - 1);
    expect(window?.onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10 * idleMs);
    expect(window?.onIdle).toHaveBeenCalledTimes(1);
  });

  it('waits anew after each click or key', () => {
    const [window] = twoWindows();
    for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
      vi.advanceTimersByTime(idleMs - 1);
      window?.hands.dispatchEvent(new Event(event));
    }
    expect(window?.onIdle).not.toHaveBeenCalled();
  });

  it('a hand at one window keeps the other open', () => {
    const [first, second] = twoWindows();
    vi.advanceTimersByTime(idleMs - 1);
    first?.hands.dispatchEvent(new Event('pointerdown'));
    vi.advanceTimersByTime(idleMs - 1);
    expect(second?.onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(second?.onIdle).toHaveBeenCalledTimes(1);
  });

  it('is over when it is stopped', () => {
    const [window] = twoWindows();
    window?.stop();
    vi.advanceTimersByTime(2 * idleMs);
    expect(window?.onIdle).not.toHaveBeenCalled();
  });
});
