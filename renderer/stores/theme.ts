// Puts the chosen theme on the page; the tokens do the rest. "system" leaves it to the operating system.
import { useEffect } from 'react';
import type { Settings } from '../../core/ipc/views.ts';

/** Applies a theme while the calling view is there. */
export const useTheme = (theme: Settings['theme']): void => {
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
};
