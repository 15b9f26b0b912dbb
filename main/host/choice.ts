/** Which host a start takes, and the words for why. Pure: looking for Electron is the entry's business. */
import type { Options } from '../options.ts';

/** How the Electron binary came to be here, if it is. */
export type ElectronFound = 'here' | 'fetched' | undefined;

/** True when the options leave room for the Electron host: only then is its binary looked for. */
export const mayUseElectron = ({ host, isHeadless }: Pick<Options, 'host' | 'isHeadless'>): boolean =>
  host !== 'browser' && !isHeadless;

/** The host and why, for the one line of a start. */
export function hostWords({ host, isHeadless }: Pick<Options, 'host' | 'isHeadless'>, electron: ElectronFound): string {
  if (mayUseElectron({ host, isHeadless }) && electron !== undefined) {
    if (host === 'electron') return 'Electron (asked for)';
    return electron === 'here' ? 'Electron (its binary is here)' : 'Electron (its binary was fetched)';
  }
  if (isHeadless) return 'browser host (headless)';
  return host === 'browser' ? 'browser host (asked for)' : 'browser host (no Electron binary here)';
}
