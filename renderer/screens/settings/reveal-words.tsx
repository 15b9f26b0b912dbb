// The 24 words once more, behind a check that it is me. They are gone from this view when the sheet closes.
import { useState } from 'react';
import type { Output } from '../../../core/ipc/contract.ts';
import type { IdentityView } from '../../../core/ipc/views.ts';
import { useAction, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { Notice } from '../../ui/status.tsx';
import { Checkbox } from '../../ui/toggle.tsx';
import { WordGrid } from '../first-run/word-grid.tsx';
import styles from './settings.module.css';

/** A line with a button, and the sheet behind it. */
export const RevealWords = ({ identity }: { readonly identity: IdentityView }) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className={styles.line}>
      <div className={styles.lineText}>
        <p className={styles.lineTitle}>Your 24 words</p>
        <p className={styles.muted}>The only backup of your key</p>
      </div>
      <Button onPress={() => setOpen(true)}>Show words</Button>
      {isOpen ? <Reveal identity={identity} onClose={() => setOpen(false)} /> : null}
    </div>
  );
};

const Reveal = ({ identity, onClose }: { readonly identity: IdentityView; readonly onClose: () => void }) => {
  const { bridge } = useStores();
  const [passphrase, setPassphrase] = useState('');
  const [isAlone, setAlone] = useState(false);
  const { state, isPending, run } = useAction<Output<'identity.revealWords'>>();
  const isReady = isAlone && (!identity.hasPassphrase || passphrase !== '');
  const reveal = (): void => run(() => bridge.call('identity.revealWords', passphrase === '' ? {} : { passphrase }));
  return (
    <Dialog
      title="Your 24 words"
      isOpen
      onClose={onClose}
      size="wide"
      footer={
        state.kind === 'ready' ? (
          <Button onPress={onClose}>Hide words</Button>
        ) : (
          <>
            <Button onPress={onClose}>Cancel</Button>
            <Button kind="danger" onPress={reveal} isPending={isPending} isDisabled={!isReady}>
              Show words
            </Button>
          </>
        )
      }
    >
      {state.kind === 'ready' ? (
        <WordGrid words={state.value.words} />
      ) : (
        <div className={styles.form}>
          <Notice tone="caution" title="Whoever sees these words has your TFT">
            Nobody from any support will ever ask for them.
          </Notice>
          {identity.hasPassphrase ? (
            <TextField
              label="Passphrase"
              type="password"
              autoComplete="current-password"
              value={passphrase}
              onChange={setPassphrase}
              autoFocus
            />
          ) : null}
          <Checkbox isSelected={isAlone} onChange={setAlone}>
            Nobody can see my screen, and it is not being shared
          </Checkbox>
          {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
        </div>
      )}
    </Dialog>
  );
};
