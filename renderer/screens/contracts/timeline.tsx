// The life of a recorded thing, step by step with reasons, newest first.
import { useCallback } from 'react';
import type { HistoryView } from '../../../core/views.ts';
import { stepWords } from '../../lib/contract-words.ts';
import { peerLine } from '../../lib/peer-text.ts';
import { type ToldStep, toldSteps } from '../../lib/told-steps.ts';
import { useQuery, useStores } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/layout.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { AsyncView } from '../shared/async-view.tsx';
import { NotKept } from '../shared/not-kept.tsx';
import { usePages } from '../shared/use-pages.ts';
import styles from './contracts.module.css';

const LIMIT = 50;
const positionOf = (step: HistoryView): number => step.position;

interface TimelineProps {
  readonly id: string;
  readonly object?: 'contract' | 'node';
  readonly title?: string;
}

/** History of a contract or node as a line of steps. */
export const Timeline = ({ id, object = 'contract', title = 'Life' }: TimelineProps) => {
  const { bridge } = useStores();
  const [first, retry] = useQuery('grid.history', { object, id, limit: LIMIT });
  const fetchAfter = useCallback(
    (after: string) => bridge.call('grid.history', { object, id, after, limit: LIMIT }),
    [bridge, object, id],
  );
  const { items, hasMore, floor, loadMore } = usePages(first, fetchAfter, positionOf);
  return (
    <Panel title={title}>
      <AsyncView state={first} onRetry={retry} rows={6}>
        {() => (
          <>
            <ol className={styles.timeline}>
              {toldSteps(items).map((told) => (
                <Step key={told.step.position} told={told} />
              ))}
            </ol>
            {items.length === 0 && floor === null ? <p className={styles.muted}>Nothing has happened yet.</p> : null}
            <NotKept floor={floor} what="steps" />
            {hasMore ? (
              <Button size="small" onPress={loadMore}>
                Earlier
              </Button>
            ) : null}
          </>
        )}
      </AsyncView>
    </Panel>
  );
};

const Step = ({ told }: { readonly told: ToldStep }) => {
  const { step, count } = told;
  const { tone, text, detail } = stepWords(step);
  return (
    <li className={styles.step}>
      <span className={styles.stepMark}>
        <Status tone={tone} isPlain>
          {''}
        </Status>
      </span>
      <span className={styles.stepText}>{text}</span>
      <Time timeMs={step.timeMs} className={styles.stepWhen ?? ''} />
      {detail === null ? null : (
        <bdi className={styles.stepDetail}>
          {peerLine(detail, 200)}
          {count > 1 ? ` in ${count.toLocaleString('en')} payments` : ''}
        </bdi>
      )}
    </li>
  );
};
