// The app once it is unlocked and on a grid: the frame, the open screen, the palette and the shortcuts.
import { Lock, MoonStar, Plus, Send, Sun } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { IdentityView, NoticeView } from '../../core/ipc/views.ts';
import type { ReplicaView } from '../../core/views.ts';
import { valueIn } from '../lib/async-state.ts';
import { gridWords } from '../lib/grid-words.ts';
import { Screen } from '../screens/screen.tsx';
import { useAct } from '../screens/shared/use-act.ts';
import { useQuery, useRoute, useStores } from '../stores/context.tsx';
import { screenNames } from '../stores/router.ts';
import { useNow } from '../ui/clock.tsx';
import { Notice } from '../ui/status.tsx';
import { sentenceFor } from '../words.ts';
import { watchIdle } from './auto-lock.ts';
import { type Command, CommandPalette } from './command-palette.tsx';
import { Frame } from './frame.tsx';
import { Navigation, screens } from './navigation.tsx';
import { Notices } from './notices.tsx';
import { createShortcuts, isTextEntry } from './shortcuts.ts';
import { TopBar } from './top-bar.tsx';

interface WorkspaceProps {
  readonly identity: IdentityView;
  readonly replica: ReplicaView;
}

/** Frame and screen. */
export const Workspace = ({ identity, replica }: WorkspaceProps) => {
  const route = useRoute();
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [packets] = useQuery('desk.packets', null);
  const commands = useCommands(identity);
  const openPalette = useCallback(() => setPaletteOpen(true), []);
  useShortcuts(openPalette);
  useAutoLock();
  const waiting = (valueIn(packets) ?? []).filter((packet) => packet.canISign && packet.state !== 'draft').length;
  return (
    <>
      <Frame
        navigation={<Navigation open={route.screen} waiting={{ cosign: waiting }} />}
        topBar={<LiveTopBar identity={identity} replica={replica} notices={<LiveNotices />} onSearch={openPalette} />}
        banner={<Banner replica={replica} />}
      >
        <Screen route={route} me={identity} />
      </Frame>
      <CommandPalette isOpen={isPaletteOpen} commands={commands} onClose={() => setPaletteOpen(false)} />
    </>
  );
};

/** Each notice leads to the screen that can settle it. */
const LiveNotices = () => {
  const { router } = useStores();
  const [notices] = useQuery('watch.notices', null);
  const open = ({ kind, about }: NoticeView): void => {
    if (kind === 'cosign-waits') router.go('cosign', about);
    else if (kind === 'record-rejected') router.go('wallet');
    else if (kind === 'node-down' || kind === 'agent-stopped') router.go('farm');
    else if (kind === 'database-healed') router.go('grid');
    else router.go('contracts', about);
  };
  return <Notices notices={valueIn(notices) ?? []} onOpen={open} />;
};

/** Locks after the minutes that the settings say; zero is never. */
const useAutoLock = (): void => {
  const { bridge } = useStores();
  const act = useAct();
  const [settings] = useQuery('app.settings', null);
  const minutes = valueIn(settings)?.autoLockMinutes ?? 0;
  useEffect(() => {
    if (minutes === 0) return undefined;
    const channel = new BroadcastChannel('3bot-hands');
    const onIdle = (): void => act(() => bridge.call('identity.lock', null));
    const stop = watchIdle({ idleMs: minutes * 60_000, hands: window, channel, onIdle, now: Date.now });
    return () => {
      stop();
      channel.close();
    };
  }, [minutes, bridge, act]);
};

/** The bar with the seconds in it: the only part of the frame that is drawn every second. */
const LiveTopBar = ({
  identity,
  replica,
  notices,
  onSearch,
}: WorkspaceProps & { readonly notices: ReactNode; readonly onSearch: () => void }) => {
  const { live, router, bridge } = useStores();
  const act = useAct();
  const now = useNow(1000);
  const { isUp, head } = useStore(live.store);
  const isNewer = head !== null && replica.head !== null && head.height > replica.head.height;
  const newest = isNewer && replica.head !== null ? { ...replica, head: { ...replica.head, ...head } } : replica;
  return (
    <TopBar
      address={identity.address}
      name={identity.name}
      grid={gridWords(newest, isUp, now)}
      notices={notices}
      onLock={() => act(() => bridge.call('identity.lock', null))}
      onSearch={onSearch}
      onMe={() => router.go('wallet', 'receive')}
      onGrid={() => router.go('grid')}
    />
  );
};

/** What is wrong with everything at once, if something is. */
const Banner = ({ replica }: { readonly replica: ReplicaView }) => {
  const isUp = useStore(useStores().live.store, (state) => state.isUp);
  if (!isUp) {
    return (
      <Notice tone="caution" title="No connection to your 3bot">
        What you see is the last that was known. This window connects again by itself.
      </Notice>
    );
  }
  if (replica.alarm === null) return null;
  return (
    <Notice tone="danger" title={sentenceFor(replica.alarm.code)}>
      {replica.alarm.detail} <code>{replica.alarm.code}</code>
    </Notice>
  );
};

/** Everything that the palette offers. */
const useCommands = (identity: IdentityView): readonly Command[] => {
  const { router, bridge } = useStores();
  const act = useAct();
  return useMemo(() => {
    const go = screenNames.map((name) => ({
      id: `go-${name}`,
      title: screens[name].title,
      group: 'Go to',
      icon: screens[name].icon,
      keys: `G ${screens[name].key.toUpperCase()}`,
      run: () => router.go(name),
    }));
    const saveTheme = (theme: 'light' | 'dark'): void =>
      act(async () => bridge.call('app.saveSettings', { ...(await bridge.call('app.settings', null)), theme }));
    const deeds: readonly Command[] = [
      {
        id: 'send',
        title: 'Send TFT',
        group: 'Do',
        icon: <Send />,
        also: 'pay transfer',
        run: () => router.go('wallet', 'send'),
      },
      {
        id: 'receive',
        title: 'Receive TFT',
        group: 'Do',
        icon: screens.wallet.icon,
        also: `address qr ${identity.address ?? ''}`,
        run: () => router.go('wallet', 'receive'),
      },
      {
        id: 'compose',
        title: 'New contract',
        group: 'Do',
        icon: <Plus />,
        also: 'rent workload',
        run: () => router.go('contracts', 'new'),
      },
      { id: 'light', title: 'Light theme', group: 'Do', icon: <Sun />, run: () => saveTheme('light') },
      { id: 'dark', title: 'Dark theme', group: 'Do', icon: <MoonStar />, run: () => saveTheme('dark') },
      {
        id: 'lock',
        title: 'Lock',
        group: 'Do',
        icon: <Lock />,
        run: () => act(() => bridge.call('identity.lock', null)),
      },
    ];
    return [...go, ...deeds];
  }, [router, bridge, act, identity.address]);
};

/** Ctrl/Cmd K and "g" chords, as long as the workspace is there. */
const useShortcuts = (openPalette: () => void): void => {
  const { router } = useStores();
  useEffect(() => {
    const read = createShortcuts();
    const onKeyDown = (event: KeyboardEvent): void => {
      const shortcut = read(
        {
          key: event.key,
          ctrlKey: event.ctrlKey,
          metaKey: event.metaKey,
          altKey: event.altKey,
          isTyping: isTextEntry(event.target),
        },
        event.timeStamp,
      );
      if (shortcut === null) return;
      if (shortcut.kind === 'palette') {
        event.preventDefault();
        openPalette();
        return;
      }
      const name = screenNames.find((each) => screens[each].key === shortcut.key);
      if (name !== undefined) router.go(name);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [router, openPalette]);
};
