// An identity from its 24 words. The words go to main in one call and are not kept here.
import { useState } from 'react';
import type { IdentityView } from '../../../core/ipc/views.ts';
import { Threshold } from '../../frame/frame.tsx';
import { useAction, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import styles from './first-run.module.css';
import { isPassphraseReady, noPassphrase, PassphraseFields, passphraseToSend } from './passphrase.tsx';

interface RestoreProps {
  readonly identity: IdentityView;
  readonly onBack: () => void;
}

/** Words, name, protection. */
export const Restore = ({ identity, onBack }: RestoreProps) => (
  <Threshold isWide>
    <h1 className={styles.title}>Restore from 24 words</h1>
    <p className={styles.lead}>
      The same words give the same address in any Stellar wallet (SEP-0005). They stay on this computer.
    </p>
    <RestoreForm identity={identity} onBack={onBack} />
  </Threshold>
);

/** The form alone, for the repair of a known identity too. */
export const RestoreForm = ({
  identity,
  onBack,
}: {
  readonly identity: IdentityView;
  readonly onBack?: () => void;
}) => {
  const { bridge } = useStores();
  const [words, setWords] = useState('');
  const [name, setName] = useState(identity.name ?? '');
  const [passphrase, setPassphrase] = useState(noPassphrase);
  const { state, isPending, run } = useAction<IdentityView>();
  const count = words.trim() === '' ? 0 : words.trim().split(/\s+/).length;
  const isReady = count === 24 && name.trim() !== '' && isPassphraseReady(passphrase, identity);
  const restore = (): void =>
    run(() => bridge.call('identity.restore', { name: name.trim(), words, ...passphraseToSend(passphrase) }));
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) restore();
      }}
    >
      <TextField
        label="Your 24 words"
        value={words}
        onChange={setWords}
        rows={4}
        autoFocus
        maxLength={400}
        hint={`${count} of 24 words`}
      />
      <TextField label="Name" value={name} onChange={setName} maxLength={40} hint="What others see beside your key" />
      <PassphraseFields identity={identity} value={passphrase} onChange={setPassphrase} />
      {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      <div className={styles.buttons}>
        {onBack === undefined ? <span /> : <Button onPress={onBack}>Back</Button>}
        <Button kind="primary" type="submit" isPending={isPending} isDisabled={!isReady}>
          Restore identity
        </Button>
      </div>
    </form>
  );
};
