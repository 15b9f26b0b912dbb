// One recorded contract: its state and why, its money to the last unit, its workloads, its life so far, and what I can do about it.
import { FileCheck, OctagonX, ReceiptText } from 'lucide-react';
import { useState } from 'react';
import type { ContractView } from '../../../core/views.ts';
import { contractStateWords, reasonText } from '../../lib/contract-words.ts';
import { saveFile } from '../../lib/save-file.ts';
import { formatSpan } from '../../lib/time.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { hashOf } from '../../stores/router.ts';
import { Address } from '../../ui/address.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { Facts, Page, Panel, Stack } from '../../ui/layout.tsx';
import { PeerName } from '../../ui/peer-text.tsx';
import { EmptyState } from '../../ui/state-view.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { useAct } from '../shared/use-act.ts';
import { Who } from '../shared/who.tsx';
import styles from './contracts.module.css';
import { Timeline } from './timeline.tsx';
import { TopUp } from './top-up.tsx';
import { Workload } from './workload.tsx';

/** `#/contracts/<contract id>`. */
export const ContractDetail = ({ id }: { readonly id: string }) => {
  const { router } = useStores();
  const [contract, retry] = useQuery('contracts.get', { id });
  return (
    <AsyncView state={contract} onRetry={retry} rows={10}>
      {(found) =>
        found === null ? (
          <EmptyState
            icon={<ReceiptText />}
            title="This grid knows no such contract"
            action={<Button onPress={() => router.go('contracts')}>All contracts</Button>}
          />
        ) : (
          <Detail contract={found} />
        )
      }
    </AsyncView>
  );
};

const isOver = ({ state }: ContractView): boolean => state === 'ended' || state === 'failed';

const Detail = ({ contract }: { readonly contract: ContractView }) => {
  const words = contractStateWords[contract.state];
  return (
    <Page
      title="Contract"
      up={{ title: 'Contracts', href: hashOf('contracts') }}
      lead={
        <span className={styles.people}>
          <span className={styles.title}>
            <PeerName text={contract.title} longest={80} />
          </span>
          <Stack isRow gap={2}>
            <Status tone={words.tone}>{words.text}</Status>
            <span>{reasonText(contract.reason)}</span>
          </Stack>
        </span>
      }
      actions={<Actions contract={contract} />}
    >
      <div className={styles.columns}>
        <div className={styles.column}>
          <Money contract={contract} />
          <Panel title="Workloads">
            <div>
              {contract.workloads.map((workload) => (
                <Workload key={workload.name} workload={workload} contract={contract} />
              ))}
            </div>
          </Panel>
          <People contract={contract} />
        </div>
        <Timeline id={contract.id} />
      </div>
    </Page>
  );
};

const Actions = ({ contract }: { readonly contract: ContractView }) => {
  const { bridge, router } = useStores();
  const act = useAct();
  const [isToppingUp, setToppingUp] = useState(false);
  const saveReceipt = async (): Promise<void> => {
    const { fileName, bytes } = await bridge.call('contracts.receipt', { id: contract.id });
    saveFile(fileName, bytes);
  };
  const openCancel = async (): Promise<void> => {
    const packet = await bridge.call('desk.openCancel', { contract: contract.id });
    router.go('cosign', packet.id);
  };
  return (
    <>
      <Button icon={<FileCheck />} onPress={() => act(saveReceipt, 'Receipt saved')}>
        Export receipt
      </Button>
      {isOver(contract) ? null : (
        <>
          <Button onPress={() => setToppingUp(true)}>Top up</Button>
          <Button icon={<OctagonX />} onPress={() => act(openCancel)}>
            End contract
          </Button>
        </>
      )}
      {isToppingUp ? <TopUp contract={contract} onClose={() => setToppingUp(false)} /> : null}
    </>
  );
};

const Money = ({ contract }: { readonly contract: ContractView }) => (
  <Panel title="Money">
    <Facts
      isTiled
      facts={[
        { name: 'Paid in', value: <Amount stroops={contract.paidIn} /> },
        { name: 'Locked', value: <Amount stroops={contract.locked} /> },
        { name: 'Earned by the farmer', value: <Amount stroops={contract.earned} /> },
        { name: 'Refunded', value: <Amount stroops={contract.refunded} /> },
      ]}
    />
  </Panel>
);

const People = ({ contract }: { readonly contract: ContractView }) => (
  <Panel title="Terms">
    <Facts
      facts={[
        { name: 'Pays', value: <Who address={contract.payer} /> },
        { name: 'Recorded by', value: <Who address={contract.coordinator} /> },
        {
          name: 'Signed by',
          value: (
            <div className={styles.people}>
              {contract.approvals.map((approval) => (
                <Stack key={`${approval.signer}${approval.purpose}`} isRow gap={2}>
                  <Who address={approval.signer} />
                  {approval.purpose === 'accept' ? <span className={styles.muted}>accepted as the farmer</span> : null}
                </Stack>
              ))}
            </div>
          ),
        },
        { name: 'Price', value: <Amount stroops={contract.price} /> },
        { name: 'Paid for', value: formatSpan(contract.termSeconds * 1000) },
        {
          name: 'Runs until',
          value: contract.runsUntilMs === null ? 'not running' : <Time timeMs={contract.runsUntilMs} />,
        },
        { name: 'Recorded', value: <Time timeMs={contract.recordedMs} /> },
        { name: 'Contract id', value: <Address value={contract.id} what="contract id" /> },
      ]}
    />
  </Panel>
);
