// Every change of my balance, newest first: why, with whom, how much, and what was left.
import { History as HistoryIcon } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { LedgerView } from '../../../core/views.ts';
import { formatAmount } from '../../lib/amount.ts';
import { ledgerReasonText } from '../../lib/contract-words.ts';
import { peerLine } from '../../lib/peer-text.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Panel } from '../../ui/layout.tsx';
import { EmptyState } from '../../ui/state-view.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { NotKept } from '../shared/not-kept.tsx';
import { usePages } from '../shared/use-pages.ts';
import { Who } from '../shared/who.tsx';
import { Movement } from './movement.tsx';
import styles from './wallet.module.css';

const LIMIT = 100;
const positionOf = (line: LedgerView): number => line.position;

const What = ({ line }: { readonly line: LedgerView }) => (
  <div className={styles.what}>
    <span>{ledgerReasonText[line.reason]}</span>
    {line.memo === null ? null : <bdi className={styles.sub}>“{peerLine(line.memo, 64)}”</bdi>}
  </div>
);

/** The other side: a person, or the contract that held the money. */
const With = ({ line }: { readonly line: LedgerView }) => {
  if (line.counterparty !== null) return <Who address={line.counterparty} />;
  return line.contract === null ? null : (
    <span className={styles.when}>
      Contract <code>{line.contract.slice(0, 6)}…</code>
    </span>
  );
};

const columns: readonly Column<LedgerView>[] = [
  { key: 'what', title: 'What', track: 'minmax(150px, 3fr)', cell: (line) => <What line={line} /> },
  {
    key: 'who',
    title: 'With',
    track: 'minmax(124px, 2fr)',
    cell: (line) => <With line={line} />,
  },
  {
    key: 'when',
    title: 'When',
    track: 'minmax(128px, 1fr)',
    cell: (line) => <Time timeMs={line.timeMs} className={styles.when ?? ''} />,
  },
  {
    key: 'amount',
    title: 'Amount',
    track: 'minmax(180px, 1.4fr)',
    isEnd: true,
    cell: (line) => <Amount stroops={line.delta} isSigned />,
  },
  {
    key: 'balance',
    title: 'Balance',
    track: 'minmax(168px, 1.2fr)',
    from: 760,
    isEnd: true,
    cell: (line) => <Amount stroops={line.balance} />,
  },
];

/** The statement of this wallet. */
export const History = () => {
  const { bridge } = useStores();
  const [open, setOpen] = useState<LedgerView>();
  const [first, retry] = useQuery('wallet.ledger', { limit: LIMIT });
  const fetchAfter = useCallback((after: string) => bridge.call('wallet.ledger', { after, limit: LIMIT }), [bridge]);
  const { items, hasMore, floor, loadMore } = usePages(first, fetchAfter, positionOf);
  const onRange = useCallback(
    (_first: number, last: number) => {
      if (hasMore && last > items.length - 20) loadMore();
    },
    [hasMore, items.length, loadMore],
  );
  return (
    <Panel title="History" isBare>
      <AsyncView state={first} onRetry={retry} rows={6}>
        {() =>
          items.length === 0 && floor !== null ? (
            <NotKept floor={floor} what="movements" isAll />
          ) : items.length === 0 ? (
            <EmptyState icon={<HistoryIcon />} title="No money has moved yet">
              Show your address to someone who wants to send you TFT, or earn some by farming.
            </EmptyState>
          ) : (
            <>
              <Table
                label="History"
                columns={columns}
                count={items.length}
                rowAt={(index) => items[index]}
                rowName={(line) => `${ledgerReasonText[line.reason]} ${formatAmount(line.delta)} TFT`}
                onRange={onRange}
                onOpen={setOpen}
                rowHeight={48}
                minWidth={582}
              />
              <NotKept floor={floor} what="movements" />
            </>
          )
        }
      </AsyncView>
      {open === undefined ? null : <Movement line={open} onClose={() => setOpen(undefined)} />}
    </Panel>
  );
};
