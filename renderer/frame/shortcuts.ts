// Keyboard shortcuts of the whole window: Ctrl/Cmd K, and "g" then a letter to go to a screen. Typing in a field is never one.

/** What a key did: open the palette, go somewhere, or nothing. */
export type Shortcut = { readonly kind: 'palette' } | { readonly kind: 'go'; readonly key: string } | null;

/** The little of a key event that counts. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isTyping: boolean;
}

const CHORD_MS = 1200;

/** Reads presses one after the other; remembers a "g" for a moment. `nowMs` is the time of the press. */
export const createShortcuts = (): ((press: KeyPress, nowMs: number) => Shortcut) => {
  let chordAt = Number.NEGATIVE_INFINITY;
  return (press, nowMs) => {
    const isCommand = press.ctrlKey || press.metaKey;
    if (isCommand && !press.altKey && press.key.toLowerCase() === 'k') return { kind: 'palette' };
    if (press.isTyping || isCommand || press.altKey) return null;
    const isSecond = nowMs - chordAt < CHORD_MS;
    chordAt = !isSecond && press.key === 'g' ? nowMs : Number.NEGATIVE_INFINITY;
    return isSecond ? { kind: 'go', key: press.key } : null;
  };
};

/** Whether an element takes text. */
export const isTextEntry = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
