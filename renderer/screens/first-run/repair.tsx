// An identity is known, but its key cannot be read. Never offers a new one: says what is wrong, lets one try again, and takes the words.
import type { IdentityView } from '../../../core/ipc/views.ts';
import { Threshold } from '../../frame/frame.tsx';
import { useQuery } from '../../stores/context.tsx';
import { Person } from '../../ui/address.tsx';
import { Button } from '../../ui/button.tsx';
import { Stack } from '../../ui/layout.tsx';
import { Notice } from '../../ui/status.tsx';
import { sentenceFor } from '../../words.ts';
import styles from './first-run.module.css';
import { RestoreForm } from './restore.tsx';

/** The guided way back. */
export const Repair = ({ identity }: { readonly identity: IdentityView }) => {
  const [, askAgain] = useQuery('identity.state', null);
  const code = identity.problem?.code ?? 'vault/repair-needed';
  return (
    <Threshold isWide>
      <h1 className={styles.title}>Your identity needs a repair</h1>
      <Stack gap={4}>
        {identity.address === null ? null : (
          <Person address={identity.address} name={identity.name ?? undefined} size={32} />
        )}
        <Notice
          tone="caution"
          title={sentenceFor(code)}
          action={
            <Button size="small" onPress={askAgain}>
              Try again
            </Button>
          }
        >
          Nothing is lost: the same key comes back from your 24 words. <code>{code}</code>
        </Notice>
        <RestoreForm identity={identity} />
      </Stack>
    </Threshold>
  );
};
