// My address, to be scanned, copied, or read aloud.
import { groupedAddress } from '../../lib/address.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import styles from './wallet.module.css';

interface ReceiveProps {
  readonly address: string;
  readonly onClose: () => void;
}

/** QR code and full address. */
export const Receive = ({ address, onClose }: ReceiveProps) => (
  <Dialog title="Receive TFT" isOpen onClose={onClose}>
    <div className={styles.receive}>
      <QrCode text={address} label="Your address as a QR code" />
      <div>
        <p className={styles.full} role="note" aria-label="Your address">
          {groupedAddress(address)}
        </p>
        <CopyButton text={address} what="address" isWorded />
        <p className={styles.note}>Anyone on this grid can send TFT to this address. Only your key can move it on.</p>
      </div>
    </div>
  </Dialog>
);
