// One node from near: whose it is, what is free, what it asks, how it was lately; and the way to rent on it.
import { ServerOff } from 'lucide-react';
import type { NodeView } from '../../../core/views.ts';
import { bytesText, coresText, unitsText } from '../../lib/capacity-words.ts';
import { countryName } from '../../lib/country.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Address } from '../../ui/address.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { KeyMark } from '../../ui/key-mark.tsx';
import { Facts } from '../../ui/layout.tsx';
import { PeerName } from '../../ui/peer-text.tsx';
import { Share } from '../../ui/progress.tsx';
import { EmptyState } from '../../ui/state-view.tsx';
import { Badge, Notice, Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { Who } from '../shared/who.tsx';
import styles from './capacity.module.css';

interface NodePanelProps {
  readonly id: string;
  readonly onClose: () => void;
}

/** The panel at the right side. */
export const NodePanel = ({ id, onClose }: NodePanelProps) => {
  const { router } = useStores();
  const [node, retry] = useQuery('capacity.node', { id });
  const canRent = node.kind === 'ready' && node.value !== null && node.value.status === 'up';
  return (
    <Dialog
      title="Node"
      isOpen
      onClose={onClose}
      placement="side"
      footer={
        <Button kind="primary" isDisabled={!canRent} onPress={() => router.go('contracts', 'new', id)}>
          Rent here
        </Button>
      }
    >
      <AsyncView state={node} onRetry={retry} rows={8}>
        {(found) =>
          found === null ? (
            <EmptyState icon={<ServerOff />} title="No such node on this grid" />
          ) : (
            <NodeDetail node={found} />
          )
        }
      </AsyncView>
    </Dialog>
  );
};

interface FreeProps {
  readonly label: string;
  readonly free: number;
  readonly total: number;
  readonly text: (value: number) => string;
}

/** The free part of a capacity, as a bar. */
const Free = ({ label, free, total, text }: FreeProps) => (
  <Share label={label} used={free} total={total} text={total === 0 ? 'none' : `${text(free)} of ${text(total)} free`} />
);

const Asks = ({ node }: { readonly node: NodeView }) => (
  <>
    <p>
      <Amount stroops={node.prices.cuHourStroops} /> per CU and hour
    </p>
    <p>
      <Amount stroops={node.prices.suHourStroops} /> per SU and hour
    </p>
  </>
);

const NodeDetail = ({ node }: { readonly node: NodeView }) => {
  const { capacity, free } = node;
  return (
    <div className={styles.panel}>
      <div className={styles.head}>
        <KeyMark address={node.id} size={48} />
        <div className={styles.headText}>
          <p className={styles.farmName}>
            <PeerName text={node.farmName} />
          </p>
          <p className={styles.muted}>
            <PeerName text={node.city} />, {countryName(node.country)}
          </p>
        </div>
        {node.status === 'up' ? <Status tone="ok">Up</Status> : <Status tone="danger">Down</Status>}
      </div>
      {node.status === 'down' ? (
        <Notice tone="caution" title="This node is down">
          It was last heard of <Time timeMs={node.lastSeenMs} />. Nothing can be rented on it until it is back.
        </Notice>
      ) : null}
      <div className={styles.shares}>
        <Free label="Cores" free={free.cruMilli} total={capacity.cruMilli} text={coresText} />
        <Free label="Memory" free={free.mruBytes} total={capacity.mruBytes} text={bytesText} />
        <Free label="SSD" free={free.sruBytes} total={capacity.sruBytes} text={bytesText} />
        <Free label="Disk" free={free.hruBytes} total={capacity.hruBytes} text={bytesText} />
      </div>
      <Facts
        facts={[
          { name: 'Asks', value: <Asks node={node} /> },
          { name: 'Units', value: `${unitsText(node.cuMilli)} CU, ${unitsText(node.suMilli)} SU` },
          { name: 'Farmer', value: <Who address={node.farmer} /> },
          { name: 'Workloads', value: String(node.workloadCount) },
          { name: 'Up since', value: node.status === 'up' ? <Time timeMs={node.upSinceMs} /> : 'down' },
          { name: 'Last heard', value: <Time timeMs={node.lastSeenMs} /> },
          { name: 'Joined', value: <Time timeMs={node.createdMs} /> },
          { name: 'Agent', value: <PeerName text={node.agentVersion} /> },
          { name: 'Node id', value: <Address value={node.id} what="node id" /> },
        ]}
      />
      {node.features.length === 0 ? null : (
        <div className={styles.features}>
          {node.features.map((feature) => (
            <Badge key={feature}>
              <PeerName text={feature} />
            </Badge>
          ))}
        </div>
      )}
    </div>
  );
};
