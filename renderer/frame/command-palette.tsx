// Ctrl/Cmd K: everything the app can do or show, by typing. Commands come from outside; this only finds and runs them.
import { Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  Keyboard,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  Text,
  TextField,
} from 'react-aria-components';
import styles from './command-palette.module.css';

/** One thing to do or to go to. `also` holds words by which it is found too. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly icon?: ReactNode;
  readonly keys?: string;
  readonly also?: string;
  readonly run: () => void;
}

interface PaletteProps {
  readonly isOpen: boolean;
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}

const matches = (command: Command, typed: string): boolean => {
  const text = `${command.title} ${command.group} ${command.also ?? ''}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};

/** A list under a search field; arrow keys choose, Enter runs, Esc closes. */
export const CommandPalette = ({ isOpen, commands, onClose }: PaletteProps) => {
  const [typed, setTyped] = useState('');
  const close = (): void => {
    setTyped('');
    onClose();
  };
  const found = commands.filter((command) => matches(command, typed));
  const groups = [...new Set(found.map((command) => command.group))];
  return (
    <ModalOverlay
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) close();
      }}
      className={styles.overlay ?? ''}
    >
      <Modal className={styles.modal ?? ''}>
        <Dialog aria-label="Search or jump to" className={styles.dialog ?? ''}>
          <Autocomplete inputValue={typed} onInputChange={setTyped}>
            {/* Not a SearchField: that takes the first Esc to empty itself, and here Esc closes. */}
            <TextField autoFocus aria-label="Search or jump to" className={styles.field ?? ''}>
              <Search aria-hidden />
              <Input placeholder="Search or jump to…" className={styles.input ?? ''} />
            </TextField>
            <Menu
              aria-label="Commands"
              className={styles.menu ?? ''}
              onAction={(key) => {
                close();
                commands.find((command) => command.id === key)?.run();
              }}
              renderEmptyState={() => <p className={styles.none}>Nothing here has that name.</p>}
            >
              {groups.map((group) => (
                <MenuSection key={group} id={group}>
                  <Header className={styles.group ?? ''}>{group}</Header>
                  {found.filter((each) => each.group === group).map((each) => row(each))}
                </MenuSection>
              ))}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
};

const row = (command: Command) => (
  <MenuItem key={command.id} id={command.id} textValue={command.title} className={styles.item ?? ''}>
    <span className={styles.icon} aria-hidden="true">
      {command.icon}
    </span>
    <Text slot="label" className={styles.title ?? ''}>
      {command.title}
    </Text>
    {command.keys === undefined ? null : <Keyboard className={styles.keys ?? ''}>{command.keys}</Keyboard>}
  </MenuItem>
);
