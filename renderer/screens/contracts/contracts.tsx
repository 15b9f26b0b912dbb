// Contracts in which I have a part, by state; one of them from near; or the composer of a new one.
import { Plus, ReceiptText } from 'lucide-react';
import { useState } from 'react';
import type { ContractView, contractStates } from '../../../core/views.ts';
import { formatAmount } from '../../lib/amount.ts';
import { contractStateWords } from '../../lib/contract-words.ts';
import { peerLine } from '../../lib/peer-text.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/layout.tsx';
import { PeerName } from '../../ui/peer-text.tsx';
import { EmptyState } from '../../ui/state-view.tsx';
import { Status } from '../../ui/status.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { Who } from '../shared/who.tsx';
import { Compose } from './compose.tsx';
import { ContractDetail } from './contract-detail.tsx';
import styles from './contracts.module.css';

/** `#/contracts`, `#/contracts/new/<node id>`, `#/contracts/<contract id>`. */
export const Contracts = ({ rest }: { readonly rest: readonly string[] }) => {
  const [first, second] = rest;
  if (first === 'new') return <Compose key={second ?? ''} nodeId={second ?? null} />;
  if (first !== undefined) return <ContractDetail id={first} />;
  return <ContractList />;
};

const columns: readonly Column<ContractView>[] = [
  {
    key: 'state',
    title: 'State',
    track: '116px',
    cell: ({ state }) => <Status tone={contractStateWords[state].tone}>{contractStateWords[state].text}</Status>,
  },
  {
    key: 'title',
    title: 'Contract',
    track: 'minmax(150px, 3fr)',
    cell: ({ title }) => <PeerName text={title} longest={80} />,
  },
  { key: 'payer', title: 'Pays', track: 'minmax(110px, 1.4fr)', cell: ({ payer }) => <Who address={payer} /> },
  {
    key: 'until',
    title: 'Runs until',
    track: 'minmax(104px, 1fr)',
    cell: ({ runsUntilMs }) =>
      runsUntilMs === null ? <span className={styles.muted}>not running</span> : <Time timeMs={runsUntilMs} />,
  },
  {
    key: 'locked',
    title: 'Locked',
    track: 'minmax(140px, 1fr)',
    from: 760,
    isEnd: true,
    cell: ({ locked }) => <Amount stroops={locked} />,
  },
  {
    key: 'price',
    title: 'Price',
    track: 'minmax(110px, 1fr)',
    isEnd: true,
    cell: ({ price }) => <Amount stroops={price} />,
  },
];

const groups = { open: 'Open', ended: 'Ended', failed: 'Failed', all: 'All' } as const;
type Group = keyof typeof groups;
const groupOf = (state: (typeof contractStates)[number]): Group =>
  state === 'failed' ? 'failed' : state === 'ended' ? 'ended' : 'open';

const ContractList = () => {
  const { router } = useStores();
  const [open, setOpen] = useState<Group>('open');
  const [contracts, retry] = useQuery('contracts.list', {});
  return (
    <Page
      title="Contracts"
      isWide
      actions={
        <Button kind="primary" icon={<Plus />} onPress={() => router.go('contracts', 'new')}>
          New contract
        </Button>
      }
    >
      <AsyncView state={contracts} onRetry={retry} rows={6}>
        {(all) => (
          <Tabs<Group>
            label="Contracts by state"
            open={open}
            onOpen={setOpen}
            views={(Object.keys(groups) as Group[]).map((key) => {
              const some = key === 'all' ? all : all.filter(({ state }) => groupOf(state) === key);
              return {
                key,
                name: groups[key],
                count: some.length,
                content: <ContractTable contracts={some} group={key} />,
              };
            })}
          />
        )}
      </AsyncView>
    </Page>
  );
};

const emptyWords: Readonly<Record<Group, string>> = {
  open: 'No contract is running',
  ended: 'No contract has ended yet',
  failed: 'No contract has failed',
  all: 'You have no part in any contract yet',
};

const ContractTable = ({
  contracts,
  group,
}: {
  readonly contracts: readonly ContractView[];
  readonly group: Group;
}) => {
  const { router } = useStores();
  if (contracts.length === 0) {
    return (
      <EmptyState
        icon={<ReceiptText />}
        title={emptyWords[group]}
        action={
          group === 'failed' || group === 'ended' ? null : (
            <Button onPress={() => router.go('capacity')}>Look for capacity</Button>
          )
        }
      >
        A contract rents capacity on a node. It is paid in advance, and what is not used comes back.
      </EmptyState>
    );
  }
  return (
    <Table
      label="Contracts"
      columns={columns}
      count={contracts.length}
      rowAt={(index) => contracts[index]}
      rowName={(each) =>
        `${peerLine(each.title, 80)}, ${contractStateWords[each.state].text}, ${formatAmount(each.price)} TFT`
      }
      onOpen={(each) => router.go('contracts', each.id)}
      rowHeight={44}
      minWidth={590}
    />
  );
};
