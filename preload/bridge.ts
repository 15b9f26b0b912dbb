/**
 * What the page gets of Electron: one function for all calls of the contract, and the `changed` event. Text goes through,
 * in the wire format; no logic, no other channel, nothing of Electron itself.
 */
import type { ContextBridge, IpcRenderer } from 'electron';

/** The bridge as the page sees it on `window.threebot`. */
export type PreloadBridge = {
  /** Calls a channel with wire text; answers with wire text of `{output}` or `{error}`. */
  readonly call: (channel: string, input: string) => Promise<string>;
  /** Calls `listener` with the wire text of each event; returns how to stop. */
  readonly on: (event: 'changed', listener: (text: string) => void) => () => void;
};

/** Puts the bridge on the window. A channel that the contract does not have cannot be asked for. */
export function exposeBridge(contextBridge: ContextBridge, ipc: IpcRenderer, channels: readonly string[]): void {
  const known: ReadonlySet<string> = new Set(channels);
  const bridge: PreloadBridge = {
    call: (channel, input) =>
      known.has(channel)
        ? ipc.invoke(`3bot:call:${channel}`, String(input))
        : Promise.reject(new Error('ipc/unknown-channel')),
    on: (_event, listener) => {
      const hear = (_electron: unknown, text: unknown): void => listener(String(text));
      ipc.on('3bot:changed', hear);
      return () => {
        ipc.off('3bot:changed', hear);
      };
    },
  };
  contextBridge.exposeInMainWorld('threebot', bridge);
}
