// The code or link by which another 3bot finds this grid and knows it by its genesis.
import { useQuery } from '../../stores/context.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import styles from './grid.module.css';

/** The invitation as text and QR code. */
export const Invitation = ({ onClose }: { readonly onClose: () => void }) => {
  const [invitation, retry] = useQuery('grid.invitation', null);
  return (
    <Dialog title="Invite to this grid" isOpen onClose={onClose} size="wide">
      <AsyncView state={invitation} onRetry={retry}>
        {({ text, link }) => (
          <div className={styles.invite}>
            <QrCode text={link} label="The invitation as a QR code" size={232} />
            <div>
              <p className={styles.line} role="note" aria-label="Invitation">
                {text}
              </p>
              <CopyButton text={text} what="invitation" isWorded />
              {link === text ? null : <CopyButton text={link} what="link" isWorded />}
              <p className={styles.note}>
                Whoever has it can follow this grid and everything recorded on it. It holds no secret of yours.
              </p>
            </div>
          </div>
        )}
      </AsyncView>
    </Dialog>
  );
};
