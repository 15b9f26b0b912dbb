/** The preload script of the app's window: exposes the bridge for the channels of the contract, and nothing else. */
import { contextBridge, ipcRenderer } from 'electron';
import { channels } from '../core/ipc/contract.ts';
import { exposeBridge } from './bridge.ts';

exposeBridge(contextBridge, ipcRenderer, channels);
