// What the farmer lends at most, and from where the node may fetch images; changed in a small form.
import { useState } from 'react';
import type { FarmStateView } from '../../../core/ipc/views.ts';
import { bytesText, coresText } from '../../lib/capacity-words.ts';
import { limitsOf, limitsProblems, type TypedLimits, typedLimits } from '../../lib/limits-form.ts';
import { useAction, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Facts, Panel } from '../../ui/layout.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { useAnnounce } from '../../ui/toast.tsx';
import styles from './farm.module.css';

/** The limits in force, and the way to change them. */
export const LimitsPanel = ({ state }: { readonly state: FarmStateView }) => {
  const [isEditing, setEditing] = useState(false);
  const { maxCruMilli, maxMruBytes, maxSruBytes, registries = [] } = state.limits;
  const most = (value: number | undefined, text: (value: number) => string): string =>
    value === undefined ? 'no limit' : `at most ${text(value)}`;
  return (
    <Panel
      title="Limits"
      actions={
        <Button size="small" label="Change limits" onPress={() => setEditing(true)}>
          Change
        </Button>
      }
    >
      <Facts
        facts={[
          { name: 'Cores', value: most(maxCruMilli, coresText) },
          { name: 'Memory', value: most(maxMruBytes, bytesText) },
          { name: 'Storage', value: most(maxSruBytes, bytesText) },
          { name: 'Images from', value: registries.length === 0 ? 'none' : registries.join(', ') },
        ]}
      />
      {isEditing ? <LimitsForm state={state} onClose={() => setEditing(false)} /> : null}
    </Panel>
  );
};

const LimitsForm = ({ state, onClose }: { readonly state: FarmStateView; readonly onClose: () => void }) => {
  const { bridge } = useStores();
  const announce = useAnnounce();
  const [typed, setTyped] = useState(() => typedLimits(state.limits));
  const { state: saving, isPending, run } = useAction<void>();
  const problems = limitsProblems(typed);
  const field = (name: keyof TypedLimits) => ({
    value: typed[name],
    onChange: (value: string) => setTyped({ ...typed, [name]: value }),
    problem: problems[name],
  });
  const save = (): void =>
    run(async () => {
      const limits = limitsOf(typed);
      await bridge.call(state.isFarming ? 'farm.start' : 'farm.saveLimits', { limits });
      const text = state.isFarming ? 'Saved. The node starts anew with them.' : 'Saved for when you farm.';
      announce({ tone: 'ok', text });
      onClose();
    });
  return (
    <Dialog
      title="Limits"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" onPress={save} isPending={isPending} isDisabled={Object.keys(problems).length > 0}>
            Save limits
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p className={styles.muted}>
          The most that this computer lends. An empty field sets no limit; the system keeps its own share in any case.
        </p>
        <div className={styles.triple}>
          <TextField label="Cores" inputMode="decimal" placeholder="No limit" {...field('cores')} autoFocus />
          <TextField label="Memory in GB" inputMode="decimal" placeholder="No limit" {...field('memoryGb')} />
          <TextField label="Storage in GB" inputMode="decimal" placeholder="No limit" {...field('storageGb')} />
        </div>
        <TextField
          label="Allowed image registries"
          rows={3}
          isMono
          placeholder="None"
          hint="One per line, such as docker.io. Your node fetches images from these only. Empty: it fetches nothing and runs what you put into its images folder."
          {...field('registries')}
        />
        {saving.kind === 'failed' ? <InlineError failure={saving.failure} /> : null}
      </div>
    </Dialog>
  );
};
