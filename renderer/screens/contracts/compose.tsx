// Composes a new contract: what shall run, for how long, who must agree. Main checks and prices it; nothing is signed or sent here.
import { useState } from 'react';
import type { PacketView } from '../../../core/ipc/views.ts';
import { composeInput, type Draft, draftProblem, firstDraft, spanSeconds } from '../../lib/draft.ts';
import { useAction, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Disclosure, Page, Panel, Stack } from '../../ui/layout.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { useMyAddress } from '../shared/who.tsx';
import { Asking } from './asking.tsx';
import styles from './contracts.module.css';
import { Signers } from './signers.tsx';
import { SpanField } from './span-field.tsx';

/** `#/contracts/new`, `#/contracts/new/<node id>`. */
export const Compose = ({ nodeId }: { readonly nodeId: string | null }) => {
  const { bridge, router } = useStores();
  const me = useMyAddress();
  const [draft, setDraft] = useState(() => firstDraft(nodeId, me));
  const { state, isPending, run } = useAction<PacketView>();
  const problem = draftProblem(draft);
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const compose = (): void =>
    run(async () => {
      const packet = await bridge.call('desk.compose', composeInput(draft));
      router.go('cosign', packet.id);
      return packet;
    });
  return (
    <Page title="New contract" lead="Nothing is signed, sent or paid before everyone who must agree has signed.">
      <div className={styles.columns}>
        <div className={styles.column}>
          <Panel title="Workload">
            <WorkloadForm draft={draft} onChange={change} />
          </Panel>
          <Panel title="Who must agree">
            <Signers draft={draft} me={me} onChange={change} />
          </Panel>
        </div>
        <div className={styles.sticky}>
          <Panel title="Terms">
            <div className={styles.form}>
              <SpanField label="Runs for" span={draft.term} onChange={(term) => change({ term })} />
              <SpanField
                label="All sign within"
                span={draft.signWithin}
                onChange={(signWithin) => change({ signWithin })}
              />
              <SpanField
                label="Starts within"
                hint="If the node has not started it by then, all money comes back"
                span={draft.deployWithin}
                onChange={(deployWithin) => change({ deployWithin })}
              />
              <Asking draft={draft} termSeconds={spanSeconds(draft.term)} />
              {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
              <Stack gap={2}>
                <Button kind="primary" isWide onPress={compose} isPending={isPending} isDisabled={problem !== null}>
                  Check and price
                </Button>
                <p className={styles.muted} role="status">
                  {problem ?? 'Next: review it, sign it, and send it to the others.'}
                </p>
              </Stack>
            </div>
          </Panel>
        </div>
      </div>
    </Page>
  );
};

interface WorkloadFormProps {
  readonly draft: Draft;
  readonly onChange: (part: Partial<Draft>) => void;
}

const WorkloadForm = ({ draft, onChange }: WorkloadFormProps) => (
  <div className={styles.form}>
    <TextField
      label="Title"
      value={draft.title}
      onChange={(title) => onChange({ title })}
      maxLength={80}
      placeholder="Our web server"
    />
    <div className={styles.pair}>
      <TextField label="Workload name" value={draft.name} onChange={(name) => onChange({ name })} maxLength={32} />
      <TextField
        label="Cores"
        value={draft.cores}
        onChange={(cores) => onChange({ cores })}
        inputMode="decimal"
        maxLength={6}
      />
      <TextField
        label="Memory"
        value={draft.memoryMb}
        onChange={(memoryMb) => onChange({ memoryMb })}
        inputMode="numeric"
        after="MB"
        maxLength={8}
      />
      <TextField
        label="SSD"
        value={draft.ssdGb}
        onChange={(ssdGb) => onChange({ ssdGb })}
        inputMode="decimal"
        after="GB"
        maxLength={8}
      />
    </div>
    <TextField
      label="Image"
      value={draft.image}
      onChange={(image) => onChange({ image })}
      isMono
      placeholder="sha256:…"
      hint="By digest, so that everyone signs for the very same bytes"
      maxLength={255}
    />
    <TextField
      label="Node"
      value={draft.node}
      onChange={(node) => onChange({ node: node.trim() })}
      isMono
      placeholder="Choose one under Capacity"
      maxLength={64}
    />
    <Disclosure title="Command and environment">
      <div className={styles.form}>
        <TextField
          label="Command"
          value={draft.command}
          onChange={(command) => onChange({ command })}
          rows={3}
          isMono
          hint="One argument per line. Empty: the image’s own."
          maxLength={4000}
        />
        <TextField
          label="Environment"
          value={draft.env}
          onChange={(env) => onChange({ env })}
          rows={3}
          isMono
          hint="NAME=value, one per line. Everyone can read it: no passwords or keys."
          maxLength={8000}
        />
      </div>
    </Disclosure>
  </div>
);
