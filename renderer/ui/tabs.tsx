// Views of one thing side by side. Which one is open lives with the caller, so that an address can name it.
import type { ReactNode } from 'react';
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components';
import styles from './tabs.module.css';

/** One view: its key, its name on the tab, an optional count, and what it shows. */
export interface TabView<T extends string> {
  readonly key: T;
  readonly name: string;
  readonly count?: number;
  readonly content: ReactNode;
}

interface TabsProps<T extends string> {
  readonly label: string;
  readonly views: readonly TabView<T>[];
  readonly open: T;
  readonly onOpen: (key: T) => void;
}

/** Tabs over panels; arrow keys move between them. */
export const Tabs = <T extends string>({ label, views, open, onOpen }: TabsProps<T>) => (
  <AriaTabs
    className={styles.tabs ?? ''}
    selectedKey={open}
    onSelectionChange={(key) => {
      const view = views.find((each) => each.key === key);
      if (view !== undefined) onOpen(view.key);
    }}
  >
    <TabList aria-label={label} className={styles.list ?? ''}>
      {views.map((view) => (
        <Tab key={view.key} id={view.key} className={styles.tab ?? ''}>
          {view.name}
          {view.count === undefined ? null : <span className={styles.count}>{view.count}</span>}
        </Tab>
      ))}
    </TabList>
    {views.map((view) => (
      <TabPanel key={view.key} id={view.key} className={styles.panel ?? ''}>
        {view.content}
      </TabPanel>
    ))}
  </AriaTabs>
);
