// A locked vault: whose it is, and the way in.
import { useState } from 'react';
import type { IdentityView } from '../../../core/ipc/views.ts';
import { Threshold } from '../../frame/frame.tsx';
import { useAction, useStores } from '../../stores/context.tsx';
import { Person } from '../../ui/address.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import styles from '../first-run/first-run.module.css';

/** Passphrase where there is one; else the keychain opens it with one press. */
export const Unlock = ({ identity }: { readonly identity: IdentityView }) => {
  const { bridge } = useStores();
  const [passphrase, setPassphrase] = useState('');
  const { state, isPending, run } = useAction<IdentityView>();
  const unlock = (): void => run(() => bridge.call('identity.unlock', identity.hasPassphrase ? { passphrase } : {}));
  return (
    <Threshold>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          unlock();
        }}
      >
        <div>
          <h1 className={styles.title}>Locked</h1>
          {identity.address === null ? null : (
            <Person address={identity.address} name={identity.name ?? undefined} size={32} />
          )}
        </div>
        {identity.hasPassphrase ? (
          <TextField
            label="Passphrase"
            type="password"
            autoComplete="current-password"
            value={passphrase}
            onChange={setPassphrase}
            autoFocus
          />
        ) : (
          <p className={styles.lead}>Your key is kept in your system’s keychain ({identity.keychain.store}).</p>
        )}
        {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
        <Button
          kind="primary"
          size="large"
          type="submit"
          isPending={isPending}
          isDisabled={identity.hasPassphrase && passphrase === ''}
          autoFocus={!identity.hasPassphrase}
        >
          Unlock
        </Button>
      </form>
    </Threshold>
  );
};
