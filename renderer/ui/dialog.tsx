// A sheet over the app. Esc closes it unless it must be answered; focus goes in and comes back by itself.
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { cx } from '../lib/cx.ts';
import { IconButton } from './button.tsx';
import styles from './dialog.module.css';

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly size?: 'normal' | 'wide';
  readonly placement?: 'center' | 'side';
  readonly role?: 'dialog' | 'alertdialog';
}

/** A titled sheet: content scrolls, title and footer stay. */
export const Dialog = ({
  title,
  isOpen,
  onClose,
  children,
  footer,
  size = 'normal',
  placement = 'center',
  role = 'dialog',
}: DialogProps) => (
  <ModalOverlay
    isOpen={isOpen}
    onOpenChange={(open) => {
      if (!open) onClose();
    }}
    isDismissable={role === 'dialog'}
    className={cx(styles.overlay, placement === 'side' && styles.overlaySide)}
  >
    <Modal className={cx(styles.modal, size === 'wide' && styles.wide, placement === 'side' && styles.side)}>
      <AriaDialog role={role} className={styles.dialog ?? ''}>
        <header className={styles.header}>
          <Heading slot="title" className={styles.title ?? ''}>
            {title}
          </Heading>
          <IconButton label="Close" icon={<X />} onPress={onClose} />
        </header>
        <div className={styles.content}>{children}</div>
        {footer === undefined ? null : <footer className={styles.footer}>{footer}</footer>}
      </AriaDialog>
    </Modal>
  </ModalOverlay>
);
