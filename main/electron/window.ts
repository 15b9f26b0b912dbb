/** The app's window: how it is made and kept from everything that a page has no business with. Guards are set elsewhere. */
import { BrowserWindow, type WebContents } from 'electron';
import { pageOrigin } from './page-scheme.ts';

/** Makes the window and shows it when it has something to show. `windows` knows it while it lives. */
export function openMainWindow(preload: string, windows: Set<WebContents>): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 860,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: '3Bot',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      disableBlinkFeatures: 'Auxclick',
    },
  });
  const { webContents } = window;
  windows.add(webContents);
  window.removeMenu();
  window.once('ready-to-show', () => window.show());
  window.once('closed', () => windows.delete(webContents));
  void window.loadURL(`${pageOrigin}/`);
  return window;
}
