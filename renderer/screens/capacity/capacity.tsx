// The capacity browser: every node of the grid, what is free on it, what it asks. Each filter says how many nodes it removed.
import { ServerOff } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { NodeSort } from '../../../core/query-views.ts';
import type { NodeView } from '../../../core/views.ts';
import { valueIn } from '../../lib/async-state.ts';
import {
  filterOf,
  firstFilters,
  noFilters,
  removedWords,
  type TypedFilters,
  worstFilter,
} from '../../lib/node-filters.ts';
import { useStores } from '../../stores/context.tsx';
import { createNodeList, type NodeCounts, nodeAt } from '../../stores/node-list.ts';
import { Button } from '../../ui/button.tsx';
import { Page, Stack } from '../../ui/layout.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/state-view.tsx';
import { type Sorting, Table } from '../../ui/table.tsx';
import styles from './capacity.module.css';
import { nodeColumns, nodeName } from './columns.tsx';
import { FilterSheet } from './filter-sheet.tsx';
import { Filters } from './filters.tsx';
import { NodePanel } from './node-panel.tsx';

const firstSorting: Sorting<NodeSort> = { by: 'freeCru', isDescending: true };

/** `#/capacity`, `#/capacity/<node id>`. */
export const Capacity = ({ rest }: { readonly rest: readonly string[] }) => {
  const { bridge, live, router } = useStores();
  const [typed, setTyped] = useState<TypedFilters>(firstFilters);
  const [isShowingAll, setShowingAll] = useState(false);
  const [sorting, setSorting] = useState(firstSorting);
  const [list] = useState(() =>
    createNodeList(bridge, { filter: filterOf(firstFilters), sort: firstSorting.by, descending: true }),
  );
  const { counts, pages } = useStore(list.store);
  useEffect(() => {
    const question = { filter: filterOf(typed), sort: sorting.by, descending: sorting.isDescending };
    const timer = setTimeout(() => list.ask(question), 120);
    return () => clearTimeout(timer);
  }, [list, typed, sorting]);
  useEffect(
    () => live.onStale((topics) => (topics === 'all' || topics.includes('capacity') ? list.refresh() : undefined)),
    [live, list],
  );
  const rowAt = useCallback((index: number) => nodeAt(pages, index), [pages]);
  const found = valueIn(counts);
  const openId = rest[0];
  return (
    <Page title="Capacity" isWide lead={found === undefined ? 'Looking' : countWords(found)}>
      <Filters typed={typed} onChange={setTyped} removedBy={found?.removedBy} onAll={() => setShowingAll(true)} />
      {found === undefined ? null : <Removed typed={typed} counts={found} />}
      {counts.kind === 'failed' ? <ErrorState failure={counts.failure} onRetry={list.refresh} /> : null}
      {counts.kind === 'idle' || counts.kind === 'loading' ? <Skeleton rows={8} /> : null}
      {found?.count === 0 ? <NoNodes typed={typed} counts={found} onChange={setTyped} /> : null}
      {found !== undefined && found.count > 0 ? (
        <Table
          label="Nodes"
          columns={nodeColumns}
          count={found.count}
          rowAt={rowAt}
          rowName={nodeName}
          onOpen={(node: NodeView) => router.go('capacity', node.id)}
          isOpenRow={(node) => node.id === openId}
          onRange={list.show}
          sorting={sorting}
          onSort={setSorting}
          minWidth={684}
          isFilling
        />
      ) : null}
      {isShowingAll ? (
        <FilterSheet typed={typed} onChange={setTyped} counts={found} onClose={() => setShowingAll(false)} />
      ) : null}
      {openId === undefined ? null : <NodePanel id={openId} onClose={() => router.go('capacity')} />}
    </Page>
  );
};

const many = (count: number): string => `${count.toLocaleString('en')} node${count === 1 ? '' : 's'}`;

const countWords = ({ count, total }: NodeCounts): string =>
  count === total ? `${many(total)} on this grid` : `${count.toLocaleString('en')} of ${many(total)}`;

interface FilteredProps {
  readonly typed: TypedFilters;
  readonly counts: NodeCounts;
}

/** What is left and what each filter alone took away, for ears: the eyes have the line of filters. */
const Removed = ({ typed, counts }: FilteredProps) => (
  <p className={styles.removed} role="status" aria-label="What the filters removed">
    {[countWords(counts), ...removedWords(typed, counts.removedBy)].join('. ')}
  </p>
);

interface NoNodesProps extends FilteredProps {
  readonly onChange: (typed: TypedFilters) => void;
}

const NoNodes = ({ typed, counts, onChange }: NoNodesProps) => {
  if (counts.total === 0) {
    return (
      <EmptyState icon={<ServerOff />} title="No node has joined this grid yet">
        A farmer lends capacity with one switch: see Farm.
      </EmptyState>
    );
  }
  const worst = worstFilter(typed, counts.removedBy);
  return (
    <EmptyState
      icon={<ServerOff />}
      title="No node passes all filters"
      action={
        <Stack isRow gap={2}>
          {worst === undefined ? null : (
            <Button onPress={() => onChange({ ...typed, [worst.name]: '' })}>{`Remove “${worst.words}”`}</Button>
          )}
          <Button kind={worst === undefined ? 'secondary' : 'quiet'} onPress={() => onChange(noFilters)}>
            Clear all filters
          </Button>
        </Stack>
      }
    >
      {worst === undefined
        ? 'No filter does it alone: each node fails at two of them or more.'
        : `“${worst.words}” removes most: without it, ${many(worst.count)} would be left.`}
    </EmptyState>
  );
};
