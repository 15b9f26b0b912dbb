// A new identity in three steps: see the words, show that they were written down, name and protect it. Main keeps the words between the
// steps; this view forgets them when it goes.
import { useCallback, useEffect, useState } from 'react';
import type { IdentityView } from '../../../core/ipc/views.ts';
import { Threshold } from '../../frame/frame.tsx';
import { useAction, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { ErrorState, InlineError, Skeleton } from '../../ui/state-view.tsx';
import { Notice } from '../../ui/status.tsx';
import { Checkbox } from '../../ui/toggle.tsx';
import styles from './first-run.module.css';
import { isPassphraseReady, noPassphrase, PassphraseFields, passphraseToSend } from './passphrase.tsx';
import { WordGrid } from './word-grid.tsx';

interface CreateProps {
  readonly identity: IdentityView;
  readonly onBack: () => void;
}

type NewWords = { readonly words: readonly string[]; readonly ask: readonly number[] };

/** Words, check, name. */
export const Create = ({ identity, onBack }: CreateProps) => {
  const { bridge } = useStores();
  const { state, run } = useAction<NewWords>();
  const [step, setStep] = useState<'words' | 'check'>('words');
  const ask = useCallback(() => run(() => bridge.call('identity.newWords', null)), [run, bridge]);
  useEffect(ask, [ask]);
  return (
    <Threshold isWide>
      {state.kind === 'failed' ? <ErrorState failure={state.failure} onRetry={ask} /> : null}
      {state.kind === 'loading' || state.kind === 'idle' ? <Skeleton rows={6} label="Making your words" /> : null}
      {state.kind === 'ready' && step === 'words' ? (
        <ShowWords words={state.value.words} onBack={onBack} onNext={() => setStep('check')} />
      ) : null}
      {state.kind === 'ready' && step === 'check' ? (
        <Check identity={identity} ask={state.value.ask} onBack={() => setStep('words')} />
      ) : null}
    </Threshold>
  );
};

interface ShowWordsProps {
  readonly words: readonly string[];
  readonly onBack: () => void;
  readonly onNext: () => void;
}

const ShowWords = ({ words, onBack, onNext }: ShowWordsProps) => {
  const [isWritten, setWritten] = useState(false);
  return (
    <>
      <p className={styles.steps}>Step 1 of 2</p>
      <h1 className={styles.title}>Write down these 24 words</h1>
      <p className={styles.lead}>
        On paper, in this order. Whoever has them has your TFT; without them nobody can bring it back.
      </p>
      <WordGrid words={words} />
      <div className={styles.form}>
        <Checkbox isSelected={isWritten} onChange={setWritten}>
          I wrote all 24 words down
        </Checkbox>
        <div className={styles.buttons}>
          <Button onPress={onBack}>Back</Button>
          <Button kind="primary" onPress={onNext} isDisabled={!isWritten}>
            Continue
          </Button>
        </div>
      </div>
    </>
  );
};

interface CheckProps {
  readonly identity: IdentityView;
  readonly ask: readonly number[];
  readonly onBack: () => void;
}

const Check = ({ identity, ask, onBack }: CheckProps) => {
  const { bridge } = useStores();
  const [answers, setAnswers] = useState<readonly string[]>(() => ask.map(() => ''));
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState(noPassphrase);
  const { state, isPending, run } = useAction<IdentityView>();
  const isReady =
    answers.every((answer) => answer.trim() !== '') && name.trim() !== '' && isPassphraseReady(passphrase, identity);
  const create = (): void =>
    run(() =>
      bridge.call('identity.create', {
        name: name.trim(),
        answers: answers.map((answer) => answer.trim().toLowerCase()),
        ...passphraseToSend(passphrase),
      }),
    );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) create();
      }}
    >
      <div>
        <p className={styles.steps}>Step 2 of 2</p>
        <h1 className={styles.title}>Check your words</h1>
        <p className={styles.lead}>Type three of them from your paper.</p>
        <div className={styles.asks}>
          {ask.map((position, index) => (
            <TextField
              key={position}
              label={`Word ${position + 1}`}
              value={answers[index] ?? ''}
              onChange={(value) => setAnswers(answers.map((answer, each) => (each === index ? value : answer)))}
              autoFocus={index === 0}
              maxLength={16}
            />
          ))}
        </div>
      </div>
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        maxLength={40}
        hint="What others see beside your key. Names are not unique."
      />
      <PassphraseFields identity={identity} value={passphrase} onChange={setPassphrase} />
      {state.kind === 'failed' && state.failure.code === 'key/bad-words' ? (
        <Notice tone="danger" title="These are not the words at those places">
          Look at your paper again, or go back and see the words once more.
        </Notice>
      ) : null}
      {state.kind === 'failed' && state.failure.code !== 'key/bad-words' ? (
        <InlineError failure={state.failure} />
      ) : null}
      <div className={styles.buttons}>
        <Button onPress={onBack}>Show the words again</Button>
        <Button kind="primary" type="submit" isPending={isPending} isDisabled={!isReady}>
          Create identity
        </Button>
      </div>
    </form>
  );
};
