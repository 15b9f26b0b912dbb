// Lies that this computer found: what was said, by whom, and where the two stories part. Shown only when there are any.
import { FileCheck, ShieldAlert } from 'lucide-react';
import type { EvidenceView } from '../../../core/views.ts';
import { valueIn } from '../../lib/async-state.ts';
import { saveFile } from '../../lib/save-file.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Address } from '../../ui/address.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel, Stack } from '../../ui/layout.tsx';
import { Time } from '../../ui/time.tsx';
import { useAct } from '../shared/use-act.ts';
import styles from './grid.module.css';

const LIMIT = 20;

const sentences = {
  'two-headers': 'Two certified blocks stand at one height: a quorum of guardians told two stories.',
  divergence: 'The guardians certified another result than this computer came to.',
  'shorter-history': 'The guardian showed a shorter history than it had certified before.',
  'author-fork': 'One key signed two different records for the same place in its chain.',
  'two-statements': 'A guardian said two different things at one height.',
} as const satisfies Record<EvidenceView['what'], string>;

/** All that was found, newest first; nothing at all while nothing was. */
export const Evidence = () => {
  const [found] = useQuery('grid.evidence', { limit: LIMIT });
  const items = valueIn(found)?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Panel title="Evidence" label="Evidence of lies">
      <ul>
        {items.map((item) => (
          <li key={item.position} className={styles.finding}>
            <ShieldAlert aria-hidden />
            <Stack gap={2}>
              <p>{sentences[item.what]}</p>
              <p className={styles.particulars}>
                {item.height === null ? null : <span>Height {item.height.toLocaleString('en')}</span>}
                {item.author === null ? null : (
                  <span>
                    Signed by <Address value={item.author} what="address" />
                  </span>
                )}
                <span className={styles.detail}>{item.detail}</span>
                <span>
                  Found <Time timeMs={item.foundMs} />
                </span>
              </p>
              {item.what === 'two-statements' ? <SaveProof position={item.position} /> : null}
            </Stack>
          </li>
        ))}
      </ul>
    </Panel>
  );
};

/** What both sides said as one file, which whoever has only the grid's id can check. */
const SaveProof = ({ position }: { readonly position: number }) => {
  const { bridge } = useStores();
  const act = useAct();
  const save = async (): Promise<void> => {
    const { fileName, bytes } = await bridge.call('grid.proof', { position });
    saveFile(fileName, bytes);
  };
  return (
    <div>
      <Button icon={<FileCheck />} onPress={() => act(save, 'Proof saved')}>
        Save proof
      </Button>
    </div>
  );
};
