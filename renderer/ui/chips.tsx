// What is in force, each as a small piece that can be taken away: by its cross, or with Delete when it has the focus. One line
// that scrolls sideways, so that nothing below moves when one comes or goes.
import { X } from 'lucide-react';
import { Button, Tag, TagGroup, TagList } from 'react-aria-components';
import { cx } from '../lib/cx.ts';
import styles from './chips.module.css';

/** One piece: what it says, and something smaller beside it. */
export interface Chip<Name extends string> {
  readonly name: Name;
  readonly text: string;
  readonly note?: string | undefined;
  readonly isProblem?: boolean;
}

interface ChipsProps<Name extends string> {
  readonly label: string;
  readonly chips: readonly Chip<Name>[];
  readonly onRemove: (names: readonly Name[]) => void;
  /** What stands there while there is none. */
  readonly none: string;
}

/** A row of chips. */
export const Chips = <Name extends string>({ label, chips, onRemove, none }: ChipsProps<Name>) => (
  <TagGroup
    aria-label={label}
    className={styles.chips ?? ''}
    onRemove={(keys) => onRemove(chips.filter(({ name }) => keys.has(name)).map(({ name }) => name))}
  >
    <TagList
      items={chips.map((chip) => ({ ...chip, id: chip.name }))}
      className={styles.list ?? ''}
      renderEmptyState={() => <span className={styles.none}>{none}</span>}
    >
      {({ id, text, note, isProblem = false }) => (
        <Tag
          id={id}
          textValue={note === undefined ? text : `${text}, ${note}`}
          className={cx(styles.chip, isProblem && styles.problem)}
        >
          <span>{text}</span>
          {note === undefined ? null : <span className={styles.note}>{note}</span>}
          <Button slot="remove" className={styles.cross ?? ''} aria-label={`Remove ${text}`}>
            <X aria-hidden />
          </Button>
        </Tag>
      )}
    </TagList>
  </TagGroup>
);
