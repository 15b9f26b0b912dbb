// One workload of a contract: where it runs, what it said of itself, and a look at its page through the grid's own transport.
import { Globe } from 'lucide-react';
import { useState } from 'react';
import type { Output } from '../../../core/ipc/contract.ts';
import type { ContractView, WorkloadView } from '../../../core/views.ts';
import { capacityText } from '../../lib/capacity-words.ts';
import { reasonText, workloadStateWords } from '../../lib/contract-words.ts';
import { useAction, useStores } from '../../stores/context.tsx';
import { hashOf } from '../../stores/router.ts';
import { Address } from '../../ui/address.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Facts, Stack } from '../../ui/layout.tsx';
import { PeerName, PeerText } from '../../ui/peer-text.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { Status } from '../../ui/status.tsx';
import styles from './contracts.module.css';

interface WorkloadProps {
  readonly workload: WorkloadView;
  readonly contract: ContractView;
}

/** State, result text, facts, page. */
export const Workload = ({ workload, contract }: WorkloadProps) => {
  const words = workloadStateWords[workload.state];
  return (
    <section className={styles.workload} aria-label={`Workload ${workload.name}`}>
      <div className={styles.workloadHead}>
        <span className={styles.workloadName}>
          <PeerName text={workload.name} />
        </span>
        <Status tone={words.tone}>{words.text}</Status>
      </div>
      {workload.code === null ? null : <p className={styles.muted}>{reasonText(workload.code)}</p>}
      {workload.detail === null || workload.detail === '' ? null : (
        <PeerText text={workload.detail} author={null} what="The node wrote" />
      )}
      <Facts
        facts={[
          { name: 'Capacity', value: capacityText(workload.capacity) },
          { name: 'Earned', value: <Earned workload={workload} /> },
          { name: 'Image', value: <Address value={workload.image} what="image" /> },
          {
            name: 'Node',
            value: (
              <Stack isRow gap={2}>
                <Address value={workload.node} what="node id" />
                <a href={hashOf('capacity', workload.node)}>Open</a>
              </Stack>
            ),
          },
        ]}
      />
      {workload.state === 'ok' ? <Page contract={contract.id} workload={workload} /> : null}
    </section>
  );
};

const Earned = ({ workload }: { readonly workload: WorkloadView }) => (
  <>
    <Amount stroops={workload.earned} /> of <Amount stroops={workload.price} />
  </>
);

/** Asks the workload for a page and shows it as inert text. */
const Page = ({ contract, workload }: { readonly contract: string; readonly workload: WorkloadView }) => {
  const { bridge } = useStores();
  const [path, setPath] = useState('/');
  const { state, isPending, run } = useAction<Output<'contracts.fetch'>>();
  const fetchPage = (): void =>
    run(() =>
      bridge.call('contracts.fetch', {
        contract,
        workload: workload.name,
        path: path.startsWith('/') ? path : `/${path}`,
      }),
    );
  return (
    <>
      <div className={styles.fetch}>
        <TextField label="Page" value={path} onChange={setPath} isMono maxLength={1024} />
        <Button icon={<Globe />} onPress={fetchPage} isPending={isPending}>
          Fetch page
        </Button>
      </div>
      {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      {state.kind === 'ready' ? (
        <PeerText
          text={state.value.body}
          author={null}
          what={`The workload answered ${String(state.value.status)}, ${state.value.contentType.slice(0, 60)}`}
          longest={20_000}
          isMono
        />
      ) : null}
    </>
  );
};
