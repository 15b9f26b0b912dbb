/**
 * The window's calls, one Electron channel each, named by the contract. The gate judges; this file finds out who asks.
 * The only file that touches ipcMain.
 */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import { channels } from '../../core/ipc/contract.ts';
import { fromWire, toWire } from '../../core/wire.ts';
import type { Shell } from '../host/shell.ts';
import { isOwnPage } from './guards.ts';

/** Electron channel of the `changed` event. */
export const changedChannel = '3bot:changed';

/** Electron channel of a call. */
export const callChannel = (channel: string): string => `3bot:call:${channel}`;

/** Why this sender may not call, or undefined. Fails closed: no frame, a sub-frame, another page, another window. */
export function refusalOf(
  event: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>,
  windows: ReadonlySet<WebContents>,
): string | undefined {
  const frame = event.senderFrame;
  if (frame === null) return 'the frame is gone';
  if (!windows.has(event.sender)) return 'not a window of ours';
  if (frame.parent !== null || frame !== event.sender.mainFrame) return 'a sub-frame';
  if (!isOwnPage(frame.url)) return 'another page';
  return undefined;
}

/** Answers the calls of all `windows`; each answer is wire text. */
export function handleCalls(ipcMain: IpcMain, shell: Shell, windows: ReadonlySet<WebContents>): void {
  for (const channel of channels) {
    ipcMain.handle(callChannel(channel), async (event, input: unknown) => {
      const text = typeof input === 'string' ? input : '';
      const sender = { name: 'electron', refusal: () => refusalOf(event, windows) };
      const answer = await shell.gate(sender, { channel, size: text.length, read: () => fromWire(text) });
      return toWire(answer.kind === 'output' ? { output: answer.output } : { error: answer.error });
    });
  }
  shell.onChanged((changed) => {
    const text = toWire(changed);
    for (const window of windows) if (!window.isDestroyed()) window.send(changedChannel, text);
  });
}
