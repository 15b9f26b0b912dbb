// The line to the 3bot: frames, lost connections, answers that are not what the contract says.
import { describe, expect, test } from 'vitest';
import type { Settings } from '../../../core/ipc/views.ts';
import { fromWire, toWire } from '../../../core/wire.ts';
import { createBridge } from '../../../renderer/bridge.ts';
import { preloadTransport, type Socket, socketTransport } from '../../../renderer/transport.ts';

/** A socket in the hands of the test. */
const fakeSocket = () => {
  const listeners: Record<string, ((event: { readonly data: unknown }) => void)[]> = {
    open: [],
    close: [],
    message: [],
  };
  const sent: string[] = [];
  const socket: Socket = {
    addEventListener: (name: string, listener: (event: { readonly data: unknown }) => void) =>
      void listeners[name]?.push(listener),
    send: (text) => void sent.push(text),
  };
  const fire = (name: string, data: unknown = undefined): void => {
    for (const listener of listeners[name] ?? []) listener({ data });
  };
  return { socket, sent, fire };
};

const line = () => {
  const sockets: ReturnType<typeof fakeSocket>[] = [];
  const waits: { readonly callback: () => void; readonly delayMs: number }[] = [];
  const transport = socketTransport({
    open: () => {
      const fake = fakeSocket();
      sockets.push(fake);
      return fake.socket;
    },
    wait: (callback, delayMs) => void waits.push({ callback, delayMs }),
  });
  return { transport, bridge: createBridge(transport), sockets, waits };
};

const settings = {
  theme: 'dark',
  autoLockMinutes: 5,
  network: { bootstrap: ['10.0.0.1:4000'], usesLan: false, helps: true },
  keeps: 'automatic',
} satisfies Settings;

describe('socketTransport', () => {
  test('calls made before the first connection wait for it; answers find their call in any order', async () => {
    const { bridge, sockets } = line();
    const first = bridge.call('app.settings', null);
    const second = bridge.call('people.contacts', null);
    sockets[0]?.fire('open');
    expect(sockets[0]?.sent.map(fromWire)).toEqual([
      { id: 1, channel: 'app.settings', input: null },
      { id: 2, channel: 'people.contacts', input: null },
    ]);
    sockets[0]?.fire('message', toWire({ id: 2, output: [] }));
    sockets[0]?.fire('message', toWire({ id: 1, output: settings }));
    await expect(Promise.all([first, second])).resolves.toEqual([settings, []]);
  });

  test('a lost line fails what was under way, says so, and comes back after growing pauses', async () => {
    const { bridge, sockets, waits } = line();
    const line$: boolean[] = [];
    bridge.onLine((isUp) => line$.push(isUp));
    sockets[0]?.fire('open');
    const call = bridge.call('app.settings', null);
    sockets[0]?.fire('close');
    await expect(call).rejects.toMatchObject({ code: 'ipc/disconnected' });
    await expect(bridge.call('app.settings', null)).rejects.toMatchObject({ code: 'ipc/disconnected' });
    waits[0]?.callback();
    sockets[1]?.fire('close');
    waits[1]?.callback();
    sockets[2]?.fire('open');
    expect([line$, waits.map((each) => each.delayMs)]).toEqual([
      [true, false, false, true],
      [250, 500],
    ]);
  });

  test('errors keep code, detail and log id; an unknown code is not believed', async () => {
    const { bridge, sockets } = line();
    sockets[0]?.fire('open');
    const known = bridge.call('wallet.account', null);
    const unknown = bridge.call('wallet.account', null);
    sockets[0]?.fire(
      'message',
      toWire({ id: 1, error: { code: 'vault/locked', detail: 'd', retry: false, id: 'L1' } }),
    );
    sockets[0]?.fire('message', toWire({ id: 2, error: { code: 'made/up', detail: '', retry: false } }));
    await expect(known).rejects.toMatchObject({ code: 'vault/locked', detail: 'd', id: 'L1' });
    await expect(unknown).rejects.toMatchObject({ code: 'ipc/internal' });
  });
});

describe('bridge', () => {
  test('an answer that is not what the contract says is refused', async () => {
    const { bridge, sockets } = line();
    sockets[0]?.fire('open');
    const call = bridge.call('app.settings', null);
    sockets[0]?.fire('message', toWire({ id: 1, output: { theme: 'pink', autoLockMinutes: 5 } }));
    await expect(call).rejects.toMatchObject({ code: 'ipc/bad-output', detail: 'theme' });
  });

  test('change notices are parsed; what is none is dropped', () => {
    const { bridge, sockets } = line();
    const heard: number[] = [];
    bridge.onChanged((event) => heard.push(event.seq));
    sockets[0]?.fire('open');
    sockets[0]?.fire('message', toWire({ changed: { seq: 1, topics: ['grid'], head: null } }));
    sockets[0]?.fire('message', toWire({ changed: { seq: 2, topics: ['moon'], head: null } }));
    sockets[0]?.fire('message', toWire({ changed: 'x' }));
    expect(heard).toEqual([1]);
  });

  test('the preload’s line carries wire text both ways', async () => {
    const asked: unknown[] = [];
    const bridge = createBridge(
      preloadTransport({
        call: async (channel, input) => {
          asked.push(channel, fromWire(input));
          return toWire(
            channel === 'app.settings' ? { output: settings } : { error: { code: 'grid/none', detail: '' } },
          );
        },
        on: () => () => undefined,
      }),
    );
    await expect(bridge.call('app.settings', null)).resolves.toEqual(settings);
    await expect(bridge.call('grid.books', {})).rejects.toMatchObject({ code: 'grid/none' });
    expect(asked).toEqual(['app.settings', null, 'grid.books', {}]);
  });
});
