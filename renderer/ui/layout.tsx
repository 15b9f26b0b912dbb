// How a screen is laid out: a page with a title, panels, pairs of name and value, and folds. Structure only.
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Disclosure as AriaDisclosure, Button, DisclosurePanel, Heading } from 'react-aria-components';
import { cx } from '../lib/cx.ts';
import styles from './layout.module.css';

interface PageProps {
  readonly title: string;
  /** Where this page is one of many: the list that it belongs to. */
  readonly up?: { readonly title: string; readonly href: string };
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly isWide?: boolean;
}

/** One screen: title, what it is about, actions, content. Wide ones give tables the whole width and height. */
export const Page = ({ title, up, lead, actions, children, isWide = false }: PageProps) => (
  <div className={cx(styles.page, isWide && styles.wide)}>
    <header className={styles.pageHead}>
      <div className={styles.pageTitle}>
        {up === undefined ? null : (
          <a href={up.href} className={styles.up}>
            <ChevronLeft aria-hidden />
            {up.title}
          </a>
        )}
        <h1>{title}</h1>
        {lead === undefined ? null : <p className={styles.lead}>{lead}</p>}
      </div>
      {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
    </header>
    {children}
  </div>
);

interface PanelProps {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly isBare?: boolean;
  readonly label?: string;
}

/** A titled part of a page; bare ones have no box. */
export const Panel = ({ title, actions, children, isBare = false, label }: PanelProps) => (
  <section
    className={cx(styles.panel, isBare && styles.bare)}
    aria-label={label ?? (typeof title === 'string' ? title : undefined)}
  >
    {title === undefined ? null : (
      <header className={styles.panelHead}>
        <h2 className={styles.panelTitle}>{title}</h2>
        {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
      </header>
    )}
    {children}
  </section>
);

/** One named value. */
export interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

/** Names and values in two columns, or as tiles with the value on top. */
export const Facts = ({ facts, isTiled = false }: { readonly facts: readonly Fact[]; readonly isTiled?: boolean }) => (
  <dl className={isTiled ? styles.tiles : styles.facts}>
    {facts.map((fact) => (
      <div key={fact.name} className={styles.fact}>
        <dt>{fact.name}</dt>
        <dd>{fact.value}</dd>
      </div>
    ))}
  </dl>
);

interface DisclosureProps {
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** Open from the start. */
  readonly isOpenAtFirst?: boolean;
}

/** Something folded away until asked for. */
export const Disclosure = ({ title, children, isOpenAtFirst = false }: DisclosureProps) => (
  <AriaDisclosure className={styles.disclosure ?? ''} defaultExpanded={isOpenAtFirst}>
    <Heading className={styles.disclosureHead ?? ''}>
      <Button slot="trigger" className={styles.disclosureButton ?? ''}>
        <ChevronRight aria-hidden />
        {title}
      </Button>
    </Heading>
    <DisclosurePanel className={styles.disclosurePanel ?? ''}>{children}</DisclosurePanel>
  </AriaDisclosure>
);

/** Things under each other (or beside, with `isRow`) at a step of the grid. */
export const Stack = ({
  children,
  gap = 4,
  isRow = false,
  isWrapping = false,
}: {
  readonly children: ReactNode;
  readonly gap?: 1 | 2 | 3 | 4 | 6 | 8;
  readonly isRow?: boolean;
  readonly isWrapping?: boolean;
}) => (
  <div className={cx(styles.stack, isRow && styles.row, isWrapping && styles.wrap, styles[`gap${gap}`])}>
    {children}
  </div>
);
