// What the farm brought over time, as bars with a table behind.
import { useMemo } from 'react';
import { formatAmount } from '../../lib/amount.ts';
import { earningBars } from '../../lib/earnings.ts';
import { formatClock, formatDate } from '../../lib/time.ts';
import { useQuery } from '../../stores/context.tsx';
import { Chart } from '../../ui/chart.tsx';
import { useNow } from '../../ui/clock.tsx';
import { Panel } from '../../ui/layout.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { NotKept } from '../shared/not-kept.tsx';
import styles from './farm.module.css';

const DAY = 86_400_000;

/** Earnings of the farmer's wallet from workloads and rewards. */
export const Earnings = () => {
  const [ledger, retry] = useQuery('wallet.ledger', { limit: 500 });
  return (
    <Panel label="Earnings">
      <AsyncView state={ledger} onRetry={retry}>
        {({ items, floor }) =>
          items.some((line) => line.reason === 'earning' || line.reason === 'mint') ? (
            <>
              <EarningChart lines={items} />
              <NotKept floor={floor} what="earnings" />
            </>
          ) : floor !== null ? (
            <NotKept floor={floor} what="earnings" isAll />
          ) : (
            <p className={styles.muted}>
              Earnings show up here as soon as a workload has run, or a farming period has closed.
            </p>
          )
        }
      </AsyncView>
    </Panel>
  );
};

const EarningChart = ({ lines }: { readonly lines: Parameters<typeof earningBars>[0] }) => {
  const now = useNow(60_000);
  const bars = useMemo(() => earningBars(lines, now), [lines, now]);
  const span = (bars[1]?.fromMs ?? DAY) - (bars[0]?.fromMs ?? 0);
  const isDaily = span >= DAY;
  const points = useMemo(
    () =>
      bars.map((bar) => ({
        timeMs: bar.fromMs,
        value: Number(bar.stroops) / 1e7,
        text: `${formatAmount(bar.stroops)} TFT`,
      })),
    [bars],
  );
  return (
    <Chart
      label={isDaily ? 'Earned per day' : span >= 3_600_000 ? 'Earned per hour' : 'Earned per minute'}
      unit="TFT"
      kind="bars"
      points={points}
      timeText={isDaily ? formatDate : formatClock}
    />
  );
};
