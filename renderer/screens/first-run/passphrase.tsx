// A passphrase on top of the keychain, or instead of it where there is none; and the keychain's state in plain words.
import type { IdentityView } from '../../../core/ipc/views.ts';
import { TextField } from '../../ui/field.tsx';
import { Notice } from '../../ui/status.tsx';
import { Switch } from '../../ui/toggle.tsx';
import { sentenceFor } from '../../words.ts';
import styles from './first-run.module.css';

/** What is typed so far. */
export interface TypedPassphrase {
  readonly isWanted: boolean;
  readonly first: string;
  readonly second: string;
}

/** Nothing typed. */
export const noPassphrase: TypedPassphrase = { isWanted: false, first: '', second: '' };

const isNeeded = (identity: IdentityView): boolean => !identity.keychain.isUsable;

/** Whether one can go on: none wanted and none needed, or twice the same. */
export const isPassphraseReady = (typed: TypedPassphrase, identity: IdentityView): boolean =>
  typed.isWanted || isNeeded(identity) ? typed.first !== '' && typed.first === typed.second : true;

/** The passphrase as a call takes it: absent when there is none. */
export const passphraseToSend = (typed: TypedPassphrase): { readonly passphrase?: string } =>
  typed.first === '' ? {} : { passphrase: typed.first };

interface PassphraseFieldsProps {
  readonly identity: IdentityView;
  readonly value: TypedPassphrase;
  readonly onChange: (value: TypedPassphrase) => void;
}

/** The state of the keychain, a switch where there is a choice, and two fields. */
export const PassphraseFields = ({ identity, value, onChange }: PassphraseFieldsProps) => {
  const { keychain } = identity;
  const isAsked = value.isWanted || isNeeded(identity);
  return (
    <>
      {keychain.isUsable ? (
        <Notice tone="ok" title={`Protected by your system’s keychain (${keychain.store})`}>
          <div className={styles.also}>
            <Switch isSelected={value.isWanted} onChange={(isWanted) => onChange({ ...noPassphrase, isWanted })}>
              Ask for a passphrase as well
            </Switch>
          </div>
        </Notice>
      ) : (
        <Notice tone="caution" title="No keychain on this computer">
          {keychain.problem === null ? keychain.store : sentenceFor(keychain.problem.code)} Your passphrase alone
          protects your key: there is no way to recover it but your 24 words.
        </Notice>
      )}
      {isAsked ? (
        <div className={styles.form}>
          <TextField
            label="Passphrase"
            type="password"
            autoComplete="new-password"
            value={value.first}
            onChange={(first) => onChange({ ...value, first })}
            hint="Several unrelated words are best"
          />
          <TextField
            label="Passphrase again"
            type="password"
            autoComplete="new-password"
            value={value.second}
            onChange={(second) => onChange({ ...value, second })}
            problem={value.second !== '' && value.second !== value.first ? 'Not the same' : undefined}
          />
        </div>
      ) : null}
    </>
  );
};
