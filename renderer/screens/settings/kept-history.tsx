// How much of the grid's history this computer keeps, what it takes on the disk, and what another choice would do.
import type { Settings } from '../../../core/ipc/views.ts';
import { valueIn } from '../../lib/async-state.ts';
import { changeWords, diskText, heldWords, keepsChoices, keepsWords } from '../../lib/storage-words.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Facts, Panel } from '../../ui/layout.tsx';
import { Select } from '../../ui/select.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { useAct } from '../shared/use-act.ts';
import styles from './settings.module.css';

/** Takes effect when 3Bot starts next. */
export const KeptHistory = ({ settings }: { readonly settings: Settings }) => {
  const { bridge } = useStores();
  const act = useAct();
  const [storage, retry] = useQuery('grid.storage', null);
  const [grid] = useQuery('grid.state', null);
  const isVerifying = (valueIn(grid)?.verification ?? null) !== null;
  const { keeps } = settings;
  return (
    <Panel title="History on this computer">
      <div className={styles.form}>
        <Select
          label="Keep"
          value={keeps}
          options={keepsChoices}
          onChange={(chosen) =>
            act(
              () => bridge.call('app.saveSettings', { ...settings, keeps: chosen }),
              'Saved for the next start of 3Bot.',
            )
          }
          hint={keepsWords(keeps)}
        />
        <AsyncView state={storage} onRetry={retry} rows={3}>
          {(held) => (
            <>
              {held === null ? null : (
                <Facts
                  facts={[
                    { name: 'Here now', value: heldWords(held) },
                    { name: 'On this disk', value: `${diskText(held.bytes)}; ${diskText(held.freeBytes)} free` },
                  ]}
                />
              )}
              <p className={styles.muted}>{changeWords(keeps, held, isVerifying)}</p>
            </>
          )}
        </AsyncView>
      </div>
    </Panel>
  );
};
