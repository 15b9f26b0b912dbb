// The first start: make an identity, or restore one. One question per step, and nothing irreversible before the words are checked.
import { KeyRound, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { IdentityView } from '../../../core/ipc/views.ts';
import { Threshold } from '../../frame/frame.tsx';
import { Choice } from './choice.tsx';
import { Create } from './create.tsx';
import styles from './first-run.module.css';
import { Restore } from './restore.tsx';

/** Choose, then create or restore. */
export const FirstRun = ({ identity }: { readonly identity: IdentityView }) => {
  const [way, setWay] = useState<'choose' | 'create' | 'restore'>('choose');
  const back = (): void => setWay('choose');
  if (way === 'create') return <Create identity={identity} onBack={back} />;
  if (way === 'restore') return <Restore identity={identity} onBack={back} />;
  return (
    <Threshold>
      <h1 className={styles.title}>Welcome to 3Bot</h1>
      <p className={styles.lead}>
        Your 3bot holds your key, your TFT, and speaks for you on a grid of independent computers. There is no account
        and no company behind it: 24 words are all there is.
      </p>
      <div className={styles.choices}>
        <Choice
          icon={<KeyRound />}
          title="Create a new identity"
          text="You get 24 words to write down on paper."
          onChoose={() => setWay('create')}
        />
        <Choice
          icon={<RotateCcw />}
          title="Restore from 24 words"
          text="You have used 3Bot or a Stellar wallet before."
          onChoose={() => setWay('restore')}
        />
      </div>
    </Threshold>
  );
};
