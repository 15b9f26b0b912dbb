// The columns of the capacity table.
import type { NodeSort } from '../../../core/query-views.ts';
import type { NodeView } from '../../../core/views.ts';
import { bytesText, coresText, unitsText } from '../../lib/capacity-words.ts';
import { countryName } from '../../lib/country.ts';
import { shortenMiddle } from '../../lib/middle.ts';
import { peerLine } from '../../lib/peer-text.ts';
import { Amount } from '../../ui/amount.tsx';
import { KeyMark } from '../../ui/key-mark.tsx';
import { PeerName } from '../../ui/peer-text.tsx';
import { Status } from '../../ui/status.tsx';
import type { Column } from '../../ui/table.tsx';
import styles from './capacity.module.css';

/** A node in words, for the row's accessible name. */
export const nodeName = (node: NodeView): string =>
  `${peerLine(node.farmName, 40)}, ${countryName(node.country)}, ${coresText(node.free.cruMilli)} cores free, ${node.status}`;

/** "20" of "20 GB" beside "21 GB": a unit that both have is said once. */
const withoutUnit = (free: string, all: string): string => {
  const [figure = free, unit] = free.split(' ');
  return unit !== undefined && unit === all.split(' ')[1] ? figure : free;
};

/** Free out of all, the free part in front. */
const Free = ({ free, all }: { readonly free: string; readonly all: string }) => (
  <span>
    {withoutUnit(free, all)} <span className={styles.all}>/ {all}</span>
  </span>
);

/** Farm and node, place, free capacity, units, price, state. */
export const nodeColumns: readonly Column<NodeView, NodeSort>[] = [
  {
    key: 'farm',
    title: 'Farm',
    track: 'minmax(144px, 2fr)',
    sort: 'farm',
    cell: (node) => (
      <>
        <KeyMark address={node.id} size={24} />
        <span className={styles.two}>
          <PeerName text={node.farmName} />
          <span className={styles.id}>{shortenMiddle(node.id, 4)}</span>
        </span>
      </>
    ),
  },
  {
    key: 'place',
    title: 'Place',
    track: 'minmax(108px, 1.4fr)',
    sort: 'country',
    cell: (node) => (
      <span className={styles.two}>
        <span>{countryName(node.country)}</span>
        <PeerName text={node.city} />
      </span>
    ),
  },
  {
    key: 'cru',
    title: 'Cores',
    track: 'minmax(72px, 0.8fr)',
    sort: 'freeCru',
    isEnd: true,
    cell: (node) => <Free free={coresText(node.free.cruMilli)} all={coresText(node.capacity.cruMilli)} />,
  },
  {
    key: 'mru',
    title: 'Memory',
    track: 'minmax(104px, 1fr)',
    sort: 'freeMru',
    isEnd: true,
    cell: (node) => <Free free={bytesText(node.free.mruBytes)} all={bytesText(node.capacity.mruBytes)} />,
  },
  {
    key: 'sru',
    title: 'SSD',
    track: 'minmax(104px, 1fr)',
    sort: 'freeSru',
    isEnd: true,
    cell: (node) => <Free free={bytesText(node.free.sruBytes)} all={bytesText(node.capacity.sruBytes)} />,
  },
  {
    key: 'units',
    title: 'CU / SU',
    track: 'minmax(104px, 0.8fr)',
    from: 800,
    isEnd: true,
    cell: (node) => `${unitsText(node.cuMilli)} / ${unitsText(node.suMilli)}`,
  },
  {
    key: 'price',
    title: 'CU hour',
    track: 'minmax(92px, 1fr)',
    sort: 'price',
    isEnd: true,
    cell: (node) => <Amount stroops={node.prices.cuHourStroops} />,
  },
  {
    key: 'status',
    title: 'State',
    track: '76px',
    cell: (node) => (
      <Status tone={node.status === 'up' ? 'ok' : 'danger'} isPlain>
        {node.status === 'up' ? 'Up' : 'Down'}
      </Status>
    ),
  },
];
