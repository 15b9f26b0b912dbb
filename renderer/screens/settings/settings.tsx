// Settings and security: how it looks, how it locks, my words, my people, how safe this is, where the data lives.
import type { IdentityView, Settings as SettingsView } from '../../../core/ipc/views.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Address, Person } from '../../ui/address.tsx';
import { Facts, Page, Panel } from '../../ui/layout.tsx';
import { Select } from '../../ui/select.tsx';
import { Status } from '../../ui/status.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { useAct } from '../shared/use-act.ts';
import { Contacts } from './contacts.tsx';
import { KeptHistory } from './kept-history.tsx';
import { Network } from './network.tsx';
import { Passphrase } from './passphrase.tsx';
import { RevealWords } from './reveal-words.tsx';
import styles from './settings.module.css';

/** `#/settings`. */
export const Settings = ({ identity }: { readonly identity: IdentityView }) => {
  const [settings, retry] = useQuery('app.settings', null);
  return (
    <Page title="Settings">
      <div className={styles.columns}>
        <Panel title="Identity">
          {identity.address === null ? null : (
            <div className={styles.me}>
              <Person address={identity.address} name={identity.name ?? undefined} size={32} />
              <Address value={identity.address} />
            </div>
          )}
          <Passphrase identity={identity} />
          <RevealWords identity={identity} />
        </Panel>
        <AsyncView state={settings} onRetry={retry}>
          {(value) => (
            <>
              <Look settings={value} />
              <Network settings={value} />
              <KeptHistory settings={value} />
            </>
          )}
        </AsyncView>
      </div>
      <Contacts />
      <div className={styles.columns}>
        <Posture />
        <About />
      </div>
    </Page>
  );
};

const themes = [
  { value: 'system', text: 'As the system' },
  { value: 'light', text: 'Light' },
  { value: 'dark', text: 'Dark' },
] as const;

const locks = [
  { value: '0', text: 'Never' },
  { value: '5', text: 'After 5 minutes' },
  { value: '15', text: 'After 15 minutes' },
  { value: '60', text: 'After an hour' },
] as const;

const lockOptions = (minutes: number) =>
  locks.some((each) => each.value === String(minutes))
    ? locks
    : [...locks, { value: String(minutes), text: `After ${String(minutes)} minutes` }];

const Look = ({ settings }: { readonly settings: SettingsView }) => {
  const { bridge } = useStores();
  const act = useAct();
  const save = (part: Partial<SettingsView>): void =>
    act(() => bridge.call('app.saveSettings', { ...settings, ...part }));
  return (
    <Panel title="This window">
      <div className={styles.form}>
        <Select label="Theme" value={settings.theme} options={themes} onChange={(theme) => save({ theme })} />
        <Select
          label="Lock by itself"
          value={String(settings.autoLockMinutes)}
          options={lockOptions(settings.autoLockMinutes)}
          onChange={(minutes) => save({ autoLockMinutes: Number(minutes) })}
        />
      </div>
    </Panel>
  );
};

const Posture = () => {
  const [posture, retry] = useQuery('app.posture', null);
  return (
    <Panel title="Security posture">
      <AsyncView state={posture} onRetry={retry}>
        {(items) => (
          <ul aria-label="Security posture">
            {items.map((item) => (
              <li key={item.name} className={styles.posture}>
                <Status tone={item.isGood ? 'ok' : 'caution'} isPlain>
                  <span className={styles.postureName}>{item.name}</span>
                </Status>
                <span className={styles.muted}>{item.words}</span>
              </li>
            ))}
          </ul>
        )}
      </AsyncView>
    </Panel>
  );
};

const About = () => {
  const [info, retry] = useQuery('app.info', null);
  return (
    <Panel title="About">
      <AsyncView state={info} onRetry={retry}>
        {({ version, host, platform, profileFolder }) => (
          <Facts
            facts={[
              { name: 'Version', value: version },
              { name: 'Host', value: host === 'electron' ? `Desktop app on ${platform}` : `Browser on ${platform}` },
              { name: 'Data folder', value: <code>{profileFolder}</code> },
            ]}
          />
        )}
      </AsyncView>
    </Panel>
  );
};
