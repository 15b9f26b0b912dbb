// What I signed that is not final yet, and what was rejected with the reason. Final things are in the history.
import { useStore } from 'zustand';
import type { OutboxView } from '../../../core/views.ts';
import { valueIn } from '../../lib/async-state.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Address } from '../../ui/address.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Panel } from '../../ui/layout.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { sentenceFor } from '../../words.ts';
import styles from './wallet.module.css';

const kindText: Readonly<Record<string, string>> = {
  transfer: 'Transfer',
  profile: 'Profile',
  farm: 'Farm',
  contract: 'Contract',
  topup: 'Top-up',
  cancel: 'Cancellation',
};

/** Pending and rejected records; nothing at all when there are none. */
export const Outbox = () => {
  const [outbox] = useQuery('grid.outbox', { limit: 50 });
  const open = (valueIn(outbox) ?? []).filter((each) => each.state !== 'final').slice(0, 6);
  if (open.length === 0) return null;
  return (
    <Panel title="Not final">
      <ul className={styles.rows}>
        {open.map((each) => (
          <OutboxRow key={each.id} item={each} />
        ))}
      </ul>
    </Panel>
  );
};

const OutboxRow = ({ item }: { readonly item: OutboxView }) => {
  const { handedIn } = useStores();
  const known = useStore(handedIn.store).get(item.id);
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <span>{known?.action ?? kindText[item.kind] ?? item.kind}</span>
        {item.code === null ? (
          <span className={styles.sub}>
            <Address value={item.id} what="record id" canCopy={false} />
          </span>
        ) : (
          <span className={styles.why}>{sentenceFor(item.code)}</span>
        )}
      </div>
      <Time timeMs={item.createdMs} className={styles.when ?? ''} />
      {known?.costs === undefined || known.costs === null ? (
        <span />
      ) : (
        <Amount stroops={-known.costs} isSigned isPending />
      )}
      {item.state === 'pending' ? <Status tone="pending">Pending</Status> : <Status tone="danger">Rejected</Status>}
    </li>
  );
};
