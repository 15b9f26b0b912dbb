// Setting, changing or taking off the passphrase of the vault.
import { useState } from 'react';
import type { IdentityView } from '../../../core/ipc/views.ts';
import { useAction, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { useAnnounce } from '../../ui/toast.tsx';
import styles from './settings.module.css';

/** A line with a button, and the sheet behind it. */
export const Passphrase = ({ identity }: { readonly identity: IdentityView }) => {
  const [isOpen, setOpen] = useState(false);
  const { keychain, hasPassphrase } = identity;
  return (
    <div className={styles.line}>
      <div className={styles.lineText}>
        <p className={styles.lineTitle}>{hasPassphrase ? 'A passphrase locks your key' : 'No passphrase'}</p>
        <p className={styles.muted}>
          {keychain.isUsable ? `Kept in your system’s keychain (${keychain.store})` : 'No keychain on this computer'}
        </p>
      </div>
      <Button onPress={() => setOpen(true)}>{hasPassphrase ? 'Change passphrase' : 'Set passphrase'}</Button>
      {isOpen ? <Change identity={identity} onClose={() => setOpen(false)} /> : null}
    </div>
  );
};

const Change = ({ identity, onClose }: { readonly identity: IdentityView; readonly onClose: () => void }) => {
  const { bridge } = useStores();
  const announce = useAnnounce();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const { state, isPending, run } = useAction<void>();
  const isOff = next === '' && again === '';
  const canTakeOff = identity.hasPassphrase && identity.keychain.isUsable;
  const isReady = next === again && (next !== '' || canTakeOff) && (!identity.hasPassphrase || current !== '');
  const change = (): void =>
    run(async () => {
      await bridge.call('identity.changePassphrase', {
        ...(current === '' ? {} : { current }),
        ...(next === '' ? {} : { next }),
      });
      announce({ tone: 'ok', text: isOff ? 'Passphrase taken off' : 'Passphrase set' });
      onClose();
    });
  return (
    <Dialog
      title={identity.hasPassphrase ? 'Change passphrase' : 'Set passphrase'}
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind={isOff ? 'danger' : 'primary'} onPress={change} isPending={isPending} isDisabled={!isReady}>
            {isOff && canTakeOff ? 'Take passphrase off' : 'Set passphrase'}
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !isOff) change();
        }}
      >
        {identity.hasPassphrase ? (
          <TextField
            label="Current passphrase"
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={setCurrent}
            autoFocus
          />
        ) : null}
        <TextField
          label="New passphrase"
          type="password"
          autoComplete="new-password"
          value={next}
          onChange={setNext}
          hint={canTakeOff ? 'Leave empty to take it off' : 'Several unrelated words are best'}
        />
        <TextField
          label="New passphrase again"
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          problem={again !== '' && again !== next ? 'Not the same' : undefined}
        />
        {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      </form>
    </Dialog>
  );
};
