/** Background threads step behind those that somebody waits for. */
import { setPriority } from 'node:os';

/** Of the calling thread. Only Linux has priorities for single threads; elsewhere this would slow the whole process. */
export function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(10);
}
