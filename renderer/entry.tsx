// Starts the renderer: chooses the line to the 3bot, makes the stores, draws the app. The only file here that does something when loaded.
import './tokens.css';
import './base.css';
import { StrictMode } from 'react';
import { I18nProvider } from 'react-aria-components';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createBridge } from './bridge.ts';
import { StoresProvider } from './stores/context.tsx';
import { createHandedIn } from './stores/handed-in.ts';
import { createLive } from './stores/live.ts';
import { createQueries } from './stores/queries.ts';
import { createRouter } from './stores/router.ts';
import { type PreloadBridge, preloadTransport, type Socket, socketTransport } from './transport.ts';
import { ClockProvider } from './ui/clock.tsx';
import { ToastProvider } from './ui/toast.tsx';

declare global {
  interface Window {
    readonly threebot?: PreloadBridge;
  }
}

const wait = (callback: () => void, delayMs: number): void => {
  setTimeout(callback, delayMs);
};
const openSocket = (): Socket => {
  const address = new URL('/ipc', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address);
};
const now = (): number => Date.now();

const transport =
  window.threebot === undefined ? socketTransport({ open: openSocket, wait }) : preloadTransport(window.threebot);
const bridge = createBridge(transport);
const live = createLive(bridge);
const stores = {
  bridge,
  live,
  queries: createQueries(bridge, live, wait),
  router: createRouter(window),
  handedIn: createHandedIn(),
};

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no root');
createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en-GB">
      <ClockProvider now={now}>
        <ToastProvider>
          <StoresProvider stores={stores}>
            <App />
          </StoresProvider>
        </ToastProvider>
      </ClockProvider>
    </I18nProvider>
  </StrictMode>,
);
