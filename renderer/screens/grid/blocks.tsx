// The newest blocks and, further down, all earlier ones.
import { useCallback } from 'react';
import type { BlockView } from '../../../core/views.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Address } from '../../ui/address.tsx';
import { Panel } from '../../ui/layout.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { NotKept } from '../shared/not-kept.tsx';
import { usePages } from '../shared/use-pages.ts';

const LIMIT = 50;
const heightOf = (block: BlockView): number => block.height;

const columns: readonly Column<BlockView>[] = [
  { key: 'height', title: 'Height', track: '96px', isEnd: true, cell: ({ height }) => height.toLocaleString('en') },
  { key: 'when', title: 'Block time', track: 'minmax(120px, 1fr)', cell: ({ timeMs }) => <Time timeMs={timeMs} /> },
  {
    key: 'records',
    title: 'Records',
    track: '88px',
    isEnd: true,
    cell: ({ recordCount }) => recordCount.toLocaleString('en'),
  },
  {
    key: 'rejected',
    title: 'Rejected',
    track: '88px',
    isEnd: true,
    cell: ({ rejectedCount }) => rejectedCount.toLocaleString('en'),
  },
  { key: 'signatures', title: 'Guardians', track: '88px', isEnd: true, cell: ({ signatures }) => String(signatures) },
  {
    key: 'hash',
    title: 'Header',
    track: 'minmax(180px, 1fr)',
    cell: ({ headerHash }) => <Address value={headerHash} what="header hash" />,
  },
];

/** A table of blocks. */
export const Blocks = () => {
  const { bridge } = useStores();
  const [first, retry] = useQuery('grid.blocks', { limit: LIMIT });
  const fetchAfter = useCallback((after: string) => bridge.call('grid.blocks', { after, limit: LIMIT }), [bridge]);
  const { items, hasMore, floor, loadMore } = usePages(first, fetchAfter, heightOf);
  const onRange = useCallback(
    (_first: number, last: number) => {
      if (hasMore && last > items.length - 15) loadMore();
    },
    [hasMore, items.length, loadMore],
  );
  return (
    <Panel title="Blocks" isBare>
      <AsyncView state={first} onRetry={retry} rows={6}>
        {() => (
          <>
            <Table
              label="Blocks"
              columns={columns}
              count={items.length}
              rowAt={(index) => items[index]}
              rowName={(block) => `Block ${String(block.height)}`}
              onRange={onRange}
              rowHeight={36}
              minWidth={640}
            />
            <NotKept floor={floor} what="blocks" />
          </>
        )}
      </AsyncView>
    </Panel>
  );
};
