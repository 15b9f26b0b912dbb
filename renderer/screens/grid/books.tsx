// The sum that must hold at every height: balances + locked = minted - burned. The rest of that equation is shown as it is: 0.
import { formatAmount } from '../../lib/amount.ts';
import { useQuery } from '../../stores/context.tsx';
import { Amount } from '../../ui/amount.tsx';
import { Panel } from '../../ui/layout.tsx';
import { Status } from '../../ui/status.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import styles from './grid.module.css';

/** The books of the newest height. */
export const Books = () => {
  const [books, retry] = useQuery('grid.books', {});
  return (
    <Panel title="Books">
      <AsyncView state={books} onRetry={retry} rows={5}>
        {({ minted, burned, balances, locked, unexplained }) => (
          <table className={styles.sums} aria-label="Books">
            <tbody>
              <Line name="Minted" stroops={minted} />
              <Line name="Burned" stroops={-burned} />
              <Line name="In wallets" stroops={balances} />
              <Line name="Locked in contracts" stroops={locked} />
              <tr className={styles.result}>
                <th scope="row">Unexplained</th>
                <td>
                  {unexplained === 0n ? (
                    <Status tone="ok">0</Status>
                  ) : (
                    <Status tone="danger">{formatAmount(unexplained)} TFT</Status>
                  )}
                </td>
              </tr>
            </tbody>
          </table>
        )}
      </AsyncView>
    </Panel>
  );
};

const Line = ({ name, stroops }: { readonly name: string; readonly stroops: bigint }) => (
  <tr>
    <th scope="row">{name}</th>
    <td>
      <Amount stroops={stroops} />
    </td>
  </tr>
);
